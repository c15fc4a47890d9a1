// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.settings.Span;

/**
 * A constant schedule: the factor of another schedule in the last iteration of a training.
 *
 * @param schedule the other schedule
 */
public record LastRate(LearningRateSchedule schedule) implements LearningRateSchedule {

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    return schedule.factor(total - 1, total, perEpoch);
  }

  /** Returns a stretch with the last learning rate in each iteration. */
  static Plan of(Plan plan) {
    Training training = plan.training();
    Training constant =
        new Training(
            training.optimizer(),
            new LastRate(training.learningRateSchedule()),
            Span.iterations(0),
            training.batchSize(),
            training.iterations(),
            training.evaluateEvery(),
            training.lastBatch());
    return new Plan(constant, plan.perEpoch(), plan.from(), plan.until(), plan.factor());
  }
}
