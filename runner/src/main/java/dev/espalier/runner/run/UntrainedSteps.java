// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.DecoratedSteps;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Steps that prune as a run does, but do not train. The result of a training that is not known is
 * NaN throughout, so that every value computed from it is recognised as unknown.
 */
final class UntrainedSteps extends DecoratedSteps {

  /** Thrown by a step that needs the result of a training. */
  private static final class NeedsTraining extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Tells which trainings need no computation. */
  @FunctionalInterface
  interface KnownTrainings {

    /** No training. */
    KnownTrainings NONE = (context, start, parametrization, plan, monitor) -> false;

    boolean has(
        Trial.Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor);
  }

  private final KnownTrainings known;
  private boolean isUntrained;

  private UntrainedSteps(Trial.Steps steps, KnownTrainings known) {
    super(steps);
    this.known = known;
  }

  /**
   * Runs a method until a step needs the result of a training. A method that makes masks by itself
   * fails on unknown values, right after the training that would have computed them.
   *
   * @param run the context of all replicates
   * @param context the network and the seeds of the replicate
   * @param steps compute all steps but unknown trainings
   * @param known the trainings that they know
   * @param method the method
   * @param tickets receives each mask once; there are no controls
   * @return whether the method ended without an unknown training
   * @throws TrialFailed if it fails on known values
   */
  static boolean run(
      RunContext run,
      Trial.Context context,
      Trial.Steps steps,
      KnownTrainings known,
      Method method,
      Consumer<Ticket> tickets) {
    UntrainedSteps untrained = new UntrainedSteps(steps, known);
    Set<Digest> masks = new HashSet<>();
    Trial.Publisher publisher =
        (ticket, trial) -> {
          boolean isMasked = ticket.branch().equals(Ticket.TICKET) || !ticket.mask().isDense();
          if (isMasked && masks.add(ticket.mask().digest())) {
            tickets.accept(ticket);
          }
        };
    try {
      Trial trial = new Trial(context, run.plan(), untrained, publisher);
      method.run(trial.withStart(run.start()));
      return true;
    } catch (NeedsTraining e) {
      return false;
    } catch (TrialFailed e) {
      if (untrained.isUntrained) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public Trained train(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    if (plan.isEmpty() && monitor.equals(EpochMonitor.none())) {
      return start;
    }
    if (known.has(context, start, parametrization, plan, monitor)) {
      return super.train(context, start, parametrization, plan, monitor);
    }
    if (!monitor.equals(EpochMonitor.none()) || parametrization.moving().isPresent()) {
      throw new NeedsTraining(); // the method depends on each epoch, or on the last mask
    }
    isUntrained = true;
    return new Trained(
        plan.until(),
        unknown(start.state()),
        unknown(start.variables()),
        State.EMPTY,
        Trained.Running.NONE,
        History.EMPTY);
  }

  private static State unknown(State state) {
    return state.map(value -> Double.NaN);
  }

  @Override
  public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    requireKnown(weights);
    return super.prune(context, pruning, from, to, weights);
  }

  @Override
  public Scores score(
      Trial.Context context, Criterion criterion, Weights weights, OptionalDouble density) {
    requireKnown(weights);
    return super.score(context, criterion, weights, density);
  }

  /** Statistics do not matter for masks. */
  @Override
  public State statistics(Trial.Context context, State state, Plan plan) {
    return State.EMPTY;
  }

  private void requireKnown(Weights weights) {
    requireKnown(weights.start());
    requireKnown(weights.state());
    isUntrained = false;
  }

  private static void requireKnown(State state) {
    for (Tensor tensor : state.tensors().values()) {
      FloatBuffer values = tensor.values();
      while (values.hasRemaining()) {
        if (Float.isNaN(values.get())) {
          throw new NeedsTraining();
        }
      }
    }
  }
}
