// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A trial of another network than its own. */
class OtherNetworkTest {

  private static final Data DATA = TinyProblem.data(60, 20, 40);
  private static final Parametrization DENSE = Parametrization.dense();

  @Test
  void trainsTheOtherNetworkAsATrialOfItsOwnDoesBitForBit() {
    int before = LiveArrays.count();
    try (Network wide = TinyProblem.convolutional();
        Network narrow = wide.resized(Widths.of(Map.of("conv", 1, "fc", 4)));
        LocalTrial trial = trial(wide);
        LocalTrial own = trial(narrow)) {
      Trained ofWide = trial.train(trial.initial(), DENSE, trial.plan());
      int held = LiveArrays.count();
      Trial other = trial.withNetwork(narrow);
      assertThat(LiveArrays.count()).as("the data are not put there again").isEqualTo(held);
      assertThat(other.network()).isSameAs(narrow);
      assertThat(other.plan()).isEqualTo(trial.plan());
      assertThat(other.seed()).isEqualTo(trial.seed());
      assertThat(other.initial()).isEqualTo(own.initial());

      Trained trained = other.train(other.initial(), DENSE, other.plan());
      assertThat(trained).isEqualTo(own.train(own.initial(), DENSE, own.plan()));
      assertThat(other.measure(trained.state()).history())
          .isEqualTo(own.measure(trained.state()).history());
      assertThat(other.analyse(Mask.dense(narrow.layers())))
          .isEqualTo(own.analyse(Mask.dense(narrow.layers())));
      assertThat(trial.train(trial.initial(), DENSE, trial.plan()))
          .as("the trial's own network is as it was")
          .isEqualTo(ofWide);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private static LocalTrial trial(Network network) {
    Training training =
        new Training(
            new Adam(0.01), new Constant(), Span.iterations(0), 10, Span.epochs(4), Span.epochs(1));
    return new LocalTrial(network, DATA, training, new Seed(1, 0));
  }
}
