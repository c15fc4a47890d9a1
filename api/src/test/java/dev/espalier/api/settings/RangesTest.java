// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RangesTest {

  private record Garden(
      @Setting(value = "trees", range = "[1, inf)") int trees,
      @Setting(value = "share of shade", range = "[0, 1)") double shadeInSummer,
      @Setting(value = "how long it grows", range = "[1, 10]") Span growth,
      @Setting(value = "slopes", range = "(-inf, 0]") List<Double> slopes,
      @Setting(value = "share of water", range = "(0, 1]") Optional<Double> water,
      @Setting("its name") String name) {

    Garden {
      Ranges.check(Garden.class, trees, shadeInSummer, growth, slopes, water, name);
    }
  }

  @Test
  void letsEveryEndOfAClosedIntervalPass() {
    assertThatCode(
            () -> new Garden(1, 0, Span.epochs(10), List.of(0.0, -5.0), Optional.of(1.0), "a"))
        .doesNotThrowAnyException();
    assertThatCode(() -> new Garden(1, 0, Span.iterations(1), List.of(), Optional.empty(), "a"))
        .doesNotThrowAnyException();
  }

  @Test
  void namesEveryProblemAtOnce() {
    assertThatThrownBy(
            () ->
                new Garden(
                    0, 1, Span.iterations(11), List.of(-1.0, 0.5), Optional.of(0.0), "garden"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "trees: found 0, allowed is [1, inf)",
            "shade-in-summer: found 1.0, allowed is [0, 1)",
            "growth: found 11, allowed is [1, 10]",
            "slopes: found 0.5, allowed is (-inf, 0]",
            "water: found 0.0, allowed is (0, 1]");
  }

  @Test
  void refusesNaN() {
    assertThatThrownBy(
            () ->
                new Garden(
                    1, Double.NaN, Span.iterations(1), List.of(), Optional.empty(), "garden"))
        .hasMessageContainingAll("shade-in-summer: found NaN", "[0, 1)");
  }

  private record Forgetful(
      @Setting(value = "how many", range = "[1, 9]") int count, @Setting("a name") String name) {}

  @Test
  void valuesThatAreNotThoseOfTheComponentsAreAFaultOfTheProgram() {
    assertThatThrownBy(() -> Ranges.check(Forgetful.class, 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(Forgetful.class.getName(), "1 values", "2 components");
    assertThatThrownBy(() -> Ranges.check(Forgetful.class, 3, "a", 4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("3 values", "2 components");
    assertThatThrownBy(() -> Ranges.check(Forgetful.class, "a", 3))
        .as("in the wrong order")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("count", "java.lang.String", "int");
    assertThatThrownBy(() -> Ranges.check(Forgetful.class, 3, null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("name", "null", "java.lang.String");
    assertThatThrownBy(() -> Ranges.check(Forgetful.class, 3L, "a"))
        .as("of another width")
        .isInstanceOf(IllegalStateException.class);
    Ranges.check(Forgetful.class, 3, "a");
  }

  @ParameterizedTest
  @CsvSource({
    "rewindTo, rewind-to",
    "rate, rate",
    "weightDecayExempt, weight-decay-exempt",
    "beta1, beta1"
  })
  void keysAreHyphenated(String component, String key) {
    assertThat(Names.key(component)).isEqualTo(key);
  }
}
