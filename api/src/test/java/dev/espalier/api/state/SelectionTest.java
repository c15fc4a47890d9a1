// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SelectionTest {

  @Property(edgeCases = EdgeCasesMode.NONE) // the generator has its own
  void findsWhatSortingFinds(@ForAll("numbers") double[] numbers, @ForAll int draw) {
    int k = Math.floorMod(draw, numbers.length);
    double[] sorted = numbers.clone();
    Arrays.sort(sorted);
    // Compared as numbers: sorting puts -0.0 before 0.0, to a ranking they are one score.
    assertThat(smallest(numbers, k) == sorted[k]).isTrue();
  }

  @Provide
  Arbitrary<double[]> numbers() {
    Arbitrary<Double> any =
        Arbitraries.longs().map(Double::longBitsToDouble).filter(number -> !Double.isNaN(number));
    Arbitrary<Double> few = Arbitraries.of(0.0, -0.0, 1.0, -1.0, Double.MIN_VALUE, 1 + 0x1p-52);
    Arbitrary<Double> ends =
        Arbitraries.of(
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.MAX_VALUE,
            -Double.MAX_VALUE);
    return Arbitraries.oneOf(any, few, ends).array(double[].class).ofMinSize(1).ofMaxSize(200);
  }

  @Test
  void tellsNeighboursInTheLastBitApart() {
    double[] numbers = {Math.nextUp(1.0), 1.0, Math.nextDown(1.0), -1.0, Math.nextDown(-1.0)};
    assertThat(smallest(numbers, 0)).isEqualTo(Math.nextDown(-1.0));
    assertThat(smallest(numbers, 1)).isEqualTo(-1.0);
    assertThat(smallest(numbers, 2)).isEqualTo(Math.nextDown(1.0));
    assertThat(smallest(numbers, 3)).isEqualTo(1.0);
    assertThat(smallest(numbers, 4)).isEqualTo(Math.nextUp(1.0));
  }

  @Test
  void takesTheTwoZerosForOneNumber() {
    assertThat(smallest(new double[] {0.0, -0.0}, 0)).isZero();
    assertThat(smallest(new double[] {-0.0}, 0)).isZero();
  }

  private static double smallest(double[] numbers, long k) {
    return OrderStatistic.smallest(each -> Arrays.stream(numbers).forEach(each), k).value();
  }

  @Test
  void countsWhatIsSmaller() {
    double[] numbers = {3, 1, 2, 2, 2, 5, 1};
    OrderStatistic two = OrderStatistic.smallest(each -> Arrays.stream(numbers).forEach(each), 3);
    assertThat(two).isEqualTo(new OrderStatistic(2, 2));
  }
}
