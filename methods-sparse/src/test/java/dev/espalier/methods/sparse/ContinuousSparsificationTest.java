// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.sparse.ContinuousSparsification.Settings;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ContinuousSparsificationTest {

  private static final Data DATA = TinyProblem.data(200, 0, 100);

  @Nested
  class Contract extends MethodContract {
    @Override
    protected Method method() {
      return new ContinuousSparsification(settings(2, 3, 1e-3));
    }

    @Override
    protected Plugin plugin() {
      return new SparsePlugin();
    }
  }

  /** Two rounds, rewinding to iteration 7; the trainings are named below. */
  private static final Run RUN = run(settings(2, 7, 1e-3));

  private static final Recording.Training TO_K = RUN.trainings().get(0);
  private static final Recording.Training FIRST_SEARCH = RUN.trainings().get(1);
  private static final Recording.Training FIRST_TICKET = RUN.trainings().get(2);
  private static final Recording.Training SECOND_SEARCH = RUN.trainings().get(3);

  @Test
  void eachRoundHasAPrunedNetworkAndATicket() {
    assertThat(RUN.trainings()).hasSize(5);
    assertThat(RUN.tickets())
        .extracting(ticket -> ticket.round() + " " + ticket.branch())
        .containsExactly("1 pruned", "1 ticket", "2 pruned", "2 ticket");
  }

  @Test
  void searchEndsWithHardGatesAndBothNetworksLearn() {
    Ticket ticket = RUN.tickets().get(1);
    assertThat(Double.parseDouble(ticket.findings().get("undecided-gates"))).isLessThan(0.1);
    assertThat(ticket.mask().density()).isBetween(0.02, 0.8);
    for (Ticket each : RUN.tickets().subList(0, 2)) {
      assertThat(each.trained().history().last().orElseThrow().test().values().get(0))
          .as(each.branch())
          .isGreaterThan(0.8); // chance is a third
    }
  }

  @Test
  void densityFallsWithThePenaltyAndFromRoundToRound() {
    double first = RUN.tickets().get(1).mask().density();
    assertThat(RUN.tickets().get(3).mask().density()).isLessThan(first);
    assertThat(run(settings(1, 7, 1e-2)).tickets().get(1).mask().density()).isLessThan(first);
  }

  @Test
  void ticketStartsFromTheWeightsAtIterationKBehindTheMaskOfTheSearch() {
    assertThat(TO_K.plan().until()).isEqualTo(7);
    assertThat(FIRST_SEARCH.from()).isEqualTo(TO_K.trained());
    State last = FIRST_SEARCH.trained().variables();
    Ticket ticket = RUN.tickets().get(1);
    assertThat(ticket.plan().from()).isEqualTo(7);
    for (Layer layer : ticket.mask().layers()) {
      assertThat(ticket.start().get(layer.name()))
          .isEqualTo(TO_K.trained().variables().get(layer.name()));
      for (int i = 0; i < layer.size(); i++) {
        assertThat(ticket.mask().keeps(layer, i))
            .isEqualTo(last.get(SoftMask.MASK + layer.name()).get(i) > 0);
      }
    }
    assertThat(RUN.tickets().get(3).start()).isEqualTo(ticket.start());
    assertThat(FIRST_TICKET.from().iteration()).isEqualTo(7);
    assertThat(FIRST_TICKET.from().optimizer()).isEqualTo(State.EMPTY);
  }

  @Test
  void weightsContinueInTheNextRoundAndGatesBeginAtTheirScaledValues() {
    State first = FIRST_SEARCH.trained().variables();
    State second = SECOND_SEARCH.from().variables();
    for (String name : List.of("fc.weight", "out.weight")) {
      assertThat(second.get(name)).isEqualTo(first.get(name));
      for (int i = 0; i < first.get(name).size(); i++) {
        double scaled = 200.0 * first.get(SoftMask.MASK + name).get(i);
        assertThat(second.get(SoftMask.MASK + name).get(i))
            .isEqualTo((float) Math.min(scaled, -0.01));
      }
    }
    assertThat(SECOND_SEARCH.plan().from()).isZero();
    assertThat(SECOND_SEARCH.from().optimizer()).isEqualTo(State.EMPTY);
  }

  @Test
  void prunedNetworkHasTheSearchedWeightsWithGatesOfOne() {
    State searched = FIRST_SEARCH.trained().variables();
    Ticket pruned = RUN.tickets().get(0);
    assertThat(pruned.plan().isEmpty()).isTrue();
    for (Layer layer : pruned.mask().layers()) {
      for (int i = 0; i < layer.size(); i++) {
        double w = searched.get(layer.name()).get(i) / SoftThreshold.g(-0.01);
        assertThat(pruned.trained().state().get(layer.name()).get(i))
            .isEqualTo(pruned.mask().keeps(layer, i) ? (float) w : 0);
      }
    }
  }

  @Test
  void refusesToRewindToTheEndOfTheTraining() {
    assertThatThrownBy(() -> run(settings(1, 300, 0)))
        .hasMessageContaining(
            "rewind-to: found iteration 300, allowed is less than the 300 iterations");
  }

  private static Settings settings(int rounds, long k, double lambda) {
    return new Settings(rounds, Span.iterations(k), -0.01, 200, lambda);
  }

  private record Run(List<Ticket> tickets, List<Recording.Training> trainings) {}

  private static Run run(Settings settings) {
    Training training =
        new Training(
            new Sgd(0.1, 0.9, false, 1e-4, List.of()),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(300),
            Span.iterations(300));
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, DATA, training, new Seed(1, 0))) {
      Recording recording = new Recording(trial);
      new ContinuousSparsification(settings).run(recording.trial());
      return new Run(trial.tickets(), recording.trainings());
    }
  }
}
