// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.espalier.api.LastBatch;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks for sequences learn more than the frequencies of tokens, and leave no arrays behind. */
class SequenceTrainingTest {

  private static final int LENGTH = 12;
  private static final int VOCABULARY = 5;

  /** A text of this period; which token follows 0, 1 or 2 depends on the token before. */
  private static final int[] PERIOD = {0, 1, 2, 0, 3, 4, 1, 0, 2, 4};

  static Stream<Model> models() {
    return Stream.of(
        Sequences.transformer(0.02, true),
        Sequences.lstm(1, RecurrentNet.Pooling.LAST),
        Sequences.gru(2, RecurrentNet.Pooling.LAST));
  }

  @ParameterizedTest
  @MethodSource("models")
  void learnsAPeriodicTextFarBelowTheEntropyOfItsTokens(Model model) {
    int before = LiveArrays.count();
    Data data = data(periodic(200, 1), periodic(40, 2), new LanguageModelling());
    try (Network network = model.build(data.task());
        LocalTrial trial = new LocalTrial(network, data, training(100), new Seed(1, 0))) {
      Ticket ticket = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      double bits = ticket.trained().history().last().orElseThrow().test().values().get(0);
      assertThat(bits).isLessThan(0.4 * entropy());
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("models")
  void learnsTheClassOfSequencesOfDifferentLengths(Model model) {
    int before = LiveArrays.count();
    Data data = data(labelled(300, 1), labelled(100, 2), new Classification());
    try (Network network = model.build(data.task());
        LocalTrial trial = new LocalTrial(network, data, training(80), new Seed(1, 0))) {
      Ticket ticket = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      double accuracy = ticket.trained().history().last().orElseThrow().test().values().get(0);
      assertThat(accuracy).as("a third by chance").isGreaterThan(0.8);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void theGradientOfATiedTableIsThatOfBothItsPlaces() {
    try (Network network = Sequences.transformer(0, true).build(Sequences.NEXT);
        NDManager manager = NDManager.newBaseManager()) {
      State state = Nets.initial(network);
      NDArray tokens = manager.create(new long[] {1, 2, 3, 1, 0, 2}, new Shape(1, 6));
      NDArray table = state.get("embedding.weight").on(manager).toType(DataType.FLOAT64, false);
      table.setRequiresGradient(true);
      try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
        collector.backward(Nets.forwardTokens(network, state, tokens, table).square().sum());
      }
      double[] gradient = table.getGradient().toDoubleArray();
      double h = 1e-5;
      for (int i = 0; i < gradient.length; i += 3) {
        double up = squares(network, state, tokens, i, h);
        double down = squares(network, state, tokens, i, -h);
        assertThat(gradient[i]).isCloseTo((up - down) / (2 * h), within(1e-6));
      }
    }
  }

  private static double squares(Network network, State state, NDArray tokens, int i, double h) {
    NDManager manager = tokens.getManager();
    double[] values =
        state.get("embedding.weight").on(manager).toType(DataType.FLOAT64, false).toDoubleArray();
    values[i] += h;
    NDArray table = manager.create(values, new Shape(Sequences.VOCABULARY, 8));
    return Nets.forwardTokens(network, state, tokens, table).square().sum().getDouble();
  }

  private static Data data(Examples train, Examples test, Objective objective) {
    return new Data(
        "sequences",
        train,
        train.take(),
        test,
        Inputs.ofTokens(LENGTH, VOCABULARY),
        objective instanceof Classification ? 3 : VOCABULARY,
        objective,
        Optional.empty());
  }

  /** Pieces of the periodic text, and the tokens that follow. */
  private static Examples periodic(int count, long seed) {
    Random random = new Random(seed);
    int[] tokens = new int[count * LENGTH];
    int[] next = new int[count * LENGTH];
    for (int i = 0; i < count; i++) {
      int start = random.nextInt(PERIOD.length);
      for (int j = 0; j < LENGTH; j++) {
        tokens[i * LENGTH + j] = PERIOD[(start + j) % PERIOD.length];
        next[i * LENGTH + j] = PERIOD[(start + j + 1) % PERIOD.length];
      }
    }
    return new Examples(
        Rows.ofInts(tokens, new Shape(LENGTH)), Rows.ofInts(next, new Shape(LENGTH)));
  }

  /** Sequences of 3 to 8 tokens with padding behind; the first is the class. */
  private static Examples labelled(int count, long seed) {
    Random random = new Random(seed);
    int[] tokens = new int[count * LENGTH];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(3, 9);
      labels[i] = random.nextInt(3);
      for (int j = 0; j < length; j++) {
        tokens[i * LENGTH + j] = j == 0 ? 1 + labels[i] : 1 + random.nextInt(VOCABULARY - 1);
      }
    }
    return new Examples(Rows.ofInts(tokens, new Shape(LENGTH)), Rows.ofInts(labels, new Shape()));
  }

  private static double entropy() {
    double bits = 0;
    for (int token = 0; token < VOCABULARY; token++) {
      int wanted = token;
      double p = (double) Arrays.stream(PERIOD).filter(t -> t == wanted).count() / PERIOD.length;
      bits -= p * Math.log(p) / Math.log(2);
    }
    return bits;
  }

  private static Training training(int iterations) {
    return new Training(
        new Adam(0.02),
        new Constant(),
        Span.iterations(0),
        16,
        Span.iterations(iterations),
        Span.iterations(iterations),
        LastBatch.KEEP);
  }
}
