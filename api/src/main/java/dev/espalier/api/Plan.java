// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Span;
import org.apiguardian.api.API;

/**
 * A stretch of training on a timetable. The learning-rate schedule and the order of the examples
 * depend on the iteration counted from the start of the timetable.
 *
 * @param training the settings, and with them the length T of the timetable
 * @param perEpoch iterations per epoch
 * @param from the iteration to start at
 * @param until the iteration to stop at, at most T
 * @param factor the length of the timetable, schedule included, divided by the length in the
 *     settings
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Plan(Training training, long perEpoch, long from, long until, double factor) {

  /** Creates a stretch and checks its bounds. */
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
   * Creates a stretch of the timetable in the settings.
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
   * Returns the whole timetable.
   *
   * @param training the settings
   * @param examples the number of training examples
   * @return from 0 to T
   * @throws RefusedException if the last batch is dropped and there is no other
   */
  public static Plan of(Training training, int examples) {
    long perEpoch = training.lastBatch().perEpoch(examples, training.batchSize());
    if (perEpoch == 0 && training.lastBatch() == LastBatch.DROP) {
      throw new RefusedException(
          "batch-size",
          training.batchSize() + " for " + examples + " training examples",
          "at most " + examples + " with last-batch = drop",
          "Choose a smaller batch-size, or last-batch = keep");
    }
    return new Plan(training, perEpoch, 0, training.iterations().in(perEpoch));
  }

  /**
   * Returns the same timetable from a later point.
   *
   * @param k the iteration to start at
   * @return the stretch
   */
  public Plan from(long k) {
    return new Plan(training, perEpoch, k, until, factor);
  }

  /**
   * Returns the same timetable up to an earlier point.
   *
   * @param k the iteration to stop at
   * @return the stretch
   */
  public Plan until(long k) {
    return new Plan(training, perEpoch, from, k, factor);
  }

  /**
   * Returns the whole of a longer or shorter timetable. The learning rate takes the same course:
   * the rate at half of one timetable is the rate at half of the other. The warm-up keeps its
   * length.
   *
   * @param times the factor on the length, above 0
   * @return from 0 to T * times, to the nearest iteration, at least 1
   */
  public Plan stretched(double times) {
    double all = factor * times;
    return new Plan(training, perEpoch, 0, total(training, perEpoch, all), all);
  }

  /**
   * Returns the empty stretch at the end of the timetable, for weights that are not trained.
   *
   * @return from T to T
   */
  public Plan untrained() {
    return new Plan(training, perEpoch, total(), total(), factor);
  }

  /**
   * Returns whether the stretch has no steps.
   *
   * @return true for a stretch without steps
   */
  public boolean isEmpty() {
    return from == until;
  }

  /**
   * Converts a span to iterations of this timetable.
   *
   * @param span iterations or epochs
   * @return iterations
   */
  public long in(Span span) {
    return span.in(perEpoch);
  }

  /**
   * Converts a span to an iteration before the end of this timetable.
   *
   * @param key the key of the setting, for the refusal
   * @param span iterations or epochs
   * @return an iteration below T
   * @throws RefusedException if it is T or more
   */
  public long iteration(String key, Span span) {
    long iteration = in(span);
    if (iteration >= total()) {
      throw new RefusedException(
          key,
          "iteration " + iteration,
          "less than the " + total() + " iterations of the training");
    }
    return iteration;
  }

  /**
   * Returns T, the length of the timetable.
   *
   * @return iterations
   */
  public long total() {
    return total(training, perEpoch, factor);
  }

  /**
   * Computes the learning rate of an iteration: the optimizer's rate, times the schedule's factor,
   * times min(1, i / warm-up).
   *
   * @param iteration i, counted from 0
   * @return the rate
   */
  public double learningRate(long iteration) {
    long warmUp = in(training.warmUp());
    double ramp = iteration < warmUp ? (double) iteration / warmUp : 1;
    long usual = in(training.iterations());
    // Integer arithmetic: half of one timetable is half of the other, for any rounding of the
    // factor.
    long place = iteration * usual / total();
    return training.optimizer().learningRate()
        * training.learningRateSchedule().factor(place, usual, perEpoch)
        * ramp;
  }

  private static long total(Training training, long perEpoch, double factor) {
    return Math.max(1, Math.round(training.iterations().in(perEpoch) * factor));
  }
}
