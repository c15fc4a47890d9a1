// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
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

  /** The Python of docs/streams.md gives these numbers, except the Gaussian ones. */
  @Test
  void givesTheNumbersOfItsDefinition() {
    assertThat(first(3, RandomStream::nextLong))
        .containsExactly(2472647217888526658L, 6191164827498312882L, 7123134514590639321L);
    assertThat(first(5, RandomStream::nextInt))
        .containsExactly(575708043, 1441492891, 1658483993, 151403767, -39420436);
    assertThat(first(12, random -> random.nextInt(10)))
        .containsExactly(1, 5, 6, 3, 0, 1, 3, 6, 3, 5, 0, 8);
    assertThat(first(8, random -> random.nextInt(16)))
        .as("a power of two")
        .containsExactly(11, 11, 9, 7, 12, 15, 14, 13);
    assertThat(first(7, random -> random.nextInt(3 << 29)))
        .as("a bound that rejects every fourth number")
        .containsExactly(
            287854021, 720746445, 829241996, 75701883, 220767431, 1068919806, 1467081245);
    assertThat(first(3, RandomStream::nextDouble))
        .containsExactly(0.13404247427124893, 0.33562371780947564, 0.38614589578128244);
    assertThat(first(8, RandomStream::nextBoolean))
        .containsExactly(false, false, false, false, true, false, true, false);
    assertThat(first(3, RandomStream::nextGaussian))
        .containsExactly(0.5351275870276682, 0.7989138327341492, 0.681438981673555);
    assertThat(seed.order(0, 10)).containsExactly(8, 1, 2, 3, 0, 9, 6, 5, 4, 7);
    assertThat(new Seed(-7, 4).order(159, 10)).containsExactly(2, 3, 7, 1, 8, 5, 9, 0, 6, 4);
    assertThat(seed.stream("scores", 0xfedcba9876543210L).nextLong())
        .isEqualTo(-1533177386486600771L);
  }

  /** Numbers of further streams, as the same Python gives them. */
  @Test
  void givesTheNumbersOfItsDefinitionInOtherStreams() {
    RandomStream order = new Seed(7, 0).stream("order", 0);
    assertThat(IntStream.range(0, 3).mapToObj(i -> Long.toUnsignedString(order.nextLong())))
        .containsExactly("14712123192346511957", "9673986656541349020", "4229182972557290323");
    assertThat(new Seed(1, 2).stream("scores", -1).doubles(3))
        .containsExactly(0.08912048059367161, 0.8462552033311459, 0.6395271646766839);
    RandomStream augment = new Seed(1, 2).stream("augment", 99);
    assertThat(IntStream.range(0, 5).map(i -> augment.nextInt(1000)))
        .containsExactly(548, 148, 340, 985, 136);
    assertThat(IntStream.range(0, 3).map(i -> augment.nextInt(64))).containsExactly(21, 6, 62);
    RandomStream sample = new Seed(1, 2).stream("sample", 5);
    assertThat(IntStream.range(0, 6).map(i -> sample.nextInt((1 << 30) + 1)))
        .as("a bound that rejects every second number")
        .containsExactly(342123181, 178087054, 737587205, 178175689, 839379286, 996357549);
    assertThat(new Seed(7, 0).order(0, 12)).containsExactly(5, 6, 3, 10, 1, 11, 4, 7, 8, 9, 2, 0);
    assertThat(new Seed(7, 0).order(0, 60_000))
        .startsWith(37315, 71, 8578, 18732, 59416, 18936, 17947, 53500);
  }

  private <T> List<T> first(int count, Function<RandomStream, T> draw) {
    RandomStream random = seed.stream("order", 0);
    return IntStream.range(0, count).mapToObj(i -> draw.apply(random)).toList();
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
