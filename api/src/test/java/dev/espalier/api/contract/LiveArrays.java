// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import ai.djl.ndarray.NDManager;

/** Counts native memory by its handles. */
public final class LiveArrays {

  private LiveArrays() {}

  /**
   * How many arrays of the engine are not freed, whoever owns them.
   *
   * @return their number under the engine's system manager, the root of all managers
   */
  public static int count() {
    try (NDManager manager = NDManager.newBaseManager()) {
      return manager.getParentManager().getManagedArrays().size();
    }
  }
}
