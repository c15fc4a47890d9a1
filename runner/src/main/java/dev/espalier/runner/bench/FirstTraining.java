// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.ForwardingTrial;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.ConfigProblem;
import java.util.Optional;

/**
 * The first training that a method asks for: what its steps are like.
 *
 * @param start the parameters it starts from
 * @param parametrization what is trained
 */
record FirstTraining(State start, Parametrization parametrization) {

  /**
   * Runs a method up to there.
   *
   * @param trial does what comes before
   * @return empty if the method ends without a step of training
   */
  static Optional<FirstTraining> of(Method method, Trial trial) {
    Asking asking = new Asking(trial);
    try {
      method.run(asking);
    } catch (Asked e) {
      return Optional.of(asking.first);
    }
    return Optional.empty();
  }

  /** Ends the method's run. */
  private static final class Asked extends RuntimeException {

    private static final long serialVersionUID = 1;

    Asked() {
      super("a training is asked for", null, false, false);
    }
  }

  /** Does all that a trial does, until it comes to a training of one step or more. */
  private static final class Asking extends ForwardingTrial {

    private FirstTraining first;

    Asking(Trial trial) {
      super(trial);
    }

    /** Without the variables, which may be many: who trains makes them. */
    @Override
    public Trained train(State start, Parametrization parametrization, Plan plan) {
      stop(start, parametrization, plan);
      return super.train(start, parametrization, plan);
    }

    @Override
    public Trained train(
        Trained from, Parametrization parametrization, Plan stretch, EpochMonitor observer) {
      stop(from.state(), parametrization, stretch);
      return super.train(from, parametrization, stretch, observer);
    }

    @Override
    public Trial on(Network network, State... found) {
      throw new ConfigProblem(
          "found a first training of another network than the one given; a setting such as"
              + " expansion = 1 may leave it out");
    }

    private void stop(State start, Parametrization parametrization, Plan plan) {
      if (!plan.isEmpty() && parametrization.equals(Parametrization.dense())) {
        throw new ConfigProblem(
            "found a first training of all weights, which is what others are compared with; a"
                + " setting such as dense = false may leave it out");
      }
      if (!plan.isEmpty()) {
        first = new FirstTraining(start, parametrization);
        throw new Asked();
      }
    }
  }
}
