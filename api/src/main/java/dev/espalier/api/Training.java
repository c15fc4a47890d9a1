// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import org.apiguardian.api.API;

/**
 * The settings of a training.
 *
 * @param optimizer the update rule, with its learning rate
 * @param learningRateSchedule the factor on the learning rate
 * @param warmUp the length of the linear rise of the rate from 0, before any schedule
 * @param batchSize examples per step; the last batch of an epoch may have fewer
 * @param iterations the length of a training
 * @param evaluateEvery the interval between evaluations on validation and test examples
 * @param lastBatch whether an epoch has that last batch; evaluations always use all examples
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Training(
    @Setting("the update rule, with its learning rate") Optimizer optimizer,
    @Setting(
            value = "learning-rate schedule: a factor on the optimizer's rate",
            defaults = "{ id = constant }")
        LearningRateSchedule learningRateSchedule,
    @Setting(
            value = "warm-up, in which the rate rises linearly from 0: iterations, or \"5 epochs\"",
            defaults = "0")
        Span warmUp,
    @Setting(value = "examples per step", range = "[1, inf)") int batchSize,
    @Setting(value = "length of one training: iterations, or \"40 epochs\"", range = "[1, inf)")
        Span iterations,
    @Setting(
            value = "interval between measurements on validation and test examples",
            defaults = "1 epoch",
            range = "[1, inf)")
        Span evaluateEvery,
    @Setting(
            value =
                "last batch of an epoch, if fewer examples are left than batch-size: keep trains on"
                    + " them, drop leaves them out of this epoch",
            defaults = "keep",
            later = true)
        LastBatch lastBatch) {

  /** Creates the settings and checks their ranges. */
  public Training {
    Ranges.check(
        Training.class,
        optimizer,
        learningRateSchedule,
        warmUp,
        batchSize,
        iterations,
        evaluateEvery,
        lastBatch);
  }

  /**
   * Creates settings that keep the last batch.
   *
   * @param optimizer the update rule, with its learning rate
   * @param learningRateSchedule the factor on the learning rate
   * @param warmUp the length of the linear rise of the rate from 0, before any schedule
   * @param batchSize examples per step
   * @param iterations the length of a training
   * @param evaluateEvery the interval between evaluations on validation and test examples
   */
  public Training(
      Optimizer optimizer,
      LearningRateSchedule learningRateSchedule,
      Span warmUp,
      int batchSize,
      Span iterations,
      Span evaluateEvery) {
    this(
        optimizer,
        learningRateSchedule,
        warmUp,
        batchSize,
        iterations,
        evaluateEvery,
        LastBatch.KEEP);
  }
}
