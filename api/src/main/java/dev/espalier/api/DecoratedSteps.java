// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import java.util.OptionalDouble;
import org.apiguardian.api.API;

/**
 * The steps of a trial, of which a subclass changes or records some; all others are those of the
 * decorated steps. See {@link Trial#withSteps}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public abstract class DecoratedSteps implements Trial.Steps {

  private final Trial.Steps steps;

  /**
   * Creates steps that are equal to others.
   *
   * @param steps the decorated steps
   */
  protected DecoratedSteps(Trial.Steps steps) {
    this.steps = steps;
  }

  @Override
  public Trained train(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    return steps.train(context, start, parametrization, plan, monitor);
  }

  @Override
  public Scores score(
      Trial.Context context, Criterion criterion, Weights weights, OptionalDouble density) {
    return steps.score(context, criterion, weights, density);
  }

  @Override
  public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    return steps.prune(context, pruning, from, to, weights);
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
}
