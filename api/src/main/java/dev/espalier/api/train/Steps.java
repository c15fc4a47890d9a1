// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The learning rate drops at milestones: factor = factor ^ (number of milestones at or before the
 * iteration), as PyTorch's MultiStepLR does.
 *
 * @param at the milestones
 * @param factor what the rate is multiplied by at each
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Steps(
    @Setting("the milestones: iterations, or \"80 epochs\"") List<Span> at,
    @Setting(value = "factor on the rate at each milestone", defaults = "0.1", range = "(0, 1]")
        double factor)
    implements LearningRateSchedule {

  /** Copies the milestones and checks the factor. */
  public Steps {
    at = List.copyOf(at);
    Ranges.check(Steps.class, at, factor);
  }

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    double passed = at.stream().filter(milestone -> milestone.in(perEpoch) <= iteration).count();
    return Math.pow(factor, passed);
  }
}
