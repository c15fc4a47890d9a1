// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

/**
 * A stretch of training on a timetable: the learning-rate schedule and the order of the examples
 * depend on the iteration counted from the timetable's beginning, wherever the stretch starts.
 *
 * @param training the settings, and with them the length T of the timetable
 * @param perEpoch iterations per epoch
 * @param from the iteration to start at
 * @param until the iteration to stop at, at most T
 */
public record Plan(Training training, long perEpoch, long from, long until) {

  /** Checks the stretch. */
  public Plan {
    if (from < 0 || from > until || until > training.iterations().in(perEpoch)) {
      throw new IllegalArgumentException(
          "found iterations "
              + from
              + " to "
              + until
              + ", allowed is a stretch of 0 to "
              + training.iterations().in(perEpoch));
    }
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
    return new Plan(training, perEpoch, k, until);
  }

  /**
   * The same timetable up to an earlier point.
   *
   * @param k the iteration to stop at
   * @return the stretch
   */
  public Plan until(long k) {
    return new Plan(training, perEpoch, from, k);
  }

  /**
   * The stretch of weights that are not trained: no steps, at the end of the timetable.
   *
   * @return from T to T
   */
  public Plan none() {
    return new Plan(training, perEpoch, total(), total());
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
    return in(training.iterations());
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
    return training.optimizer().learningRate()
        * training.learningRateSchedule().factor(iteration, total(), perEpoch)
        * ramp;
  }
}
