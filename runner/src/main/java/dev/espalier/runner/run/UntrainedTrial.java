// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Analysis;
import dev.espalier.api.Criterion;
import dev.espalier.api.History;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scores;
import dev.espalier.api.Seed;
import dev.espalier.api.State;
import dev.espalier.api.Tensor;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A trial that prunes as a run does, but does not train. What a training would have given is not
 * known, and is NaN throughout, so that it is still recognised in whatever a method makes of it.
 */
final class UntrainedTrial implements Trial {

  /** A step needs what a training would have given. */
  static final class NeedsTraining extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final RunTrial trial;
  private final RunTrial.Shared run;
  private final Consumer<Ticket> tickets;

  /**
   * A trial of one replicate.
   *
   * @param run what all replicates share
   * @param seed this replicate's seed
   * @param label what to call it on screen
   * @param tickets takes every ticket; there are no controls
   */
  UntrainedTrial(RunTrial.Shared run, Seed seed, String label, Consumer<Ticket> tickets) {
    this.run = run;
    this.tickets = tickets;
    trial = new RunTrial(run, seed, label, tickets);
  }

  @Override
  public Network network() {
    return trial.network();
  }

  @Override
  public Plan plan() {
    return trial.plan();
  }

  @Override
  public Seed seed() {
    return trial.seed();
  }

  @Override
  public Trained train(Trained from, Parametrization parametrization, Plan stretch) {
    return new Trained(
        stretch.until(),
        unknown(from.state()),
        unknown(from.variables()),
        State.EMPTY,
        Trained.Running.NONE,
        History.EMPTY);
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
    requireKnown(start);
    requireKnown(state);
    return trial.prune(how, from, round, start, state, alive);
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    requireKnown(start);
    requireKnown(state);
    return trial.score(criterion, start, state, mask);
  }

  /** Whatever is to be done about a collapse: it is what one wants to see here. */
  @Override
  public Analysis analyse(Mask mask) {
    return run.engine().analyse(mask);
  }

  @Override
  public void publish(Ticket ticket) {
    tickets.accept(ticket);
  }
}
