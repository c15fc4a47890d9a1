// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Model;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.store.Codec;

/** The keys of steps: the digest of everything that a result depends on, and nothing else. */
final class StepKeys {

  private final Digest environment;
  private final Digest model;
  private final Data data;

  /**
   * Creates the keys of one experiment.
   *
   * @param environment the engine's version, the kind of device and the number of threads
   * @param model a network's digest covers its parameters; the model's code covers its block
   */
  StepKeys(Digest environment, Model model, Data data) {
    this.environment = environment;
    this.model = Digest.of(model, Digest.ofCode(model.getClass()));
    this.data = data;
  }

  Digest training(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    return Digest.of(
        "train",
        Codec.VERSION,
        environment,
        context.network(),
        model,
        Digest.ofCode(plan.training().optimizer().getClass()),
        Digest.ofCode(plan.training().learningRateSchedule().getClass()),
        data.digest(),
        context.seed(),
        start,
        parametrization,
        Digest.ofCode(parametrization.getClass()),
        monitor,
        Digest.ofCode(monitor.getClass()),
        plan);
  }

  /** A criterion sees training examples without augmentation or deficit. */
  Digest pruning(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    return Digest.of(
        "prune",
        Codec.VERSION,
        environment,
        context.network(),
        model,
        data.train(),
        data.normalisation().mean(),
        data.normalisation().std(),
        data.input().toString(),
        data.classes(),
        context.seed(),
        pruning,
        Digest.ofCode(pruning.criterion().getClass()),
        Digest.ofCode(pruning.schedule().getClass()),
        Digest.ofCode(pruning.ties().getClass()),
        from,
        to,
        weights);
  }
}
