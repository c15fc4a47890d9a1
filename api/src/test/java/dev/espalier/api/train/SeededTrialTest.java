// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A trial with randomness of its own. */
class SeededTrialTest {

  private static final Data DATA = TinyProblem.data(60, 20, 40);
  private static final Parametrization DENSE = Parametrization.dense();
  private static final Seed SEED = new Seed(1, 0);
  private static final Seed OTHER = SEED.derive("generation", 2);

  @Test
  void trainsInTheOrdersOfItsSeedAsATrialOfItsOwnDoesBitForBit() {
    int before = LiveArrays.count();
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, SEED);
        LocalTrial own = trial(network, OTHER)) {
      State start = trial.initial();
      Trained usual = trial.train(start, DENSE, trial.plan());
      int held = LiveArrays.count();
      Trial seeded = trial.withSeed(OTHER);
      assertThat(LiveArrays.count()).as("the data are not put there again").isEqualTo(held);
      assertThat(seeded.seed()).isEqualTo(OTHER);
      assertThat(seeded.network()).isSameAs(network);
      assertThat(seeded.plan()).isEqualTo(trial.plan());
      assertThat(seeded.initial()).isEqualTo(own.initial()).isNotEqualTo(start);

      Trained trained = seeded.train(start, DENSE, seeded.plan());
      assertThat(trained).isEqualTo(own.train(start, DENSE, own.plan()));
      assertThat(trained.state()).isNotEqualTo(usual.state());
      assertThat(seeded.train(start, DENSE, seeded.plan())).isEqualTo(trained);
      assertThat(trial.train(start, DENSE, trial.plan()))
          .as("the trial's own orders are as they were")
          .isEqualTo(usual);
      assertThat(trial.withSeed(SEED).train(start, DENSE, trial.plan())).isEqualTo(usual);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void keepsItsSeedOnAnotherNetworkAndSharesTheTickets() {
    try (Network wide = TinyProblem.convolutional();
        Network narrow = wide.resized(Widths.of(Map.of("conv", 1, "fc", 4)));
        LocalTrial trial = trial(wide, SEED)) {
      Trial seeded = trial.withSeed(OTHER);
      assertThat(seeded.withNetwork(narrow).seed()).isEqualTo(OTHER);
      assertThat(trial.withNetwork(narrow).withSeed(OTHER).network()).isSameAs(narrow);
      Ticket ticket = seeded.ticket(1, seeded.dense(), seeded.initial(), seeded.plan());
      seeded.publish(ticket);
      assertThat(trial.tickets()).containsExactly(ticket);
    }
  }

  @Test
  void anotherOrderChangesTrainingsAndNeitherStartWeightsNorScores() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, SEED);
        LocalTrial own = trial(network, OTHER)) {
      State start = trial.initial();
      Trial other = trial.withOrder(OTHER);
      assertThat(other.seed()).isEqualTo(SEED);
      assertThat(other.order()).isEqualTo(OTHER);
      assertThat(other.initial()).isEqualTo(start);
      assertThat(other.initial(1)).isEqualTo(trial.initial(1));
      assertThat(other.withNetwork(network).order()).isEqualTo(OTHER);
      Trained trained = other.train(start, DENSE, other.plan());
      assertThat(trained.state()).isNotEqualTo(trial.train(start, DENSE, trial.plan()).state());
      assertThat(trained).isEqualTo(own.train(start, DENSE, own.plan()));
      assertThat(trial.withSeed(OTHER).order()).isEqualTo(OTHER);
    }
  }

  @Test
  void measuresTheSameUnderAnySeed() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, SEED)) {
      State start = trial.initial();
      assertThat(trial.withSeed(OTHER).measure(start)).isEqualTo(trial.measure(start));
    }
  }

  private static LocalTrial trial(Network network, Seed seed) {
    Training training =
        new Training(
            new Adam(0.01), new Constant(), Span.iterations(0), 10, Span.epochs(4), Span.epochs(1));
    return new LocalTrial(network, DATA, training, seed);
  }
}
