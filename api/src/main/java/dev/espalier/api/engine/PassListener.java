// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import org.apiguardian.api.API;

/** Hears what a criterion asks of a network that is held for it. */
@API(status = API.Status.INTERNAL, since = "0.1")
public interface PassListener {

  /** Hears nothing. */
  PassListener UNHEARD =
      new PassListener() {
        @Override
        public void looked(int... rows) {}

        @Override
        public void passed(long examples, int derivatives) {}
      };

  /**
   * Training examples were looked at.
   *
   * @param rows which
   */
  void looked(int... rows);

  /**
   * A batch passed through the network, to be differentiated.
   *
   * @param examples its size
   * @param derivatives how many times: 1 for a gradient, 2 for a product with the Hessian
   */
  void passed(long examples, int derivatives);
}
