// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
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
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.ArrayList;
import java.util.List;

/** Computes the steps of another trial, and records its trainings and prunings. */
public class Recording implements Trial.Steps {

  /**
   * A training.
   *
   * @param seed its seed
   * @param from where it began
   * @param parametrization what was trained
   * @param plan the stretch
   * @param trained where it ended
   */
  public record Training(
      Seed seed, Trained from, Parametrization parametrization, Plan plan, Trained trained) {}

  /**
   * A pruning.
   *
   * @param pruning criterion, schedule and scope
   * @param from the round of the living weights
   * @param to the round pruned for
   * @param weights the weights
   */
  public record Round(Pruning pruning, int from, int to, Weights weights) {}

  private final Trial trial;
  private final List<Training> trainings = new ArrayList<>();
  private final List<Round> rounds = new ArrayList<>();
  private Trial.Steps steps;

  /**
   * Creates a recording.
   *
   * @param trial computes the steps
   */
  public Recording(Trial trial) {
    this.trial =
        trial.withSteps(
            inner -> {
              steps = inner;
              return this;
            });
  }

  /**
   * The recorded trial.
   *
   * @return a trial equal to the given one
   */
  public Trial trial() {
    return trial;
  }

  /**
   * The trainings so far; measurements are left out.
   *
   * @return a copy, in order
   */
  public List<Training> trainings() {
    return List.copyOf(trainings);
  }

  /**
   * The prunings so far.
   *
   * @return a copy, in order
   */
  public List<Round> rounds() {
    return List.copyOf(rounds);
  }

  @Override
  public Trained train(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    Trained trained = steps.train(context, start, parametrization, plan, monitor);
    if (!plan.isEmpty()) {
      trainings.add(new Training(context.order(), start, parametrization, plan, trained));
    }
    return trained;
  }

  @Override
  public Scores score(Trial.Context context, Criterion criterion, Weights weights) {
    return steps.score(context, criterion, weights);
  }

  @Override
  public State statistics(Trial.Context context, State state, Plan plan) {
    return steps.statistics(context, state, plan);
  }

  @Override
  public Data data() {
    return steps.data();
  }

  @Override
  public Analysis analyse(Network network, Mask mask) {
    return steps.analyse(network, mask);
  }

  @Override
  public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    rounds.add(new Round(pruning, from, to, weights));
    return steps.prune(context, pruning, from, to, weights);
  }
}
