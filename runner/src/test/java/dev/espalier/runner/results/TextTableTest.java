// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTableTest {

  private static TextTable table() {
    TextTable table = new TextTable(1, "run", "round", "test % at end", "verdict");
    table.row("one", "0", "93.79 ±0.91", "-");
    table.row("two", "10", "94.92 ±0.62", "matching");
    return table;
  }

  @Test
  void aTableThatFitsIsNotFolded() {
    assertThat(table().fold(new ScreenWidth(35), 2)).isEqualTo(table().toString());
    assertThat(table().fold(ScreenWidth.UNLIMITED, 2)).isEqualTo(table().toString());
  }

  @Test
  void columnsThatDoNotFitAreBelowWithTheFirstOnesRepeated() {
    assertThat(table().fold(new ScreenWidth(34), 2))
        .isEqualTo(
            """
            run  round  test % at end
            one      0    93.79 ±0.91
            two     10    94.92 ±0.62

            run  round  verdict
            one      0  -
            two     10  matching
            """);
  }

  @Test
  void aColumnThatIsWiderThanTheScreenIsWhole() {
    assertThat(table().fold(new ScreenWidth(5), 1).lines())
        .hasSize(11)
        .contains("one  93.79 ±0.91".replace("one  ", "one    "));
  }

  @Test
  void textIsFoldedBetweenWords() {
    ScreenWidth ten = new ScreenWidth(10);
    assertThat(ten.fold("  a  bb ccc dddd", 4)).isEqualTo("  a  bb\n    ccc\n    dddd");
    assertThat(ten.fold("0123456789abc d", 0)).isEqualTo("0123456789abc\nd");
    assertThat(ten.fold("  0123456789abc", 2)).isEqualTo("  0123456789abc");
    assertThat(ScreenWidth.UNLIMITED.fold("a  b ".repeat(99), 0)).isEqualTo("a  b ".repeat(99));
  }
}
