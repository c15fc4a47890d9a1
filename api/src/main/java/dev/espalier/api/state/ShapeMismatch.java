// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.ndarray.types.Shape;
import org.apiguardian.api.API;

/** A tensor has another shape than the network asks for. */
@API(status = API.Status.STABLE, since = "0.1")
public final class ShapeMismatch extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  /**
   * Names the tensor and both shapes.
   *
   * @param name the tensor's name
   * @param found its shape
   * @param allowed the shape asked for
   */
  public ShapeMismatch(String name, Shape found, Shape allowed) {
    super(name + ": found shape " + found + ", allowed is " + allowed);
  }
}
