// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.results.ScreenWidth;
import java.util.List;
import java.util.function.Function;

/** Some lines of a terminal that are drawn again and again. */
public final class Board {

  private final Screen screen;
  private List<String> drawn = List.of();

  public Board(Screen screen) {
    this.screen = screen;
  }

  /** Whether lines can be drawn again; on other screens only {@link #line} prints. */
  public boolean isDrawn() {
    return screen.isTerminal();
  }

  /** Replaces the lines. */
  public void draw(Function<ScreenWidth, List<String>> lines) {
    List<String> next = lines.apply(screen.width());
    if (!next.equals(drawn)) {
      clear();
      next.forEach(screen.out()::println);
      screen.out().flush();
      drawn = next;
    }
  }

  /** Removes the lines, so that others can be printed. */
  public void clear() {
    if (!drawn.isEmpty()) {
      screen.out().print("\u001b[" + drawn.size() + "A\u001b[J");
      screen.out().flush();
      drawn = List.of();
    }
  }

  /** Prints a line that stays. */
  public void line(String text) {
    clear();
    screen.out().println(text);
  }
}
