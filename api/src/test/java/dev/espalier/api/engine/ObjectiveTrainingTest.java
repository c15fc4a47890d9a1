// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Reconstruction;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ObjectiveTrainingTest {

  private static final int VOCABULARY = 4;
  private static final int LENGTH = 6;

  /** Logits from the present token alone: a table of pairs. */
  private static Network pairs() {
    return Network.builder(
            "pairs",
            new NamedBlocks()
                .add(
                    tokens ->
                        new NDList(
                            tokens
                                .singletonOrThrow()
                                .oneHot(VOCABULARY)
                                .toType(DataType.FLOAT32, false)))
                .add("out", Linear.builder().setUnits(VOCABULARY).build()),
            new Shape(LENGTH))
        .build();
  }

  /** Texts in which token t is followed by t + 1 nine times of ten; some end early. */
  private static Examples texts(String part, int count) {
    RandomStream random = new Seed(3, 0).stream(part, 0);
    int[] tokens = new int[count * LENGTH];
    int[] next = new int[count * LENGTH];
    for (int i = 0; i < count; i++) {
      int token = random.nextInt(VOCABULARY);
      int end = i % 3 == 0 ? 2 : LENGTH;
      for (int j = 0; j < LENGTH; j++) {
        tokens[i * LENGTH + j] = token;
        token = random.nextInt(10) == 0 ? random.nextInt(VOCABULARY) : (token + 1) % VOCABULARY;
        next[i * LENGTH + j] = j < end ? token : LanguageModelling.PADDING;
      }
    }
    Shape shape = new Shape(LENGTH);
    return new Examples(Rows.ofInts(tokens, shape), Rows.ofInts(next, shape));
  }

  private static Data texts() {
    return new Data(
        "texts",
        texts("train", 300),
        texts("validation", 50),
        texts("test", 600),
        Inputs.ofTokens(LENGTH, VOCABULARY),
        VOCABULARY,
        new LanguageModelling(),
        Optional.empty());
  }

  private static Training training(int epochs) {
    return new Training(
        new Adam(0.05),
        new Constant(),
        Span.epochs(0),
        20,
        Span.epochs(epochs),
        Span.epochs(epochs));
  }

  @Test
  void aLanguageModelLearnsTheEntropyOfItsText() {
    Data data = texts();
    try (Network network = pairs();
        LocalTrial trial = new LocalTrial(network, data, training(10), new Seed(1, 0))) {
      Trained trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      Evaluation test = trained.history().last().orElseThrow().test();
      // A token alone has 2 bits. p = 0.925 for the next, and 0.025 for each of the others.
      double entropy = -(0.925 * Math.log(0.925) + 0.075 * Math.log(0.025)) / Math.log(2);
      assertThat(test.score()).isCloseTo(entropy, within(0.06)).isLessThan(1);
      assertThat(test.values().get(1)).isCloseTo(Math.pow(2, test.score()), within(1e-9));
    }
  }

  @Test
  void anEvaluationOfTextsIsAMeanOverTokens() {
    Data data = texts();
    try (Network network = pairs();
        LocalTrial trial = new LocalTrial(network, data, training(1), new Seed(1, 0))) {
      State state = trial.initial();
      History.Point point = trial.measure(state).history().last().orElseThrow();
      assertThat(point.test().loss()).isCloseTo(slowly(state, data.test()), within(1e-6));
      assertThat(point.validation().loss())
          .isCloseTo(slowly(state, data.validation()), within(1e-6));
    }
  }

  /** The mean cross-entropy over tokens, on the host. */
  private static double slowly(State state, Examples examples) {
    Tensor weight = state.get("out.weight");
    Tensor bias = state.get("out.bias");
    int[] tokens = examples.features().ints();
    int[] next = examples.targets().ints();
    double sum = 0;
    int count = 0;
    for (int i = 0; i < tokens.length; i++) {
      if (next[i] == LanguageModelling.PADDING) {
        continue;
      }
      double total = 0;
      for (int k = 0; k < VOCABULARY; k++) {
        total += Math.exp(weight.get(k * VOCABULARY + tokens[i]) + bias.get(k));
      }
      sum += Math.log(total) - weight.get(next[i] * VOCABULARY + tokens[i]) - bias.get(next[i]);
      count++;
    }
    return sum / count;
  }

  @Test
  void aTrainingOfTokensIsResumedBitForBitAndFreesAllButItsResult() {
    Data data = texts();
    try (Network network = pairs();
        LocalTrial trial = new LocalTrial(network, data, training(2), new Seed(1, 0))) {
      int before = LiveArrays.count();
      Trained whole = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      Trained half = trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(7));
      Trained rest = trial.train(half, Parametrization.dense(), trial.plan().from(7));
      assertThat(rest.state().digest()).isEqualTo(whole.state().digest());
      assertThat(rest.history()).isEqualTo(whole.history());
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void anAutoencoderExplainsMostOfTheVariance() {
    Data data = TinyProblem.data(300, 50, 100).withObjective(new Reconstruction());
    NamedBlocks blocks =
        new NamedBlocks()
            .add(list -> new NDList(list.singletonOrThrow().reshape(-1, 16)))
            .add("code", Linear.builder().setUnits(3).build())
            .add("out", Linear.builder().setUnits(16).build())
            .add(list -> new NDList(list.singletonOrThrow().reshape(-1, 1, 4, 4)));
    try (Network network = Network.builder("code", blocks, TinyProblem.INPUT).build();
        LocalTrial trial = new LocalTrial(network, data, training(30), new Seed(1, 0))) {
      Trained trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      Evaluation test = trained.history().last().orElseThrow().test();
      assertThat(test.score()).isGreaterThan(0.4).isLessThan(1);
      assertThat(trained.history().points().get(0).test().loss()).isGreaterThan(0);
    }
  }
}
