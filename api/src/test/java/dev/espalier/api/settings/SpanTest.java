// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpanTest {

  @ParameterizedTest
  @CsvSource({
    "500, 500, false",
    "0, 0, false",
    "500 iterations, 500, false",
    "1 iteration, 1, false",
    "40 epochs, 40, true",
    "1 epoch, 1, true",
    "' 3  Epochs ', 3, true",
    "7epochs, 7, true"
  })
  void reads(String text, long count, boolean epochs) {
    assertThat(Span.parse(text)).isEqualTo(new Span(count, epochs));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-1", "1.5", "epochs", "4 weeks", "1 epoch 2", "99999999999999999999"})
  void refuses(String text) {
    assertThatThrownBy(() -> Span.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"" + text + "\"")
        .hasMessageContaining("40 epochs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "12", "1 epoch", "160 epochs"})
  void writesWhatItReads(String text) {
    assertThat(Span.parse(text)).hasToString(text);
  }

  @Test
  void countsEpochsInIterations() {
    assertThat(Span.epochs(3).in(7)).isEqualTo(21);
    assertThat(Span.iterations(3).in(7)).isEqualTo(3);
  }

  @Test
  void doesNotWrapAround() {
    assertThatThrownBy(() -> Span.epochs(1_000_000_000).in(1L << 40))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void refusesALengthThatNoDataSetCanCountInIterations() {
    assertThatThrownBy(() -> Span.epochs(1_000_000_001))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("found 1000000001, allowed is at most 1000000000 epochs");
    assertThat(Span.epochs(1_000_000_000).in(Integer.MAX_VALUE)).isPositive();
  }

  @Test
  void refusesANegativeCount() {
    assertThatThrownBy(() -> Span.iterations(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }
}
