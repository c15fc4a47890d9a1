// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Distribution;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import java.util.List;

/** Sparse training from random masks that move, which SET and RigL have in common. */
final class SparseTraining {

  private SparseTraining() {}

  /** Publishes a ticket for each density. Its mask is that of the end. */
  static void run(
      Trial trial, List<Double> densities, Distribution distribution, MovingMask updates) {
    Plan plan = trial.plan();
    State start = trial.initial();
    int ticket = 0;
    for (double density : densities) {
      ticket++;
      Mask mask =
          distribution.draw(
              trial.network().layers(), density, trial.seed().stream("mask", ticket));
      Trained trained = trial.train(start, Parametrization.moving(mask, updates), plan);
      trial.publish(
          trial.ticket(
              ticket, Ticket.TICKET, trained.mask(trial.network()), start, plan, trained));
    }
  }
}
