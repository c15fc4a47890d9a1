// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * How training went, at chosen iterations.
 *
 * @param points the points, by rising iteration
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record History(List<Point> points) {

  /** Before anything was measured. */
  public static final History EMPTY = new History(List.of());

  /** Copies the points. */
  public History {
    points = List.copyOf(points);
  }

  /**
   * What was measured after an iteration.
   *
   * @param iteration how many iterations had been done
   * @param train the mean over the training batches since the point before, each measured before
   *     its own step; the loss is the objective's, label smoothing included
   * @param validation on the validation examples, {@link Evaluation#NONE} where there are none
   * @param test on the test examples
   */
  public record Point(long iteration, Evaluation train, Evaluation validation, Evaluation test) {}

  /**
   * This history with one more point.
   *
   * @param point the point
   * @return a new history
   */
  public History with(Point point) {
    List<Point> more = new ArrayList<>(points);
    more.add(point);
    return new History(more);
  }

  /**
   * The early-stop point: the first one of minimum validation loss, found afterwards (LTH paper).
   *
   * @return the point, or empty without validation examples
   */
  public Optional<Point> earlyStop() {
    return points.stream()
        .filter(point -> !Double.isNaN(point.validation().loss()))
        .min(Comparator.comparingDouble(point -> point.validation().loss()));
  }

  /**
   * The last point.
   *
   * @return the point, or empty before anything was measured
   */
  public Optional<Point> last() {
    return points.isEmpty() ? Optional.empty() : Optional.of(points.get(points.size() - 1));
  }
}
