// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.io.IOException;

/** Where a data set comes from. A value: implement it as a record with {@link Setting}s. */
public interface DataSource {

  /**
   * Reads it.
   *
   * @return training and test examples; the validation split is made afterwards
   * @throws IOException if a file is missing, truncated or of the wrong form: naming the file, what
   *     was expected and what was found
   */
  Data load() throws IOException;
}
