// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scope;
import dev.espalier.api.Weights;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.methods.imp.Geometric;
import dev.espalier.methods.imp.Magnitude;
import dev.espalier.methods.imp.ReferenceTies;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every round of iterative magnitude pruning removes the weights that open_lth removes. */
@Tag("slow")
class ImpConformanceTest {

  private static final JsonObject CASE = Reference.json("imp");
  private static final Pruning PRUNING =
      new Pruning(new Magnitude(), new Geometric(0.2, 0), Scope.global(), new ReferenceTies());

  static Stream<Comparison> comparisons() {
    return IntStream.rangeClosed(1, 4).mapToObj(ImpConformanceTest::comparison);
  }

  private static Comparison comparison(int round) {
    return new Comparison(
        "iterative magnitude pruning: masks of trained weights",
        CASE.get("program").getAsString(),
        ReferenceNetwork.LENET300.title,
        "0 positions",
        "imp",
        "mask-" + round);
  }

  static IntStream rounds() {
    return IntStream.rangeClosed(1, 4).filter(round -> comparison(round).isAvailable());
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("rounds")
  void theMaskOfARoundIsThatOfTheProgram(int round) {
    try (Subject subject = Subject.of(ReferenceNetwork.LENET300)) {
      Mask before = round == 1 ? subject.dense() : subject.mask("imp", "mask-" + (round - 1));
      State trained = Reference.state("imp", "trained-" + (round - 1) + "/");
      Weights weights = new Weights(subject.start(), subject.start().with(trained), before);
      Mask found =
          PRUNING.prune(
              subject.score(PRUNING.criterion(), weights).scores(), before, round - 1, round);
      assertThat(found).isEqualTo(subject.mask("imp", "mask-" + round));
      assertThat(found.kept()).isEqualTo(CASE.getAsJsonArray("kept").get(round - 1).getAsLong());
    }
  }
}
