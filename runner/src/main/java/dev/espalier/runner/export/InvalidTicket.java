// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import java.io.IOException;
import java.util.List;

/** Thrown for an invalid ticket; the message has a line for each problem. */
final class InvalidTicket extends IOException {

  private static final long serialVersionUID = 1;

  InvalidTicket(String problem) {
    super(problem);
  }

  InvalidTicket(List<String> problems) {
    super(String.join("\n", problems));
  }
}
