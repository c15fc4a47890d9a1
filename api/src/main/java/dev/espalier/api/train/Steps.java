// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A schedule that drops at milestones: factor ^ (number of milestones at or before the iteration),
 * as PyTorch's MultiStepLR.
 *
 * @param at the milestones
 * @param factor the factor at each milestone
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Steps(
    @Setting("the milestones: iterations, or \"80 epochs\"") List<Span> at,
    @Setting(value = "factor on the rate at each milestone", defaults = "0.1", range = "(0, 1]")
        double factor)
    implements LearningRateSchedule {

  /** Creates a schedule, copies the milestones and checks the factor. */
  public Steps {
    at = List.copyOf(at);
    Ranges.check(Steps.class, at, factor);
  }

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    double passed = at.stream().filter(milestone -> milestone.in(perEpoch) <= iteration).count();
    return Math.pow(factor, passed);
  }

  @Override
  public void check(long total, long perEpoch, Refusals refusals) {
    LearningRateSchedule.warnIfAfterEnd("at", at, total, perEpoch, refusals);
  }
}
