// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Setting;
import java.io.IOException;
import org.apiguardian.api.API;

/** A source of a data set. Implement it as a record with {@link Setting}s. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface DataSource {

  /**
   * Reads the data set.
   *
   * @param prepared stores results of slow preparations
   * @return training and test examples, with their usual augmentation; a validation split is made
   *     later
   * @throws IOException if a file is missing, truncated or malformed; the message has the file, the
   *     expected and the found form
   */
  Data load(Prepared prepared) throws IOException;

  /**
   * Returns the name of a class, for messages.
   *
   * @param label the label of the class in the loaded data
   * @return the name; the label by default
   * @throws IOException if a file cannot be read
   */
  default String className(int label) throws IOException {
    return Integer.toString(label);
  }
}
