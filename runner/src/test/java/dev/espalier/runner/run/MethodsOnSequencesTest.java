// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.LastBatch;
import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods find sub-networks of sequence models that learn a text, or refuse them. */
class MethodsOnSequencesTest {

  private static final String TRANSFORMER =
      "{ id = transformer, layers = 1, width = 16, heads = 2, initialiser = kaiming-normal,"
          + " embeddings { id = normal, deviation = 0.5 } }";
  private static final String LSTM = "{ id = lstm, width = 24, initialiser = kaiming-normal }";
  private static final int LENGTH = 10;

  /** A text of this period; which token follows 0, 1 or 2 depends on the token before. */
  private static final int[] PERIOD = {0, 1, 2, 0, 3, 4, 1, 0, 2, 4};

  /** The entropy of its tokens in bits: without their order, no prediction is better. */
  private static final double ENTROPY = 2.246;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          { id = imp, rounds = 2, rewind-to = 20, schedule { id = geometric, rate = 0.5 } }    | 0.25 | 0.02
          { id = prune-at-init, densities = [0.3], criterion = snip }                          | 0.3  | 0.02
          { id = prune-at-init, densities = [0.3], criterion { id = grasp, per-class = 4 } }   | 0.3  | 0.02
          { id = edge-popup, keep = 0.5 }                                                      | 0.5  | 0.2
          { id = slots, k = 4 }                                                                | 1    | 0.2
          { id = knowledge-evolution, generations = 2, split = wels }                          | 1    | 0.02
          { id = early-bird, sparsities = [0.5], level = weights, distance = 0.5, window = 2 } | 0.5  | 0.02
          """)
  void findsASubnetworkThatLearns(String method, double density, double learningRate) {
    for (String model : List.of(TRANSFORMER, LSTM)) {
      try (Trials trials = new Trials(model, method, learningRate)) {
        trials.method.run(trials.trial);
        Ticket last =
            trials.trial.tickets().stream()
                .filter(ticket -> ticket.branch().equals("ticket"))
                .reduce((before, after) -> after)
                .orElseThrow();
        assertThat(last.mask().density()).as(model).isBetween(density - 0.02, density + 0.02);
        assertThat(bits(last)).as(model).isLessThan(0.6 * ENTROPY);
      }
    }
  }

  private static double bits(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().values().get(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ id = network-slimming, sparsity = 0.5 }",
        "{ id = pruning-from-scratch }",
        "{ id = knowledge-evolution, split = kels }",
        "{ id = early-bird, sparsities = [0.5] }"
      })
  void methodsOfChannelsRefuseNetworksWithoutGroups(String method) {
    for (String model : List.of(TRANSFORMER, LSTM)) {
      try (Trials trials = new Trials(model, method, 0.02)) {
        Refusals refusals = new Refusals();
        trials.method.check(trials.network, DATA, trials.trial.plan(), refusals);
        assertThat(refusals.all()).as(model).isNotEmpty();
        assertThat(refusals.all().toString()).contains("groups");
      }
    }
  }

  private static final Data DATA =
      new Data(
          "periodic",
          periodic(160, 1),
          periodic(0, 2),
          periodic(20, 3),
          Inputs.ofTokens(LENGTH, 5),
          5,
          new LanguageModelling(),
          Optional.empty());

  /** A method with its network and a trial. */
  private static final class Trials implements AutoCloseable {

    private final Network network;
    private final Method method;
    private final LocalTrial trial;

    Trials(String model, String method, double learningRate) {
      ExperimentReader reader = new ExperimentReader(Registry.load());
      network = reader.model(model).build(DATA.task());
      this.method = MethodModule.build(reader.methods(List.of(method)).get(0));
      trial = new LocalTrial(network, DATA, training(learningRate), new Seed(1, 0));
    }

    @Override
    public void close() {
      trial.close();
      network.close();
    }
  }

  private static Training training(double learningRate) {
    return new Training(
        new Adam(learningRate),
        new Constant(),
        Span.iterations(0),
        16,
        Span.epochs(10),
        Span.epochs(10),
        LastBatch.KEEP);
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
}
