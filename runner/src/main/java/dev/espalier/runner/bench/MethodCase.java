// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.MethodChoice;
import dev.espalier.runner.run.MethodModule;
import java.util.OptionalDouble;

/**
 * A method whose first training is measured.
 *
 * @param name the name on screen
 * @param method the method
 * @param bound the largest allowed value, if it has a bound
 */
record MethodCase(String name, MethodChoice method, OptionalDouble bound) {

  /** Returns the same case, named after a network, too. */
  MethodCase in(String network) {
    return new MethodCase(name + ", " + network, method, bound);
  }

  /**
   * Returns the first training of the method.
   *
   * @throws ConfigProblem if it does not fit the network, or trains nothing
   */
  FirstTraining first(Network network, Data data, Training training, Device device) {
    try (LocalTrial trial = new LocalTrial(network, data, training, Bench.SEED, device)) {
      Method built = on(network, data, trial.plan());
      try {
        return FirstTraining.of(built, trial)
            .orElseThrow(() -> new ConfigProblem("trains nothing, so there is no step to measure"));
      } catch (ConfigProblem e) {
        throw new ConfigProblem(name + ": " + e.getMessage());
      }
    }
  }

  /**
   * Builds the method.
   *
   * @throws ConfigProblem if it does not fit the network
   */
  Method on(Network network, Data data, Plan plan) {
    Method built = MethodModule.build(method);
    Refusals refusals = new Refusals();
    built.check(network, data, plan, refusals.within(name + " on " + network.name()));
    if (!refusals.isEmpty()) {
      throw ConfigProblem.of(refusals.all());
    }
    return built;
  }
}
