// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Analysis;
import dev.espalier.api.Criterion;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.Observer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scores;
import dev.espalier.api.Seed;
import dev.espalier.api.State;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import java.util.ArrayList;
import java.util.List;

/** Does what another trial does, and notes every training asked for. */
final class Recording implements Trial {

  record Asked(Trained from, Parametrization parametrization, Plan plan) {}

  private final Trial trial;
  private final List<Asked> asked = new ArrayList<>();

  Recording(Trial trial) {
    this.trial = trial;
  }

  List<Asked> asked() {
    return asked;
  }

  @Override
  public Network network() {
    return trial.network();
  }

  @Override
  public Plan plan() {
    return trial.plan();
  }

  @Override
  public Seed seed() {
    return trial.seed();
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan plan, Observer observer) {
    asked.add(new Asked(from, parametrization, plan));
    return trial.train(from, parametrization, plan, observer);
  }

  @Override
  public Trial on(Network network) {
    return trial.on(network);
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    return trial.score(criterion, start, state, mask);
  }

  @Override
  public Analysis analyse(Mask mask) {
    return trial.analyse(mask);
  }

  @Override
  public void publish(Ticket ticket) {
    trial.publish(ticket);
  }
}
