// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.results.ScreenWidth;
import java.io.PrintWriter;

/**
 * The place where a command prints.
 *
 * @param out receives progress, text and tables
 * @param isTerminal whether a line on it can be drawn again
 * @param width the width of text and tables
 */
public record Screen(PrintWriter out, boolean isTerminal, ScreenWidth width) {

  /** Creates a screen that is a file or a pipe. */
  public Screen(PrintWriter out) {
    this(out, false, ScreenWidth.UNLIMITED);
  }
}
