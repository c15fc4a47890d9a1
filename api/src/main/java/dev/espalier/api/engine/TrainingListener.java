// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import dev.espalier.api.History;
import dev.espalier.api.Trained;
import org.apiguardian.api.API;

/** Looks on while a network trains. */
@API(status = API.Status.INTERNAL, since = "0.1")
public interface TrainingListener {

  /** Sees nothing and wants nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * Called after every iteration.
   *
   * @param iteration how many iterations are done
   * @return whether {@link #checkpoint} is to be called now
   */
  default boolean step(long iteration) {
    return false;
  }

  /**
   * Called where {@link #step} asked for it.
   *
   * @param sofar where the training stands: going on from it gives the same bits
   */
  default void checkpoint(Trained sofar) {}

  /**
   * Called when the history has got a new point.
   *
   * @param point the point
   */
  default void measured(History.Point point) {}
}
