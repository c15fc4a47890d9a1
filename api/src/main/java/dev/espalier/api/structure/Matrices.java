// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Layer;

/**
 * A layer as matrices (out, in), one for each position in the kernel. Biases are one column.
 *
 * @param out the number of rows
 * @param in the number of columns
 * @param positions the number of matrices
 */
record Matrices(int out, int in, int positions) {

  static Matrices of(Layer layer) {
    Shape shape = layer.shape();
    int out = Math.toIntExact(shape.get(0));
    int in = shape.dimension() < 2 ? 1 : Math.toIntExact(shape.get(1));
    return new Matrices(out, in, layer.size() / out / in);
  }

  /** The flat index of an element. */
  int index(int row, int column, int position) {
    return (row * in + column) * positions + position;
  }

  int row(int index) {
    return index / positions / in;
  }

  int column(int index) {
    return index / positions % in;
  }

  int position(int index) {
    return index % positions;
  }
}
