// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.TieRule;
import dev.espalier.api.contract.TieRuleContract;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiesTest {

  private static final Map<String, TieRule> RULES =
      Map.of(
          "snip", new Ties.Snip(),
          "snip-pytorch", new Ties.SnipPytorch(),
          "grasp", new Ties.Grasp(),
          "synflow", new Ties.SynFlow());

  @Nested
  class ExactIsATieRule extends TieRuleContract {
    @Override
    protected TieRule rule() {
      return TieRule.EXACT;
    }
  }

  @Nested
  class SnipIsATieRule extends TieRuleContract {
    @Override
    protected TieRule rule() {
      return new Ties.Snip();
    }
  }

  @Nested
  class SnipPytorchIsATieRule extends TieRuleContract {
    @Override
    protected TieRule rule() {
      return new Ties.SnipPytorch();
    }
  }

  @Nested
  class GraspIsATieRule extends TieRuleContract {
    @Override
    protected TieRule rule() {
      return new Ties.Grasp();
    }
  }

  @Nested
  class SynFlowIsATieRule extends TieRuleContract {
    @Override
    protected TieRule rule() {
      return new Ties.SynFlow();
    }
  }

  private final Map<String, double[]> values = new HashMap<>();

  @ParameterizedTest
  @CsvSource({
    // of 0 1 2 2 2 2 3 4 5 6 at density 0.55: 5.5 weights planned, 6 when rounded
    "snip,         2 3 6 7 8 9",
    // int(5.5) = 5 are to stay: the fifth largest is a 2, and all its ties stay
    "snip-pytorch, 2 3 4 5 6 7 8 9",
    // int(4.5) = 4 are to go: the fourth lowest is a 2; only what is below it goes
    "grasp,        2 3 4 5 6 7 8 9",
    // ... or it goes too, with all its ties
    "synflow,      6 7 8 9"
  })
  void everyCodesTiesGoItsOwnWay(String id, String kept) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 2, 2, 2, 3, 4, 5, 6});
    Mask mask = prune(layer, Mask.dense(List.of(layer)), 1, 0.55, RULES.get(id));
    assertThat(indices(mask, layer))
        .containsExactly(Arrays.stream(kept.split(" ", -1)).mapToInt(Integer::parseInt).toArray());
  }

  @ParameterizedTest
  @CsvSource({"snip, 6", "snip-pytorch, 5", "grasp, 7", "synflow, 6"})
  void everyCodesCountOfDistinctScores(String id, int kept) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    assertThat(prune(layer, Mask.dense(List.of(layer)), 1, 0.55, RULES.get(id)).kept())
        .isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource({
    // of 10 weights 5 are planned after the first round, and 2.5 after the second
    "snip,         5, 3",
    // int(5.0) and int(2.5) stay
    "snip-pytorch, 5, 2",
    // int(5.0) and then int(7.5) are to be gone of the 10, but the last of them stays
    "grasp,        6, 4",
    // ... or does not
    "synflow,      5, 3"
  })
  void everyCodeCountsDeadWeightsAsGone(String id, int once, int twice) {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    Mask first = prune(layer, Mask.dense(List.of(layer)), 1, 0.5, RULES.get(id));
    Mask second = prune(layer, first, 0.5, 0.25, RULES.get(id));
    assertThat(indices(first, layer)).containsExactly(range(10, 10 - once));
    assertThat(indices(second, layer)).containsExactly(range(10, 10 - twice));
  }

  @Test
  void synflowsThresholdIsZeroWhileTheDeadAreMoreThanItWants() {
    Layer layer = new Layer("a.weight", new Shape(10), Kind.LINEAR);
    values.put("a.weight", new double[] {0, 0, 0, 0, 0, 0, 0, 0, 5, 6});
    Mask alive =
        Mask.of(
            List.of(layer),
            (any, bits) -> {
              bits.set(4, 10);
              return bits;
            });
    // int(0.35 * 10) = 3 are to be gone; 4 are, which score 0, and so do 4 of the living.
    Mask kept = prune(layer, alive, 0.65, 0.65, new Ties.SynFlow());
    assertThat(indices(kept, layer)).containsExactly(8, 9);
  }

  private Mask prune(Layer layer, Mask alive, double before, double planned, TieRule rule) {
    return Scores.of(List.of(layer), any -> values.get(any.name()))
        .prune(alive, any -> before, any -> planned, true, rule::prune);
  }

  private static int[] range(int until, int from) {
    return IntStream.range(from, until).toArray();
  }

  private static int[] indices(Mask mask, Layer layer) {
    return mask.alive(layer).stream().toArray();
  }
}
