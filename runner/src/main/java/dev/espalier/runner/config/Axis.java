// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;

/**
 * A key of a sweep.
 *
 * @param path the key, in steps
 * @param place the list of values, or the distribution
 * @param values the values; empty for an interval
 * @param interval the interval from which values are drawn
 * @param isWhole whether the setting is a whole number
 */
record Axis(
    List<String> path,
    ConfigValue place,
    List<ConfigValue> values,
    Optional<Interval> interval,
    boolean isWhole) {

  /** The digits of a drawn number, so that names are short, and files have exactly that number. */
  private static final MathContext DIGITS = new MathContext(4, RoundingMode.HALF_EVEN);

  /**
   * The interval of a distribution.
   *
   * @param low the smallest value
   * @param high the largest value
   * @param isLogarithmic whether logarithms are uniform
   */
  record Interval(BigDecimal low, BigDecimal high, boolean isLogarithmic) {

    boolean isWhole() {
      return isWhole(low) && isWhole(high);
    }

    private static boolean isWhole(BigDecimal number) {
      return number.stripTrailingZeros().scale() <= 0;
    }
  }

  String key() {
    return String.join(".", path);
  }

  /**
   * Returns the value of a draw.
   *
   * @param uniform a number in [0, 1)
   */
  ConfigValue draw(double uniform) {
    return interval
        .map(of -> ConfigValueFactory.fromAnyRef(drawn(of, uniform)).withOrigin(place.origin()))
        .orElseGet(() -> values.get((int) (uniform * values.size())));
  }

  private Number drawn(Interval of, double uniform) {
    double low = of.low().doubleValue();
    double high = of.high().doubleValue();
    if (isWhole && !of.isLogarithmic()) {
      return (long) Math.min(high, low + Math.floor(uniform * (high - low + 1)));
    }
    // StrictMath has the same bits on every machine.
    double number =
        of.isLogarithmic()
            ? StrictMath.exp(
                StrictMath.log(low) + uniform * (StrictMath.log(high) - StrictMath.log(low)))
            : low + uniform * (high - low);
    double rounded =
        isWhole ? Math.rint(number) : BigDecimal.valueOf(number).round(DIGITS).doubleValue();
    double inside = Math.max(low, Math.min(high, rounded));
    return isWhole ? (Number) (long) inside : (Number) inside;
  }
}
