// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * The evaluations of a training, at chosen iterations.
 *
 * @param points the points, in order of iterations
 * @param since the iteration of the last change of the mask; 0 if it did not change. Earlier points
 *     are those of other masks
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record History(List<Point> points, long since) {

  /** The history without points. */
  public static final History EMPTY = new History(List.of());

  /** Creates a history with a copy of the points. */
  public History {
    points = List.copyOf(points);
  }

  /**
   * Creates the history of a training under one mask.
   *
   * @param points the points, in order of iterations
   */
  public History(List<Point> points) {
    this(points, 0);
  }

  /**
   * The evaluations after an iteration.
   *
   * @param iteration the number of completed iterations
   * @param train the mean over the training batches since the previous point, each evaluated before
   *     its step; the loss is the objective's, label smoothing included
   * @param validation on the validation examples, {@link Evaluation#NONE} where there are none
   * @param test on the test examples
   */
  public record Point(long iteration, Evaluation train, Evaluation validation, Evaluation test) {}

  /**
   * Returns this history with one more point.
   *
   * @param point the point
   * @return a new history
   */
  public History with(Point point) {
    List<Point> more = new ArrayList<>(points);
    more.add(point);
    return new History(more, since);
  }

  /**
   * Returns the early-stop point: the first one of minimum validation loss, selected after training
   * (LTH paper), among those after the last change of the mask.
   *
   * @return the point, or empty without validation examples
   */
  public Optional<Point> earlyStop() {
    return ofLastMask()
        .filter(point -> !Double.isNaN(point.validation().loss()))
        .min(Comparator.comparingDouble(point -> point.validation().loss()));
  }

  /**
   * Returns the points of the last mask.
   *
   * @return the points after its last change, in order
   */
  public Stream<Point> ofLastMask() {
    return points.stream().filter(point -> point.iteration() > since || since == 0);
  }

  /**
   * Returns the last point.
   *
   * @return the point, or empty without points
   */
  public Optional<Point> last() {
    return points.isEmpty() ? Optional.empty() : Optional.of(points.get(points.size() - 1));
  }
}
