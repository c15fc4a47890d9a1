// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.OptionalDouble;

/** Something measured, which may have a bound. */
public interface Bounded {

  /**
   * The bound.
   *
   * @return the most that the value may be; empty if it is shown for comparison only
   */
  OptionalDouble bound();

  /**
   * What was measured.
   *
   * @return the value
   */
  double value();

  /**
   * Whether the value is within its bound.
   *
   * @return true if it is, or has none
   */
  default boolean holds() {
    return bound().isEmpty() || value() <= bound().getAsDouble();
  }
}
