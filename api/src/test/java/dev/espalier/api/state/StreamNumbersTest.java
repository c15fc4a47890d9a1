// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The numbers of some streams, as the Python class of docs/streams.md draws them. They must never
 * change: stored runs and other programs depend on them.
 */
class StreamNumbersTest {

  @Test
  void numbersOf64Bits() {
    RandomStream random = new Seed(7, 0).stream("order", 0);
    assertThat(IntStream.range(0, 3).mapToObj(i -> Long.toUnsignedString(random.nextLong())))
        .containsExactly("14712123192346511957", "9673986656541349020", "4229182972557290323");
  }

  @Test
  void fractions() {
    RandomStream random = new Seed(1, 2).stream("scores", -1);
    assertThat(random.doubles(3))
        .containsExactly(0.08912048059367161, 0.8462552033311459, 0.6395271646766839);
  }

  @Test
  void boundedWholeNumbers() {
    RandomStream random = new Seed(1, 2).stream("augment", 99);
    assertThat(IntStream.range(0, 5).map(i -> random.nextInt(1000)))
        .containsExactly(548, 148, 340, 985, 136);
    assertThat(IntStream.range(0, 3).map(i -> random.nextInt(64))).containsExactly(21, 6, 62);
  }

  /** Every second draw or so is above the largest multiple of the bound, and is drawn again. */
  @Test
  void boundedWholeNumbersThatAreDrawnAgain() {
    RandomStream random = new Seed(1, 2).stream("sample", 5);
    assertThat(IntStream.range(0, 6).map(i -> random.nextInt((1 << 30) + 1)))
        .containsExactly(342123181, 178087054, 737587205, 178175689, 839379286, 996357549);
  }

  @Test
  void orders() {
    assertThat(new Seed(7, 0).order(0, 12)).containsExactly(5, 6, 3, 10, 1, 11, 4, 7, 8, 9, 2, 0);
    assertThat(new Seed(7, 0).order(0, 60_000))
        .startsWith(37315, 71, 8578, 18732, 59416, 18936, 17947, 53500);
  }
}
