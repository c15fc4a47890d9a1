// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;

/** A data set that is none. */
public record WrongData() implements DataSource {

  @Override
  public Data load(Prepared prepared) {
    return null;
  }
}
