// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Span;
import org.apiguardian.api.API;

/**
 * A stretch of training on a timetable: the learning-rate schedule and the order of the examples
 * depend on the iteration counted from the timetable's beginning, wherever the stretch starts.
 *
 * @param training the settings, and with them the length T of the timetable
 * @param perEpoch iterations per epoch
 * @param from the iteration to start at
 * @param until the iteration to stop at, at most T
 * @param factor how many times longer than the settings say the timetable is, schedule and all
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Plan(Training training, long perEpoch, long from, long until, double factor) {

  /** Checks the stretch. */
  public Plan {
    if (!(factor > 0)) {
      throw new RefusedException(
          "factor", "a timetable " + factor + " times as long", "a number above 0");
    }
    long total = total(training, perEpoch, factor);
    if (from < 0 || from > until || until > total) {
      throw new RefusedException("iterations", from + " to " + until, "a stretch of 0 to " + total);
    }
  }

  /**
   * A stretch of the timetable that the settings say.
   *
   * @param training the settings
   * @param perEpoch iterations per epoch
   * @param from the iteration to start at
   * @param until the iteration to stop at
   */
  public Plan(Training training, long perEpoch, long from, long until) {
    this(training, perEpoch, from, until, 1);
  }

  /**
   * The whole timetable.
   *
   * @param training the settings
   * @param examples how many training examples there are
   * @return from 0 to T
   */
  public static Plan of(Training training, int examples) {
    long perEpoch = (examples + training.batchSize() - 1L) / training.batchSize();
    return new Plan(training, perEpoch, 0, training.iterations().in(perEpoch));
  }

  /**
   * The same timetable from a later point.
   *
   * @param k the iteration to start at
   * @return the stretch
   */
  public Plan from(long k) {
    return new Plan(training, perEpoch, k, until, factor);
  }

  /**
   * The same timetable up to an earlier point.
   *
   * @param k the iteration to stop at
   * @return the stretch
   */
  public Plan until(long k) {
    return new Plan(training, perEpoch, from, k, factor);
  }

  /**
   * The whole of a longer or shorter timetable, on which the learning rate takes the same course:
   * what comes at half of one comes at half of the other. The warm-up keeps its length.
   *
   * @param times how many times as long, above 0
   * @return from 0 to T * times, to the nearest iteration, at least 1
   */
  public Plan stretched(double times) {
    double all = factor * times;
    return new Plan(training, perEpoch, 0, total(training, perEpoch, all), all);
  }

  /**
   * The stretch of weights that are not trained: no steps, at the end of the timetable.
   *
   * @return from T to T
   */
  public Plan untrained() {
    return new Plan(training, perEpoch, total(), total(), factor);
  }

  /**
   * Whether there is nothing to train.
   *
   * @return true for a stretch of no steps
   */
  public boolean isEmpty() {
    return from == until;
  }

  /**
   * A span in iterations of this timetable.
   *
   * @param span iterations or epochs
   * @return iterations
   */
  public long in(Span span) {
    return span.in(perEpoch);
  }

  /**
   * T, where the timetable ends.
   *
   * @return iterations
   */
  public long total() {
    return total(training, perEpoch, factor);
  }

  /**
   * The learning rate of an iteration: the optimizer's, times the schedule's factor, times min(1, i
   * / warm-up).
   *
   * @param iteration i, counted from 0
   * @return the rate
   */
  public double learningRate(long iteration) {
    long warmUp = in(training.warmUp());
    double ramp = iteration < warmUp ? (double) iteration / warmUp : 1;
    long usual = in(training.iterations());
    // In whole numbers: half of one timetable is half of the other, whatever the factor rounds to.
    long place = iteration * usual / total();
    return training.optimizer().learningRate()
        * training.learningRateSchedule().factor(place, usual, perEpoch)
        * ramp;
  }

  private static long total(Training training, long perEpoch, double factor) {
    return Math.max(1, Math.round(training.iterations().in(perEpoch) * factor));
  }
}
