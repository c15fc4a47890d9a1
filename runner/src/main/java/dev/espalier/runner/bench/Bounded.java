// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.OptionalDouble;

/** A measured value, which may have a bound. */
public interface Bounded {

  /**
   * Returns the bound.
   *
   * @return the most that the value may be; empty if it is shown for comparison only
   */
  OptionalDouble bound();

  /**
   * Returns the measured value.
   *
   * @return the value
   */
  double value();

  /**
   * Returns whether the value is within its bound.
   *
   * @return true if it is, or has none
   */
  default boolean holds() {
    return bound().isEmpty() || value() <= bound().getAsDouble();
  }
}
