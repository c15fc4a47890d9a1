// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Setting;
import java.io.IOException;
import org.apiguardian.api.API;

/** Where a data set comes from. A value: implement it as a record with {@link Setting}s. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface DataSource {

  /**
   * Reads it.
   *
   * @param prepared keeps results of slow preparations
   * @return training and test examples, with the augmentation that is usual for them; a validation
   *     split is made afterwards
   * @throws IOException if a file is missing, truncated or of the wrong form: naming the file, what
   *     was expected and what was found
   */
  Data load(Prepared prepared) throws IOException;
}
