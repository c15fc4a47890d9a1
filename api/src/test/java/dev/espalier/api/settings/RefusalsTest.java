// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

class RefusalsTest {

  @Test
  void aRefusalReadsKeyFoundAllowedRemedy() {
    assertThat(new Refusal("rate", 2.0, "[0, 1)"))
        .hasToString("rate: found 2.0, allowed is [0, 1)");
    assertThat(new Refusal("rate", "2", "below 1", "Lower it"))
        .hasToString("rate: found 2, allowed is below 1. Lower it");
    assertThat(new Refusal("", 1, "2")).hasToString("found 1, allowed is 2");
  }

  @Test
  void keysAreNestedAndASectionAsAWholeHasItsOwn() {
    Refusals refusals = new Refusals();
    Refusals criterion = refusals.within("method").within("criterion");
    criterion.add("examples", 5, "4");
    criterion.within("").add("", 5, "4");
    refusals.add("seed", 5, "4", "Lower it");
    assertThat(refusals.all())
        .containsExactly(
            new Refusal("method.criterion.examples", 5, "4"),
            new Refusal("method.criterion", 5, "4"),
            new Refusal("seed", "5", "4", "Lower it"))
        .isEqualTo(criterion.all());
  }

  @Test
  void collectsWhatIsThrownAndReturnsWhatIsNot() {
    Refusals refusals = new Refusals();
    assertThat(refusals.collect(() -> 3)).contains(3);
    assertThat(refusals.isEmpty()).isTrue();
    assertThat(refusals.within("a").collect(() -> Span.iterations(-1))).isEmpty();
    assertThat(refusals.all()).containsExactly(new Refusal("a.count", -1, "0 or more"));
    assertThatThrownBy(
            () ->
                refusals.collect(
                    () -> {
                      throw new IllegalArgumentException("a fault of the program");
                    }))
        .hasMessage("a fault of the program");
  }

  @Test
  void requireThrowsAllThatACheckRefusesAndNothingElse() {
    Refusals.require(refusals -> {});
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class,
            () ->
                Refusals.require(
                    refusals -> {
                      refusals.add("one", 1, "2");
                      refusals.add("two", 3, "4");
                    }));
    assertThat(e.refusals())
        .containsExactly(new Refusal("one", 1, "2"), new Refusal("two", 3, "4"));
    assertThat(e)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("one: found 1", "two: found 3");
  }
}
