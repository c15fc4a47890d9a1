// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import dev.espalier.api.History;
import dev.espalier.api.Trained;
import org.apiguardian.api.API;

/** A listener for a training. */
@API(status = API.Status.INTERNAL, since = "0.1")
public interface TrainingListener {

  /** The no-op listener. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * Called after every iteration.
   *
   * @param iteration the number of completed iterations
   * @return whether the engine calls {@link #checkpoint} now
   */
  default boolean step(long iteration) {
    return false;
  }

  /**
   * Called after {@link #step} returned true.
   *
   * @param sofar the position of the training; a training that resumes from it has the same bits
   */
  default void checkpoint(Trained sofar) {}

  /**
   * Called when the history has a new point.
   *
   * @param point the point
   */
  default void measured(History.Point point) {}
}
