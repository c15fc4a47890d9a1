// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;

/** A model that returns no network. */
public record WrongModel() implements Model {

  @Override
  public Network build(Task task) {
    return null;
  }
}
