// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.RefusedException;
import org.apiguardian.api.API;

/**
 * A measure of the quality of a network on examples.
 *
 * @param name its name in lower-case words joined by hyphens, such as {@code accuracy}; with
 *     underscores it is the name of csv columns
 * @param unit the unit of a value as people read it; {@code %} for fractions, which are stored from
 *     0 to 1; empty without a unit
 * @param direction whether a larger value is better
 * @param margin the largest loss against the dense network that is no loss, if an experiment does
 *     not set one; in the unit of stored values
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Metric(String name, String unit, Direction direction, double margin) {

  /** The fraction of examples whose class has the largest score. */
  public static final Metric ACCURACY = new Metric("accuracy", "%", Direction.HIGHER, 0.005);

  /** Which of two values is better. */
  public enum Direction {
    /** The larger value. */
    HIGHER,
    /** The smaller value. */
    LOWER
  }

  /** Creates a metric and checks its name and margin. */
  public Metric {
    if (!name.matches(Names.PATTERN)) {
      throw new RefusedException("metric", name, "lower-case words joined by hyphens");
    }
    if (!(margin >= 0) || margin == Double.POSITIVE_INFINITY) {
      throw new RefusedException("margin", margin, "0 or more");
    }
  }

  /**
   * Returns how much better a value is than another.
   *
   * @param value a value
   * @param other the other value
   * @return value - other, or other - value if lower values are better; positive if {@code value}
   *     is better
   */
  public double gain(double value, double other) {
    return direction == Direction.HIGHER ? value - other : other - value;
  }
}
