// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.nio.file.Path;

/** Thrown if another process runs the same experiment. */
public final class RunHeld extends RuntimeException {

  private static final long serialVersionUID = 1;

  RunHeld(Path path, String holder) {
    super(
        "the run in "
            + path
            + " is held by "
            + holder
            + "; wait for it, or stop it and start again");
  }
}
