// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
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
import dev.espalier.api.state.State;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.StepKey;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The keys of steps: the digest of everything that a result depends on, and nothing else. */
final class StepKeys {

  private final Digest environment;
  private final Model model;
  private final Data data;

  /**
   * Creates the keys of one experiment.
   *
   * @param environment the engine's version, the kind of device and the number of threads
   * @param model settings and code of the block; a network's digest covers its parameters
   */
  StepKeys(Digest environment, Model model, Data data) {
    this.environment = environment;
    this.model = model;
    this.data = data;
  }

  Digest training(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    return StepKey.of(
        StepRecord.TRAIN,
        Codec.VERSION,
        environment,
        context.network(),
        model,
        data,
        context.order(),
        start,
        parametrization,
        monitor,
        plan);
  }

  /** The density is part of the key, because a criterion may depend on it. */
  Digest scoring(
      Trial.Context context, Criterion criterion, Weights weights, OptionalDouble density) {
    return ofCriterion(StepRecord.SCORE, context, criterion, weights, density.orElse(-1));
  }

  Digest pruning(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    return ofCriterion(StepRecord.PRUNE, context, pruning, from, to, weights);
  }

  /** A criterion uses training examples without augmentation or deficit. */
  private Digest ofCriterion(String kind, Trial.Context context, Object... rest) {
    List<Object> parts =
        new ArrayList<>(
            List.of(
                Codec.VERSION,
                environment,
                context.network(),
                model,
                data.train(),
                data.normalisation(),
                data.input(),
                data.classes(),
                data.objective(),
                context.seed()));
    parts.addAll(List.of(rest));
    return StepKey.of(kind, parts.toArray());
  }

  /** Statistics use training examples without augmentation or deficit. */
  Digest statistics(Trial.Context context, State state, Plan plan) {
    return StepKey.of(
        StepRecord.STATISTICS,
        Codec.VERSION,
        environment,
        context.network(),
        model,
        data.train(),
        data.normalisation(),
        data.input(),
        context.order(),
        state,
        plan.training().batchSize(),
        plan.perEpoch());
  }
}
