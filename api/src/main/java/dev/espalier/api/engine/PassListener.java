// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import org.apiguardian.api.API;

/** A listener for the passes of a criterion through its network. */
@API(status = API.Status.INTERNAL, since = "0.1")
public interface PassListener {

  /** The no-op listener. */
  PassListener UNHEARD =
      new PassListener() {
        @Override
        public void looked(int... rows) {}

        @Override
        public void passed(long examples, int derivatives) {}
      };

  /**
   * Called when a criterion reads training examples.
   *
   * @param rows the indices of the examples
   */
  void looked(int... rows);

  /**
   * Called when a batch passes through the network for differentiation.
   *
   * @param examples its size
   * @param derivatives the number of differentiations: 1 for a gradient, 2 for a product with the
   *     Hessian
   */
  void passed(long examples, int derivatives);
}
