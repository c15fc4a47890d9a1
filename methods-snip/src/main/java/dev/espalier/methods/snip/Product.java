// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Gradients;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Tensor;

/** Weights times what was found for each of them on the device. */
final class Product {

  private Product() {}

  /**
   * w_j * x_j of a layer.
   *
   * @param w the weights
   * @param x of their shape; closed
   * @param mask the weights alive
   * @return by flat index; 0 of dead weights, not x * 0: the derivative there can be infinite
   */
  static double[] of(Tensor w, NDArray x, Mask mask, Layer layer) {
    double[] products;
    try (x) {
      products = Gradients.doubles(x);
    }
    for (int j = 0; j < products.length; j++) {
      products[j] = mask.keeps(layer, j) ? w.get(j) * products[j] : 0;
    }
    return products;
  }
}
