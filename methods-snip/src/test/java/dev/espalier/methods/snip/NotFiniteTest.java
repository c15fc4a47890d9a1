// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NotFiniteTest {

  static Stream<Criterion> criteria() {
    return Stream.of(new Snip(20), new Grasp(5), new SynFlow());
  }

  @ParameterizedTest
  @MethodSource("criteria")
  void weightsThatAreNotFiniteAreRefused(Criterion criterion) {
    try (Chain chain = new Chain(true, 9)) {
      State broken = chain.with(chain.state, chain.layers().get(0), w -> Double.NaN);
      assertThatThrownBy(() -> chain.score(criterion, broken, chain.dense()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContainingAll("is", "weights");
    }
  }

  @Test
  void aProductThatIsNotFiniteDoesNotSpoilTheNext() {
    Grasp overflowing =
        new Grasp(
            5, 1, 1e-42, Grasp.Halves.MIXED, ScoredWeights.OWN, BatchNorm.BATCH, Precision.FLOAT32);
    try (Chain chain = new Chain(true, 9)) {
      double[] before = Chain.all(chain.score(new Grasp(5)));
      assertThatThrownBy(() -> chain.score(overflowing)).isInstanceOf(TrialFailed.class);
      assertThat(Chain.all(chain.score(new Grasp(5)))).isEqualTo(before);
    }
  }

  @Test
  void passesAreOfAboutEqualSizeSoThatNoneIsOfOneExample() {
    Snip batches =
        new Snip(
            33, Optional.empty(), 32, ScoredWeights.OWN, BatchNorm.BATCH, 0, Precision.FLOAT32);
    Snip single =
        new Snip(3, Optional.empty(), 1, ScoredWeights.OWN, BatchNorm.BATCH, 0, Precision.FLOAT32);
    try (Chain chain = new Chain(true, 9)) {
      Refusals.require(refusals -> batches.check(chain.network, chain.data, refusals));
      assertThat(chain.score(batches).layers()).hasSize(2);
      assertThatThrownBy(
              () -> Refusals.require(refusals -> single.check(chain.network, chain.data, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("batch-norm: found batch with 1 example in a pass");
    }
  }
}
