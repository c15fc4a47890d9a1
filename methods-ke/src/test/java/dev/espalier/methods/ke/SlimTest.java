// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Split;
import dev.espalier.api.Ticket;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.ke.KnowledgeEvolution.Settings;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The narrow network that a split of channels is, against the wide one without the rest. */
class SlimTest {

  private static final Data DATA = Small.data(60, 40, 200);
  private static final int GENERATIONS = 3;

  private static List<Ticket> run(Network network, double rate, Split split) {
    try (LocalTrial trial =
        new LocalTrial(network, DATA, Small.training(0.1, 5e-4, 12, 4), new Seed(2, 0))) {
      new KnowledgeEvolution(new Settings(GENERATIONS, rate, split)).run(trial);
      return trial.tickets();
    }
  }

  static Stream<Arguments> networksAndSplits() {
    return Stream.<Named<Supplier<Network>>>of(
            Named.of("tiny", TinyProblem::convolutional),
            Named.of("chain", () -> Small.chain(7, 6, 9)),
            Named.of("residual", () -> TinyProblem.residual(8)))
        .flatMap(
            network ->
                Stream.of(new Kels(), new RandomChannels())
                    .map(split -> Arguments.of(network, split)));
  }

  @ParameterizedTest
  @MethodSource("networksAndSplits")
  void saysWhatTheWideNetworkSaysWithTheResetPartAtZero(Supplier<Network> made, Split split) {
    try (Network wide = made.get()) {
      List<Ticket> tickets = run(wide, 0.5, split);
      Mask m = Small.ticket(tickets, 1, "fit").mask();
      Channels channels = Channels.of(wide.groups(), m).orElseThrow();
      try (Network narrow = wide.resized(channels.widths())) {
        for (int g = 1; g <= GENERATIONS; g++) {
          Ticket slim = Small.ticket(tickets, g, "slim");
          Ticket fit = Small.ticket(tickets, g, "fit");
          State w = Small.ticket(tickets, g, Ticket.TICKET).trained().state();
          float[] masked = TinyProblem.outputs(wide, zeroed(w, m));
          assertThat(TinyProblem.outputs(narrow, slim.start()))
              .containsExactly(masked, within(1e-4f));
          assertThat(TinyProblem.outputs(wide, fit.start())).containsExactly(masked);
          assertThat(TinyProblem.outputs(wide, w)).isNotEqualTo(masked);
          assertThat(distinct(masked)).as("it says something").isGreaterThan(3);
          assertThat(Small.test(slim).score()).isEqualTo(Small.test(fit).score());
          assertThat(Small.test(slim).loss()).isCloseTo(Small.test(fit).loss(), within(1e-5));
          assertThat(slim.trained().state()).isEqualTo(slim.start());
          assertThat(slim.plan().isEmpty()).isTrue();
        }
      }
    }
  }

  /** (1 - M) * W at 0, one by one. */
  private static State zeroed(State w, Mask m) {
    State zeroed = w;
    for (Layer layer : m.layers()) {
      float[] values = new float[layer.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = m.keeps(layer, i) ? w.get(layer.name()).get(i) : 0;
      }
      zeroed = zeroed.with(State.of(Map.of(layer.name(), Tensor.of(layer.shape(), values))));
    }
    return zeroed;
  }

  private static int distinct(float[] values) {
    Set<Float> all = new HashSet<>();
    for (float value : values) {
      all.add(value);
    }
    return all.size();
  }

  @Test
  void takesRowsColumnsNormsAndTheWholeBiasOfTheClassifier() {
    try (Network wide = Small.chain(5, 6, 7)) {
      List<Ticket> tickets = run(wide, 0.5, new Kels());
      State w = Small.ticket(tickets, GENERATIONS, Ticket.TICKET).trained().state();
      State slim = Small.ticket(tickets, GENERATIONS, "slim").start();
      // 3 of 5, 3 of 6 and 4 of 7.
      for (int o = 0; o < 3; o++) {
        for (int i = 0; i < 3; i++) {
          for (int k = 0; k < 9; k++) {
            assertThat(slim.get("conv2.weight").get((o * 3 + i) * 9 + k))
                .isEqualTo(w.get("conv2.weight").get((o * 5 + i) * 9 + k));
          }
        }
        for (String norm : List.of("gamma", "beta", "runningMean", "runningVar")) {
          assertThat(slim.get("bn2." + norm).size()).isEqualTo(3);
          assertThat(slim.get("bn2." + norm).get(o)).isEqualTo(w.get("bn2." + norm).get(o));
        }
      }
      for (int o = 0; o < 4; o++) {
        assertThat(slim.get("fc.bias").get(o)).isEqualTo(w.get("fc.bias").get(o));
        for (int i = 0; i < 3 * 4; i++) {
          assertThat(slim.get("fc.weight").get(o * 12 + i))
              .isEqualTo(w.get("fc.weight").get(o * 24 + i));
        }
      }
      assertThat(slim.get("out.bias")).isEqualTo(w.get("out.bias"));
    }
  }

  @Test
  void costsWhatTheFormulaSays() {
    for (double rate : new double[] {0.3, 0.5, 0.7}) {
      try (Network wide = Small.chain(10, 12, 7)) {
        List<Ticket> tickets = run(wide, rate, new Kels());
        long a = (long) Math.ceil(10 * rate - 1e-9);
        long b = (long) Math.ceil(12 * rate - 1e-9);
        long c = (long) Math.ceil(7 * rate - 1e-9);
        long weights = 9 * a + 9 * a * b + 4 * b * c + 3 * c;
        // 16 positions of the convolutions.
        long macs = 16 * 9 * a + 16 * 9 * a * b + 4 * b * c + 3 * c;
        for (int g = 1; g <= GENERATIONS; g++) {
          Ticket slim = Small.ticket(tickets, g, "slim");
          assertThat(slim.mask().isDense()).isTrue();
          assertThat(slim.mask().size()).isEqualTo(weights);
          assertThat(slim.mask().kept()).isEqualTo(Small.ticket(tickets, g, "fit").mask().kept());
          Widths widths = widths(wide, slim);
          // Gamma and beta of each channel, and the biases of the linear layers.
          try (Network slimmed = wide.resized(widths)) {
            assertThat(Cost.of(slimmed)).isEqualTo(new Cost(macs, weights + 2 * a + 2 * b + c + 3));
          }
        }
      }
    }
  }

  /** The widths of the network that a slim ticket is of. */
  private static Widths widths(Network wide, Ticket slim) {
    Map<String, Integer> widths = new HashMap<>();
    for (Group group : wide.groups()) {
      widths.put(group.name(), (int) slim.start().get(group.name() + ".weight").shape().get(0));
    }
    return Widths.of(widths);
  }
}
