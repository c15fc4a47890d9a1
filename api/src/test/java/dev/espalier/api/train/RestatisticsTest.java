// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.LastBatch;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Running statistics of batch norm that are estimated again. */
class RestatisticsTest {

  private static final int EXAMPLES = 50;
  private static final int BATCH = 20;
  private static final Data DATA = TinyProblem.data(EXAMPLES, 20, 40);
  private static final Seed SEED = new Seed(1, 0);

  private static LocalTrial trial(Network network, LastBatch last) {
    Training training =
        new Training(
            new Sgd(0.05, 0.9, false, 0, List.of()),
            new Constant(),
            Span.iterations(0),
            BATCH,
            Span.epochs(2),
            Span.epochs(1),
            last);
    return new LocalTrial(network, DATA, training, SEED);
  }

  @ParameterizedTest
  @EnumSource
  void areThePlainMeansOfTheStatisticsOfEachBatch(LastBatch last) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, last)) {
      State state = trial.train(trial.initial(), Parametrization.dense(), trial.plan()).state();
      int before = LiveArrays.count();
      State again = trial.restatistics(state);
      assertThat(LiveArrays.count()).isEqualTo(before);
      int batches = last == LastBatch.DROP ? 2 : 3;
      int[] order = SEED.order(0, EXAMPLES);
      for (int channel = 0; channel < 2; channel++) {
        double mean = 0;
        double variance = 0;
        for (int b = 0; b < batches; b++) {
          int[] rows = Arrays.copyOfRange(order, b * BATCH, Math.min((b + 1) * BATCH, EXAMPLES));
          double[] outputs = outputs(state.get("conv.weight"), channel, rows);
          double m = DoubleStream.of(outputs).average().orElseThrow();
          mean += m / batches;
          variance +=
              DoubleStream.of(outputs).map(x -> (x - m) * (x - m)).sum()
                  / (outputs.length - 1)
                  / batches;
        }
        assertThat((double) again.get("bn.runningMean").get(channel)).isCloseTo(mean, within(1e-5));
        assertThat((double) again.get("bn.runningVar").get(channel))
            .isCloseTo(variance, within(1e-5));
        assertThat((double) state.get("bn.runningMean").get(channel))
            .as("the statistics of the training")
            .isNotCloseTo(mean, within(1e-3));
      }
    }
  }

  /** The pixels of a channel of the convolution, for some training examples. */
  private static double[] outputs(Tensor kernel, int channel, int... rows) {
    ByteBuffer pixels = (ByteBuffer) DATA.train().features().values();
    return Arrays.stream(rows)
        .mapToObj(
            row -> {
              double[] map = new double[4];
              for (int i = 0; i < 36; i++) {
                int y = i / 18 % 2;
                int x = i / 9 % 2;
                int u = i / 3 % 3;
                int v = i % 3;
                int pixel = pixels.get(pixels.position() + 16 * row + 4 * (y + u) + x + v) & 0xff;
                map[2 * y + x] += kernel.get(9 * channel + 3 * u + v) * pixel / 255.0;
              }
              return map;
            })
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  @Test
  void changeNothingElseAndAreRepeatable() {
    try (Network network = TinyProblem.residual(3);
        LocalTrial trial = trial(network, LastBatch.KEEP)) {
      Trained trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      State again = trial.restatistics(trained.state());
      assertThat(network.statistics())
          .hasSize(6)
          .allSatisfy(name -> assertThat(again.get(name)).isNotEqualTo(trained.state().get(name)));
      assertThat(again.names()).isEqualTo(trained.state().names());
      again.names().stream()
          .filter(name -> !network.statistics().contains(name))
          .forEach(name -> assertThat(again.get(name)).isEqualTo(trained.state().get(name)));
      assertThat(trial.restatistics(trained.state())).isEqualTo(again);
      assertThat(trial.restatistics(again))
          .as("independent of the statistics before")
          .isEqualTo(again);
      assertThat(again.origin()).containsAll(trained.state().origin());
      assertThat(again.origin()).hasSize(trained.state().origin().size() + 1);
      assertThat(trial.withOrder(SEED.derive("copy", 1)).restatistics(trained.state()))
          .as("of other batches")
          .isNotEqualTo(again);
    }
  }

  @Test
  void areThoseOfAnyMomentum() {
    State[] found = new State[2];
    for (int i = 0; i < 2; i++) {
      float momentum = i == 0 ? 0.5f : 0.875f; // exact in float32
      try (Network network =
              Network.builder(
                      "momentum",
                      new NamedBlocks()
                          .add("conv", TinyProblem.convolution(2))
                          .add("bn", BatchNorm.builder().optMomentum(momentum).build())
                          .add(ai.djl.nn.Blocks.batchFlattenBlock())
                          .add("out", ai.djl.nn.core.Linear.builder().setUnits(3).build()),
                      TinyProblem.INPUT)
                  .build();
          LocalTrial trial = trial(network, LastBatch.KEEP)) {
        found[i] = trial.restatistics(trial.initial());
      }
    }
    for (String name : List.of("bn.runningMean", "bn.runningVar")) {
      for (int channel = 0; channel < 2; channel++) {
        assertThat(found[0].get(name).get(channel))
            .as(name)
            .isCloseTo(found[1].get(name).get(channel), within(1e-6f));
      }
    }
  }

  @Test
  void withoutBatchNormTheStateIsTheSame() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, LastBatch.KEEP)) {
      State state = trial.initial();
      assertThat(trial.restatistics(state)).isSameAs(state);
      assertThat(trial.data()).isSameAs(DATA);
    }
  }
}
