// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.Map;

/** Counts native memory by its handles. */
public final class LiveArrays {

  private LiveArrays() {}

  /**
   * Counts the managers that are not closed. On a GPU, every copy to the host can open one.
   *
   * @return their number under the engine's system manager
   */
  public static int managers() {
    try (NDManager manager = NDManager.newBaseManager()) {
      return managers(manager.getParentManager()) - 1;
    }
  }

  /** DJL shows the arrays of a manager, but not its managers. */
  private static int managers(NDManager parent) {
    try {
      Field resources = BaseNDManager.class.getDeclaredField("resources");
      resources.setAccessible(true);
      int count = 0;
      for (Object resource : ((Map<?, ?>) resources.get(parent)).values()) {
        count += resource instanceof NDManager manager ? 1 + managers(manager) : 0;
      }
      return count;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DJL's managers have another field for their resources", e);
    }
  }

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
