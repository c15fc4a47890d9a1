// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

  private static final List<String> WORDS = List.of("rounds", "rewind-to", "schedule", "scope");

  @Test
  void findsTheWordFewestEditsAway() {
    assertThat(Nearest.to("round", WORDS)).contains("rounds");
    assertThat(Nearest.to("rewindTo", WORDS)).contains("rewind-to");
    assertThat(Nearest.to("shedule", WORDS)).contains("schedule");
  }

  @Test
  void aSwapOfNeighboursIsOneEdit() {
    assertThat(Nearest.to("mpl", List.of("djl", "gru", "mlp"))).contains("mlp");
  }

  @Test
  void aShortWordWithoutACommonLetterIsNoGuess() {
    assertThat(Nearest.to("lr", List.of("id", "beta1"))).isEmpty();
    assertThat(Nearest.to("ids", List.of("id"))).contains("id");
  }

  @Test
  void guessesNothingFarAway() {
    assertThat(Nearest.to("learning-rate", WORDS)).isEmpty();
    assertThat(Nearest.to("anything", List.of())).isEmpty();
  }

  @Test
  void ofTwoAsNearTheFirstInTheAlphabetWins() {
    assertThat(Nearest.to("cat", List.of("rat", "bat", "hat"))).contains("bat");
  }
}
