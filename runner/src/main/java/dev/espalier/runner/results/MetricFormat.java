// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.data.Metric;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The text of a metric and its values: fractions in percent with two decimals, others with four
 * digits in their unit.
 *
 * @param metric the metric
 */
public record MetricFormat(Metric metric) {

  private static final int DIGITS = 4;

  /** Numbers with exponents outside of these have an exponent in text, too. */
  private static final int LEAST = -4;

  private static final int MOST = 6;

  /** The factor from a stored value to a shown one: 100 for fractions. */
  public double factor() {
    return isPercent() ? 100 : 1;
  }

  /** The data of a page about a metric. */
  public static Map<String, Object> page(Metric metric) {
    MetricFormat format = new MetricFormat(metric);
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("name", format.name());
    page.put("unit", metric.unit());
    page.put("lower", format.isLowerBetter());
    return page;
  }

  private boolean isPercent() {
    return metric.unit().equals("%");
  }

  public boolean isAccuracy() {
    return metric.name().equals(Metric.ACCURACY.name());
  }

  public boolean isLowerBetter() {
    return metric.direction() == Metric.Direction.LOWER;
  }

  /** The name in words, such as {@code bits per token}. */
  public String name() {
    return metric.name().replace('-', ' ');
  }

  /** The name in columns of a CSV, such as {@code bits_per_token}. */
  public String column() {
    return metric.name().replace('-', '_');
  }

  /** The unit after the name of an axis, such as {@code " (%)"}; empty without a unit. */
  public String unit() {
    return metric.unit().isEmpty() ? "" : " (" + metric.unit() + ")";
  }

  /** The unit after the name in a sentence, such as {@code " in %"}; empty without a unit. */
  public String inUnit() {
    return metric.unit().isEmpty() ? "" : " in " + metric.unit();
  }

  /** The title of a column with test values: {@code test %}, or with the name. */
  String title() {
    return isAccuracy() ? "test %" : "test " + name() + (isPercent() ? " %" : "");
  }

  /** The title of a column with test values of a branch, which stands next to that of tickets. */
  String title(String branch) {
    return isPercent() ? branch + " %" : branch;
  }

  /** A margin in words, such as {@code 0.5 percentage points}. */
  String margin(double margin) {
    return isPercent()
        ? AnalysisTable.percent(margin) + " percentage points"
        : BigDecimal.valueOf(margin)
                .round(new MathContext(DIGITS))
                .stripTrailingZeros()
                .toPlainString()
            + (metric.unit().isEmpty() ? "" : " " + metric.unit());
  }

  /** A value without its unit. */
  public String number(double value) {
    return String.format(Locale.ROOT, format("", value), factor() * value);
  }

  /** A value with its unit. */
  public String value(double value) {
    return number(value) + unitAfter(" ");
  }

  /** A mean with half of its interval, if readers see that. */
  public String number(Estimate estimate) {
    return number("", estimate.mean(), estimate.shown(), " ");
  }

  /** A mean with half of its interval and the unit, which no line break divides. */
  public String value(Estimate estimate) {
    return number("", estimate.mean(), estimate.shown(), "\u00a0") + unitAfter("\u00a0");
  }

  /**
   * A difference with its sign.
   *
   * @param half half of its interval; NaN without one
   */
  public String difference(double mean, double half) {
    return number("+", mean, half, " ");
  }

  private String number(String flags, double mean, double half, String space) {
    boolean hasInterval = !Double.isNaN(half);
    String format = format(flags, hasInterval ? List.of(mean, half) : List.of(mean));
    String text = String.format(Locale.ROOT, format, factor() * mean);
    if (!hasInterval) {
      return text;
    }
    String after = space.equals(" ") ? "" : space;
    return text
        + space
        + "±"
        + after
        + String.format(Locale.ROOT, format.replace("+", ""), factor() * half);
  }

  private String format(String flags, double value) {
    return format(flags, List.of(value));
  }

  /** A format with as many decimals as the largest of some values needs. */
  private String format(String flags, List<Double> values) {
    if (isPercent()) {
      return "%" + flags + ".2f";
    }
    double largest = values.stream().mapToDouble(Math::abs).max().orElse(0);
    if (!(largest > 0)) {
      return "%" + flags + "." + (DIGITS - 1) + "f";
    }
    int exponent = (int) Math.floor(Math.log10(largest));
    return exponent < LEAST || exponent > MOST
        ? "%" + flags + "." + (DIGITS - 1) + "e"
        : "%" + flags + "." + Math.max(0, DIGITS - 1 - exponent) + "f";
  }

  /** The unit after a value, unless the name has it: two bits per token are no bits. */
  private String unitAfter(String space) {
    boolean isInName = Arrays.asList(name().split(" ")).contains(metric.unit());
    return metric.unit().isEmpty() || isInName ? "" : space + metric.unit();
  }
}
