// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.ForwardingTrial;
import dev.espalier.api.Observer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Seed;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import java.util.ArrayList;
import java.util.List;

/** Does what another trial does, and notes every training asked for, under whichever seed. */
final class Recording extends ForwardingTrial {

  record Asked(
      Seed seed, Trained from, Parametrization parametrization, Plan plan, Trained trained) {}

  private final List<Asked> asked;

  Recording(Trial trial) {
    this(trial, new ArrayList<>());
  }

  private Recording(Trial trial, List<Asked> asked) {
    super(trial);
    this.asked = asked;
  }

  /** The trainings, measurements left out. */
  List<Asked> asked() {
    return asked;
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan plan, Observer observer) {
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
