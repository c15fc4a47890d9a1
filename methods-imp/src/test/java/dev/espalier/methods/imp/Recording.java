// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.ForwardingTrial;
import dev.espalier.api.Observer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import java.util.ArrayList;
import java.util.List;

/** Does what another trial does, and notes every training asked for. */
final class Recording extends ForwardingTrial {

  record Asked(Trained from, Parametrization parametrization, Plan plan) {}

  private final List<Asked> asked = new ArrayList<>();

  Recording(Trial trial) {
    super(trial);
  }

  List<Asked> asked() {
    return asked;
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan plan, Observer observer) {
    asked.add(new Asked(from, parametrization, plan));
    return super.train(from, parametrization, plan, observer);
  }
}
