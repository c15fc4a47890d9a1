// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Split;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import org.junit.jupiter.api.Test;

/** What every {@link Split} keeps to; extend it in a plugin's tests. */
public abstract class SplitContract {

  private static final Data DATA = TinyProblem.data(20, 0, 10);

  private static final Training TRAINING =
      new Training(
          new Sgd(0.1), new Constant(), Span.iterations(0), 10, Span.epochs(1), Span.epochs(1));

  /** For subclasses. */
  protected SplitContract() {}

  /** The split under test. */
  protected abstract Split split();

  private Mask mask(double rate, Seed seed) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = new LocalTrial(network, DATA, TRAINING, seed)) {
      Refusals.require(refusals -> split().check(rate, network, DATA, refusals));
      Mask mask = split().mask(rate, trial.initial(), trial.initial(1), trial);
      assertThat(mask.layers()).isEqualTo(network.layers());
      return mask;
    }
  }

  @Test
  void dividesTheWeightsOfAllPrunableLayersInTwo() {
    for (double rate : new double[] {0.3, 0.5, 0.7}) {
      Mask mask = mask(rate, new Seed(1, 0));
      assertThat(mask.kept()).isPositive();
      assertThat(mask.complement().kept()).isPositive();
    }
  }

  @Test
  void keepsMoreAtAHigherRate() {
    Seed seed = new Seed(1, 0);
    assertThat(mask(0.7, seed).kept()).isGreaterThan(mask(0.3, seed).kept());
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(mask(0.5, new Seed(2, 1))).isEqualTo(mask(0.5, new Seed(2, 1)));
  }

  @Test
  void isAValue() {
    assertThat(split()).isInstanceOf(Record.class).isEqualTo(split());
  }
}
