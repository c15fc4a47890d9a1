// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.ForwardingTrial;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.state.Seed;
import java.util.ArrayList;
import java.util.List;

/** Does what another trial does, and notes every training asked for, under whichever seed. */
public final class Recording extends ForwardingTrial {

  /**
   * A training.
   *
   * @param seed the seed it goes by
   * @param from where it stood
   * @param parametrization what is trained
   * @param plan the stretch
   * @param trained where it stands then
   */
  public record Asked(
      Seed seed, Trained from, Parametrization parametrization, Plan plan, Trained trained) {}

  private final List<Asked> asked;

  /**
   * A trial in front of another.
   *
   * @param trial does what is asked
   */
  public Recording(Trial trial) {
    this(trial, new ArrayList<>());
  }

  private Recording(Trial trial, List<Asked> asked) {
    super(trial);
    this.asked = asked;
  }

  /**
   * The trainings, measurements left out.
   *
   * @return those so far, in order
   */
  public List<Asked> asked() {
    return asked;
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan plan, EpochMonitor observer) {
    Trained trained = super.train(from, parametrization, plan, observer);
    if (!plan.isEmpty()) {
      asked.add(new Asked(seed(), from, parametrization, plan, trained));
    }
    return trained;
  }

  @Override
  public Trial seeded(Seed seed) {
    return new Recording(super.seeded(seed), asked);
  }
}
