// SPDX-License-Identifier: Apache-2.0
package org.example.broken;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;

/** A model that returns no network. */
public record WrongModel() implements Model {

  @Override
  public Network build(Shape input, int classes) {
    return null;
  }
}
