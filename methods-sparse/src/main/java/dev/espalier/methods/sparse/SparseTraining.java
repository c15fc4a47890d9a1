// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import java.util.List;

/** Sparse training from random masks that move, which SET and RigL have in common. */
final class SparseTraining {

  private SparseTraining() {}

  /** Refuses densities that the scope cannot divide. */
  static void check(List<Double> densities, Scope scope, Network network, Refusals refusals) {
    densities.forEach(
        density -> refusals.collect(() -> scope.densities(network.layers(), density)));
  }

  /** Publishes a ticket for each density. Its mask is that of the end. */
  static void run(Trial trial, List<Double> densities, Scope scope, MovingMask updates) {
    Plan plan = trial.plan();
    State start = trial.initial();
    int ticket = 0;
    for (double density : densities) {
      ticket++;
      RandomStream random = trial.seed().stream("mask", ticket);
      Scores scores =
          Scores.of(trial.network().layers(), layer -> random.doubles(layer.size()).toArray());
      Mask mask = scope.prune(scores, trial.dense(), density);
      Trained trained = trial.train(start, Parametrization.moving(mask, updates), plan);
      trial.publish(
          trial.ticket(ticket, Ticket.TICKET, trained.mask(trial.network()), start, plan, trained));
    }
  }
}
