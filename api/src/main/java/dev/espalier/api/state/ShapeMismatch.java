// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import ai.djl.ndarray.types.Shape;

/** A tensor has another shape than the network asks for. */
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
