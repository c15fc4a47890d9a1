// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.ForwardingTrial;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A trial that prunes as a run does, but does not train. What a training would have given is not
 * known, and is NaN throughout, so that it is still recognised in whatever a method makes of it.
 */
final class UntrainedTrial extends ForwardingTrial {

  /** A step needs what a training would have given. */
  private static final class NeedsTraining extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final RunTrial trial;
  private final Consumer<Ticket> tickets;
  private final Asked asked;

  /** What this trial, and those of other networks and seeds with it, have been asked so far. */
  private static final class Asked {
    private final Set<Digest> masks = new HashSet<>();
    private boolean wasTraining;
  }

  /**
   * A trial of one replicate.
   *
   * @param run what all replicates share
   * @param seed this replicate's seed
   * @param label what to call it on screen
   * @param tickets takes every ticket; there are no controls
   */
  UntrainedTrial(RunTrial.RunContext run, Seed seed, String label, Consumer<Ticket> tickets) {
    this(new RunTrial(run, seed, label, (network, ticket, account) -> {}), tickets, new Asked());
  }

  private UntrainedTrial(RunTrial trial, Consumer<Ticket> tickets, Asked asked) {
    super(trial);
    this.trial = trial;
    this.tickets = tickets;
    this.asked = asked;
  }

  /**
   * Runs a method as far as it needs no training. One that makes masks by itself, not by a step of
   * the trial, fails over what is not known: right after the training that would have given it.
   *
   * @return whether that was all of it
   * @throws TrialFailed if it fails over what is known
   */
  boolean run(Method method) {
    try {
      method.run(this);
      return true;
    } catch (NeedsTraining e) {
      return false;
    } catch (TrialFailed e) {
      if (asked.wasTraining) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan stretch, EpochMonitor observer) {
    if (!observer.equals(EpochMonitor.none())) {
      throw new NeedsTraining(); // what it would have seen is all that matters
    }
    asked.wasTraining = true;
    return new Trained(
        stretch.until(),
        unknown(from.state()),
        unknown(from.variables()),
        State.EMPTY,
        Trained.Running.NONE,
        History.EMPTY);
  }

  @Override
  public Trial on(Network network, State... found) {
    return new UntrainedTrial(trial.on(network, found), tickets, asked);
  }

  @Override
  public Trial seeded(Seed seed) {
    return new UntrainedTrial(trial.seeded(seed), tickets, asked);
  }

  private static State unknown(State state) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.size()];
              Arrays.fill(values, Float.NaN);
              tensors.put(name, Tensor.of(tensor.shape(), values));
            });
    return State.of(tensors);
  }

  private void requireKnown(State start, State now) {
    requireKnown(start);
    requireKnown(now);
    asked.wasTraining = false;
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

  @Override
  public Mask prune(Pruning how, int from, int round, State start, State state, Mask alive) {
    requireKnown(start, state);
    return super.prune(how, from, round, start, state, alive);
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    requireKnown(start, state);
    return super.score(criterion, start, state, mask);
  }

  /** Whatever is to be done about a collapse: it is what one wants to see here. */
  @Override
  public Analysis analyse(Mask mask) {
    return inspect(mask);
  }

  /** Takes tickets, and other networks that the method has made a mask for; each mask once. */
  @Override
  public void publish(Ticket ticket) {
    boolean isMasked = ticket.branch().equals(Ticket.TICKET) || !ticket.mask().isDense();
    if (isMasked && asked.masks.add(ticket.mask().digest())) {
      tickets.accept(ticket);
    }
  }
}
