// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import dev.espalier.api.DecoratedSteps;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.ConfigProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The first training of a method.
 *
 * @param start the parameters it starts from
 * @param parametrization defines the trained variables
 */
record FirstTraining(State start, Parametrization parametrization) {

  /**
   * Runs a method until its first training.
   *
   * @param trial computes the steps before it
   * @return empty if the method ends without training
   * @throws ConfigProblem if the first training is of another network or of all weights
   */
  static Optional<FirstTraining> of(Method method, Trial trial) {
    List<FirstTraining> first = new ArrayList<>();
    try {
      method.run(trial.withSteps(steps -> new FirstSteps(trial.network(), steps, first)));
    } catch (Reached e) {
      return Optional.of(first.get(0));
    }
    return Optional.empty();
  }

  /** Ends the method's run. */
  private static final class Reached extends RuntimeException {

    private static final long serialVersionUID = 1;

    Reached() {
      super("a training is reached", null, false, false);
    }
  }

  /** The steps of a trial up to its first training. */
  private static final class FirstSteps extends DecoratedSteps {

    private final Network network;
    private final List<FirstTraining> first;

    /**
     * Creates the steps.
     *
     * @param network the trial's network
     * @param first receives the training
     */
    FirstSteps(Network network, Trial.Steps steps, List<FirstTraining> first) {
      super(steps);
      this.network = network;
      this.first = first;
    }

    @Override
    public Trained train(
        Trial.Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor) {
      if (context.network() != network) {
        throw new ConfigProblem(
            "found a first training of another network than the one given; a setting such as"
                + " expansion = 1 may leave it out");
      }
      if (plan.isEmpty()) {
        return super.train(context, start, parametrization, plan, monitor);
      }
      if (parametrization.equals(Parametrization.dense())) {
        throw new ConfigProblem(
            "found a first training of all weights, which is what others are compared with; a"
                + " setting such as pre-training = 0 may leave it out");
      }
      first.add(new FirstTraining(start.state(), parametrization));
      throw new Reached();
    }
  }
}
