// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.Sweep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Workers that have ended all cells. */
final class EndedWorkers implements Workers {

  private Cells cells;

  @Override
  public void begin(Path run, Sweep sweep) {
    cells = new Cells(run);
  }

  @Override
  public Optional<String> await(Cell cell, Interruption interruption) throws IOException {
    return cells.givenUp(cell);
  }
}
