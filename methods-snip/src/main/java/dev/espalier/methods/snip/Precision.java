// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.types.DataType;

/** The floating-point type of a criterion's computation. */
public enum Precision {
  /** Single precision, as networks are trained. */
  FLOAT32(DataType.FLOAT32),
  /**
   * Double precision: twice the memory, and sums over many layers neither overflow nor tie at 0.
   */
  FLOAT64(DataType.FLOAT64);

  private final DataType type;

  Precision(DataType type) {
    this.type = type;
  }

  DataType type() {
    return type;
  }
}
