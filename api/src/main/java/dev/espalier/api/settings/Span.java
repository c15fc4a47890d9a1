// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * A length of training, or a point in it: a number of iterations (steps of the optimizer) or of
 * epochs (passes over the training examples).
 *
 * @param count the number, not negative, and at most 1e9 epochs or 1e18 iterations
 * @param epochs whether the unit is epochs
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Span(long count, boolean epochs) {

  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,18})(?:\\s*(iterations?|epochs?))?", Pattern.CASE_INSENSITIVE);

  /** The largest number of epochs, and of iterations. Sums and products of these fit a long. */
  private static final long MOST = 1_000_000_000;

  private static final long MOST_ITERATIONS = MOST * MOST;

  /** Creates a span and checks its count. */
  public Span {
    if (count < 0) {
      throw new RefusedException("count", count, "0 or more");
    }
    if (count > (epochs ? MOST : MOST_ITERATIONS)) {
      throw new RefusedException(
          "count", count, "at most " + (epochs ? MOST + " epochs" : MOST_ITERATIONS));
    }
  }

  /**
   * Creates a span of iterations.
   *
   * @param count the number
   * @return the span
   */
  public static Span iterations(long count) {
    return new Span(count, false);
  }

  /**
   * Creates a span of epochs.
   *
   * @param count the number
   * @return the span
   */
  public static Span epochs(long count) {
    return new Span(count, true);
  }

  /**
   * Parses {@code 500}, {@code 500 iterations} or {@code 40 epochs}.
   *
   * @param text the text
   * @return the span
   * @throws IllegalArgumentException for anything else
   */
  public static Span parse(String text) {
    Matcher matcher = TEXT.matcher(text.trim());
    if (!matcher.matches()) {
      throw new RefusedException(
          "span", "\"" + text + "\"", "a number of iterations (500) or epochs (40 epochs)");
    }
    String unit = matcher.group(2);
    return new Span(
        Long.parseLong(matcher.group(1)),
        unit != null && unit.toLowerCase(java.util.Locale.ROOT).startsWith("epoch"));
  }

  /**
   * Converts the span to iterations.
   *
   * @param perEpoch iterations per epoch
   * @return iterations
   */
  public long in(long perEpoch) {
    return epochs ? Math.multiplyExact(count, perEpoch) : count;
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return epochs ? count + (count == 1 ? " epoch" : " epochs") : Long.toString(count);
  }
}
