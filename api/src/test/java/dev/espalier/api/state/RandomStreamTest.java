// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RandomStreamTest {

  private final Seed seed = new Seed(1, 0);

  @Test
  void isSplitMix64() {
    RandomStream random = new RandomStream(new Digest("%016x".formatted(1234567) + "0".repeat(48)));
    // The reference vector of the generator's published C code for seed 1234567.
    assertThat(
            IntStream.range(0, 5).mapToObj(i -> Long.toUnsignedString(random.nextLong())).toList())
        .containsExactly(
            "6457827717110365317",
            "3203168211198807973",
            "9817491932198370423",
            "4593380528125082431",
            "16408922859458223821");
  }

  @Test
  void givesTheSameNumbersUnderTheSameNameWhateverElseWasDrawn() {
    long[] alone = seed.stream("order", 3).longs(10).toArray();
    assertThat(seed.stream("init", 0).longs(1000)).hasSize(1000);
    assertThat(seed.stream("order", 3).longs(10).toArray()).isEqualTo(alone);
  }

  @Test
  void dependsOnEveryPartOfTheName() {
    Set<Long> first = new HashSet<>();
    first.add(seed.stream("order", 3).nextLong());
    first.add(seed.stream("order", 4).nextLong());
    first.add(seed.stream("init", 3).nextLong());
    first.add(new Seed(2, 0).stream("order", 3).nextLong());
    first.add(new Seed(1, 1).stream("order", 3).nextLong());
    assertThat(first).hasSize(5);
  }

  @Test
  void drawsEveryOrderOfThreeEquallyOften() {
    RandomStream random = seed.stream("order", 0);
    int[] counts = new int[27];
    for (int draw = 0; draw < 6000; draw++) {
      int[] order = random.permutation(3);
      counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    // 1000 each; five standard deviations of a binomial count are 5 * sqrt(6000 * 5 / 36) = 144.
    assertThat(Arrays.stream(counts).filter(n -> n > 0).boxed())
        .hasSize(6)
        .allMatch(n -> Math.abs(n - 1000) < 144);
  }

  @Property
  void permutationHoldsEveryIndexOnce(@ForAll long root, @ForAll @IntRange(max = 500) int n) {
    int[] order = new Seed(root, 0).stream("order", 0).permutation(n);
    Arrays.sort(order);
    assertThat(order).isEqualTo(IntStream.range(0, n).toArray());
  }
}
