// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.data.Metric;
import org.junit.jupiter.api.Test;

class MetricFormatTest {

  private static MetricFormat of(String name, String unit) {
    return new MetricFormat(new Metric(name, unit, Metric.Direction.LOWER, 0));
  }

  @Test
  void fractionsAreInPercentWithTwoDecimals() {
    MetricFormat accuracy = new MetricFormat(Metric.ACCURACY);
    assertThat(accuracy.value(0.97314)).isEqualTo("97.31 %");
    assertThat(accuracy.number(new Estimate(3, 0.9, 0.001))).isEqualTo("90.00 ±0.25");
    assertThat(accuracy.difference(0.0111, Double.NaN)).isEqualTo("+1.11");
    assertThat(accuracy.title() + accuracy.unit() + accuracy.inUnit()).isEqualTo("test % (%) in %");
  }

  @Test
  void othersHaveFourDigitsAndTheirUnit() {
    MetricFormat error = of("mean-error", "kWh");
    assertThat(error.value(5.21349)).isEqualTo("5.213 kWh");
    assertThat(error.value(0.00123456)).isEqualTo("0.001235 kWh");
    assertThat(error.value(12345)).isEqualTo("12345 kWh");
    assertThat(error.value(1.234567e9)).isEqualTo("1.235e+09 kWh");
    assertThat(error.value(0)).isEqualTo("0.000 kWh");
    assertThat(error.difference(-0.0211, 1.5)).isEqualTo("-0.021 ±1.500");
    assertThat(error.title()).isEqualTo("test mean error");
    assertThat(error.column()).isEqualTo("mean_error");
  }

  @Test
  void aUnitInTheNameIsNotRepeatedInASentence() {
    MetricFormat bits = of("bits-per-token", "bits");
    assertThat(bits.value(2.134)).isEqualTo("2.134");
    assertThat(bits.unit()).isEqualTo(" (bits)");
    assertThat(bits.margin(0.02)).isEqualTo("0.02 bits");
  }
}
