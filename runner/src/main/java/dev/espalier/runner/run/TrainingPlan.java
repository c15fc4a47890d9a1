// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.History;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The trainings of one replicate, in order. They are found by a run of the method and its controls
 * without any computation: a training returns its start, and pruning removes one weight. The plan
 * is for the display only. A method whose course depends on results has none in advance.
 *
 * @param trainings the trainings
 */
record TrainingPlan(List<Planned> trainings) {

  /**
   * A planned training.
   *
   * @param name the first ticket or control that is published after it; empty if there is none
   * @param iterations the length of its stretch
   */
  record Planned(String name, long iterations) {

    /** Returns the training with a name, if it has none yet. */
    Planned named(String first) {
      return name.isEmpty() ? new Planned(first, iterations) : this;
    }
  }

  /** Ends the search for a plan. */
  private static final class Unplanned extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** The largest number of trainings in a plan. */
  private static final int LIMIT = 10_000;

  /** Finds the plan of a method; empty if the method needs results. */
  static Optional<TrainingPlan> of(RunContext run, Trial.Context context, Method method) {
    List<Planned> trainings = new ArrayList<>();
    Replicate.Tickets tickets =
        (network, ticket, account, isControl) ->
            trainings.replaceAll(training -> training.named(Progress.name(ticket)));
    try {
      new Replicate(run, context, tickets, new Steps(trainings, run.data())).run(method);
      return Optional.of(new TrainingPlan(List.copyOf(trainings)));
    } catch (Interruption.Interrupted e) {
      throw e;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return Optional.empty(); // the run itself reports a fault, if this is one
    }
  }

  /** The iterations of all trainings from a number on, counted from 1. */
  long iterationsFrom(int number) {
    return trainings.stream().skip(number - 1L).mapToLong(Planned::iterations).sum();
  }

  /** Steps that note the trainings and compute nothing. */
  private record Steps(List<Planned> trainings, Data data) implements Trial.Steps {

    @Override
    public Trained train(
        Trial.Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor) {
      if (plan.isEmpty()) {
        return start;
      }
      if (trainings.size() == LIMIT) {
        throw new Unplanned();
      }
      trainings.add(new Planned("", plan.until() - plan.from()));
      Trained trained =
          new Trained(
              plan.until(),
              start.state(),
              start.variables(),
              State.EMPTY,
              Trained.Running.NONE,
              History.EMPTY);
      if (parametrization.moving().isEmpty()) {
        return trained;
      }
      Mask last = pruned(parametrization.alive(context.network()));
      return trained.withMemory(MaskHistory.begin(last, plan.from()));
    }

    @Override
    public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
      return pruned(weights.alive());
    }

    /** Removes one weight, since controls are trained for masks that are not dense. */
    private static Mask pruned(Mask mask) {
      return Mask.of(
          mask.layers(),
          (layer, all) -> {
            BitSet alive = mask.alive(layer);
            alive.clear(Math.max(0, alive.nextSetBit(0)));
            return alive;
          });
    }

    @Override
    public Scores score(
        Trial.Context context, Criterion criterion, Weights weights, OptionalDouble density) {
      throw new Unplanned();
    }

    @Override
    public State statistics(Trial.Context context, State state, Plan plan) {
      return State.EMPTY;
    }

    @Override
    public Analysis analyse(Network network, Mask mask) {
      return new Analysis(
          mask.layers().stream()
              .map(layer -> new Analysis.OfLayer(layer, layer.size(), layer.size(), 0))
              .toList());
    }
  }
}
