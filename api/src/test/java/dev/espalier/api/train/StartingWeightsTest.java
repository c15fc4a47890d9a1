// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartingWeightsTest {

  private static final Training TRAINING =
      new Training(
          new Sgd(0.1), new Constant(), Span.iterations(0), 20, Span.epochs(1), Span.epochs(1));

  private static LocalTrial trial(Network network) {
    return new LocalTrial(network, TinyProblem.data(60, 20, 40), TRAINING, new Seed(1, 0));
  }

  @Test
  void replaceDrawZeroAloneAndWhatTheyLackIsDrawn() {
    try (Network network = TinyProblem.convolutional();
        Network narrow = network.resized(Widths.of(Map.of("conv", 1)));
        LocalTrial local = trial(network)) {
      State other = network.initial(new Seed(9, 0).stream("init", 0));
      State given = State.of(Map.of("fc.weight", other.get("fc.weight")));
      Trial trial = local.withStart(given).withSeed(new Seed(1, 0));
      assertThat(trial.initial()).isEqualTo(local.initial().with(given));
      assertThat(trial.initial(1)).isEqualTo(local.initial(1));
      assertThat(trial.withSteps(steps -> steps).initial()).isEqualTo(trial.initial());
      assertThat(trial.withNetwork(narrow).initial())
          .isEqualTo(local.withNetwork(narrow).initial());
      Ticket ticket = trial.ticket(0, trial.dense(), trial.initial(), trial.plan());
      trial.publish(ticket);
      assertThat(local.tickets()).containsExactly(ticket);
      assertThat(ticket.start().get("fc.weight")).isEqualTo(other.get("fc.weight"));
      assertThat(new ReinitControl().ofTicket(ticket, trial).orElseThrow().start())
          .isEqualTo(local.initial(1));
    }
  }

  @Test
  void everyTensorThatDoesNotFitIsRefusedTogether() {
    Tensor one = Tensor.of(new Shape(1), 1);
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network)) {
      State bad = State.of(Map.of("fc.weight", one, "head.weight", one));
      assertThatThrownBy(() -> trial.withStart(bad))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll(
              "fc.weight: found shape (1), allowed is shape (5, 8)",
              "head.weight: found an unknown parameter, allowed is one of [conv.weight,");
    }
  }
}
