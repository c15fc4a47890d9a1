// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OverlapTest {

  private static final int DRAWS = 20_000;

  private static BitSet bits(int... set) {
    BitSet bits = new BitSet();
    for (int bit : set) {
      bits.set(bit);
    }
    return bits;
  }

  /** A mask that keeps so many of so many weights, each set of them with equal chance. */
  private static BitSet drawn(Random random, int weights, int kept) {
    BitSet bits = new BitSet();
    while (bits.cardinality() < kept) {
      bits.set(random.nextInt(weights));
    }
    return bits;
  }

  private static Overlap drawn(Random random, int weights, int kept, int others) {
    return Overlap.of(weights, drawn(random, weights, kept), drawn(random, weights, others));
  }

  @Test
  void jaccardIsWhatBothKeepOverWhatEitherKeeps() {
    Overlap overlap = Overlap.of(8, bits(0, 1, 2, 3), bits(2, 3, 4));
    assertThat(overlap).isEqualTo(new Overlap(8, 4, 3, 2));
    assertThat(overlap.jaccard()).isEqualTo(2 / 5.0);
    assertThat(overlap.isNested()).isFalse();
    assertThat(Overlap.of(8, bits(0, 1, 2, 3), bits(2, 3)).isNested()).isTrue();
  }

  @Test
  void chanceIsTheMeanOverTheHypergeometricDistribution() {
    // x = 0, 1, 2 with 1/6, 4/6, 1/6, where Jaccard is 0, 1/3, 1
    assertThat(new Overlap(4, 2, 2, 0).chance()).isCloseTo(7 / 18.0, within(1e-15));
    // x = 2, 3 with 6/10, 4/10, where it is 2/5, 3/4
    assertThat(new Overlap(5, 4, 3, 2).chance()).isCloseTo(0.54, within(1e-15));
  }

  @Test
  void chanceOfMasksThatKeepNothingOrAll() {
    assertThat(new Overlap(5, 0, 0, 0).jaccard()).isNaN();
    assertThat(new Overlap(5, 0, 0, 0).chance()).isNaN();
    assertThat(new Overlap(5, 0, 3, 0).chance()).isZero();
    assertThat(new Overlap(5, 5, 3, 3).chance()).isEqualTo(3 / 5.0);
    assertThat(new Overlap(5, 5, 5, 5).chance()).isEqualTo(1);
    assertThat(new Overlap(1, 1, 1, 1).chance()).isEqualTo(1);
    assertThat(Overlap.chance(List.of(new Overlap(1, 1, 1, 1)))).isEqualTo(1);
  }

  @Test
  void chanceOfALayerIsWhatRandomMasksHave() {
    Random random = new Random(1);
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
      sum += drawn(random, 30, 12, 5).jaccard();
    }
    double chance = new Overlap(30, 12, 5, 0).chance();
    assertThat(sum / DRAWS).isCloseTo(chance, within(0.002));
    // the plain ratio of means is farther off
    assertThat(Math.abs(2 / 15.0 - chance)).isGreaterThan(0.004);
  }

  @Test
  void chanceOverAllLayersIsWhatRandomMasksOfTheseLayersHave() {
    Random random = new Random(2);
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
      sum += Overlap.sum(List.of(drawn(random, 40, 20, 16), drawn(random, 60, 6, 12))).jaccard();
    }
    double chance = Overlap.chance(List.of(new Overlap(40, 20, 16, 0), new Overlap(60, 6, 12, 0)));
    assertThat(sum / DRAWS).isCloseTo(chance, within(0.002));
  }

  @Test
  void chanceOfALargeLayerIsThatOfItsMeans() {
    Overlap large = new Overlap(20_000_000, 4_000_000, 4_000_000, 0);
    assertThat(large.chance()).isCloseTo(1 / 9.0, within(1e-6));
    assertThat(Overlap.chance(List.of(large))).isCloseTo(large.chance(), within(1e-12));
  }
}
