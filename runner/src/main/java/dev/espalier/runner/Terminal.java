// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.run.Screen;
import java.io.Console;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Finds out where commands print. */
final class Terminal {

  private Terminal() {}

  /** The screen of a command. */
  static Screen screen(CommandSpec spec) {
    return ((Main) spec.root().userObject()).screen();
  }

  /** Describes standard output. */
  static Screen screen(PrintWriter out) {
    return screen(out, System.getenv("COLUMNS"), isTerminal());
  }

  /**
   * Describes a screen. Its width is COLUMNS, or else that of the terminal; files and pipes are not
   * folded.
   */
  static Screen screen(PrintWriter out, String columns, boolean isTerminal) {
    if (columns != null && columns.matches("[1-9][0-9]{0,8}")) {
      return new Screen(out, isTerminal, new ScreenWidth(Integer.parseInt(columns)));
    }
    return isTerminal
        ? new Screen(
            out, true, new ScreenWidth(CommandSpec.create().usageMessage().autoWidth(true).width()))
        : new Screen(out);
  }

  @SuppressWarnings("SystemConsoleNull") // what Java 22 changed is seen below
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try { // from Java 22 on there is a console without a terminal, too
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
