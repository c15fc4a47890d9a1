// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.Sweep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The processes that compute the cells of a run, before the run reads them from the store. */
interface Workers extends AutoCloseable {

  /** None: the run computes all cells. */
  Workers NONE =
      new Workers() {
        @Override
        public void begin(Path run, Sweep sweep) {}

        @Override
        public Optional<String> await(Cell cell, Interruption interruption) {
          return Optional.empty();
        }
      };

  /** Begins the work. */
  void begin(Path run, Sweep sweep) throws IOException;

  /**
   * Waits until a cell has ended.
   *
   * @return the reason for which it was given up, if it was
   */
  Optional<String> await(Cell cell, Interruption interruption) throws IOException;

  /** Ends all of them. */
  @Override
  default void close() {}
}
