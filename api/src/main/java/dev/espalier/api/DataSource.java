// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.io.IOException;
import java.nio.file.Path;

/** Where a data set comes from. A value: implement it as a record with {@link Setting}s. */
public interface DataSource {

  /**
   * Reads it.
   *
   * @param prepared a folder for files of its own making, where preparing the data takes long; it
   *     may not exist yet, and other sources and other runs use it too
   * @return training and test examples, with the augmentation that is usual for them; a validation
   *     split is made afterwards
   * @throws IOException if a file is missing, truncated or of the wrong form: naming the file, what
   *     was expected and what was found
   */
  Data load(Path prepared) throws IOException;
}
