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
 * A schedule that falls along half a cosine to 0 and restarts (SGDR: Loshchilov and Hutter, ICLR
 * 2017, arXiv:1608.03983). The factor is (1 + cos(pi * i / n)) / 2 at iteration i of a stretch of
 * n, from one restart to the next. The last stretch ends with the training. A restart at or after
 * the end is never reached, and the stretch before it ends with the training too.
 *
 * @param at the restarts
 */
@API(status = API.Status.STABLE, since = "0.1")
public record WarmRestarts(
    @Setting("when the schedule restarts: iterations, or \"25 epochs\"") List<Span> at)
    implements LearningRateSchedule {

  /** Creates a schedule with a copy of the restarts. */
  public WarmRestarts {
    at = List.copyOf(at);
    Ranges.check(WarmRestarts.class, at);
  }

  @Override
  public double factor(long iteration, long total, long perEpoch) {
    long begin = 0;
    long end = total;
    for (Span restart : at) {
      long r = restart.in(perEpoch);
      if (r <= iteration) {
        begin = Math.max(begin, r);
      } else {
        end = Math.min(end, r);
      }
    }
    return (1 + Math.cos(Math.PI * (iteration - begin) / (end - begin))) / 2;
  }

  @Override
  public void check(long total, long perEpoch, Refusals refusals) {
    LearningRateSchedule.warnIfAfterEnd("at", at, total, perEpoch, refusals);
  }
}
