// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.training.GradientCollector;
import dev.espalier.api.Criterion;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link Criterion} keeps to; extend it in a plugin's tests. */
public abstract class CriterionContract {

  private static final Seed SEED = new Seed(3, 0);

  private Network network;
  private Data data;
  private TrainingEngine engine;
  private State start;
  private State state;
  private Mask mask;

  /** For subclasses. */
  protected CriterionContract() {}

  /** The criterion under test; equal ones in every call. */
  protected abstract Criterion criterion();

  @BeforeEach
  void pruneEveryThirdWeightOfASmallNetwork() {
    network = TinyProblem.convolutional();
    data = TinyProblem.data(60, 0, 0);
    engine = new TrainingEngine(network, data, Device.cpu());
    mask =
        Mask.of(
            network.layers(),
            (layer, bits) -> {
              for (int i = 0; i < layer.size(); i++) {
                bits.set(i, i % 3 != 0);
              }
              return bits;
            });
    start = network.initial(SEED.stream("init", 0));
    state = mask.apply(network.initial(SEED.stream("init", 1)));
  }

  @AfterEach
  void close() {
    engine.close();
    network.close();
  }

  @Test
  void scoresEveryPrunableWeightAndNothingElse() {
    Scores scores = score();
    assertThat(scores.layers()).isEqualTo(network.layers());
    for (Layer layer : network.layers()) {
      assertThat(scores.of(layer)).as(layer.name()).hasSize(layer.size());
    }
  }

  @Test
  void givesTheSameScoresForTheSameInputs() {
    Scores first = score();
    Scores second = score();
    for (Layer layer : network.layers()) {
      assertThat(second.of(layer)).as(layer.name()).isEqualTo(first.of(layer));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theScoresOfADeviceAreThoseOfTheCpu(DeviceUnderTest under) {
    Scores here = score();
    try (TrainingEngine there = new TrainingEngine(network, data, under.device())) {
      Scores scores = score(state, there);
      under.tolerance().scores(scores, here);
      under
          .tolerance()
          .masks(
              "the mask of the scores",
              Scope.global().prune(scores, mask, 0.5),
              Scope.global().prune(here, mask, 0.5));
    }
  }

  @Test
  void valuesOfDeadWeightsChangeNoScoreOfALivingWeight() {
    Scores masked = score();
    State unmasked = network.initial(SEED.stream("init", 1));
    assertThat(unmasked).as("dead weights have values").isNotEqualTo(state);
    Scores raw = score(unmasked);
    for (Layer layer : network.layers()) {
      for (int i = 0; i < layer.size(); i++) {
        if (mask.keeps(layer, i)) {
          assertThat(raw.of(layer)[i]).as(layer.name()).isEqualTo(masked.of(layer)[i]);
        }
      }
    }
  }

  @Test
  void leadsToThePlannedCountWithinOneWeight() {
    for (Scope scope : List.of(Scope.layer(), Scope.global())) {
      Mask kept = scope.prune(score(), mask, 0.5);
      assertThat(kept.isWithin(mask)).isTrue();
      assertThat(Math.abs(kept.kept() - 0.5 * mask.size()))
          .isLessThanOrEqualTo(scope.isGlobal() ? 1 : network.layers().size());
    }
  }

  @Test
  void leavesNoArraysBehind() {
    score();
    int before = LiveArrays.count();
    score();
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void leavesTheGradientCollectorClosed() {
    score();
    assertThatCode(
            () -> {
              try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                assertThat(collector).isNotNull();
              }
            })
        .doesNotThrowAnyException();
  }

  @Test
  void leavesTheStateAsItWas() {
    Digest before = state.digest();
    Map<String, float[]> values = new LinkedHashMap<>();
    state.tensors().forEach((name, tensor) -> values.put(name, values(tensor)));
    score();
    assertThat(state.digest()).isEqualTo(before);
    values.forEach((name, was) -> assertThat(values(state.get(name))).as(name).isEqualTo(was));
  }

  @Test
  void leavesTheTrainingAfterItAsItWouldHaveBeen() {
    Plan plan =
        Plan.of(
            new Training(
                new Sgd(0.1, 0.9, false, 0, List.of()),
                new Constant(),
                Span.iterations(0),
                20,
                Span.iterations(6),
                Span.iterations(6)),
            data.train().size());
    Trained without = train(plan);
    score();
    assertThat(train(plan).state()).isEqualTo(without.state());
  }

  private Trained train(Plan plan) {
    Parametrization masked = Parametrization.masked(mask);
    Trained begin = Trained.begin(network, state, masked, 0);
    return engine.train(SEED, begin, masked, plan, TrainingListener.NONE);
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[tensor.size()];
    tensor.values().get(values);
    return values;
  }

  private Scores score() {
    return score(state);
  }

  private Scores score(State state) {
    return score(state, engine);
  }

  private Scores score(State state, TrainingEngine engine) {
    return criterion()
        .score(
            Scoring.of(
                new Trial.Context(network, SEED, Set.of()),
                data,
                new Weights(start, state, mask),
                engine));
  }
}
