// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Catalog;
import dev.espalier.api.Findings;
import dev.espalier.api.MaskHistory;
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
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/** Sparse training from random masks that move, which SET and RigL have in common. */
final class SparseTraining {

  private static final String UPDATES = "updates";
  private static final String GROWN = "grown";

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
      Mask last = trained.mask(trial.network());
      trial.publish(
          trial
              .ticket(ticket, Ticket.TICKET, last, start, plan, trained)
              .withFindings(findings(mask, last, trained)));
    }
  }

  private static Map<String, String> findings(Mask first, Mask last, Trained trained) {
    int updates = trained.memory(MaskHistory.class).orElseThrow().stretches().size() - 1;
    long grown =
        last.layers().stream()
            .mapToLong(
                layer -> {
                  BitSet added = last.alive(layer);
                  added.andNot(first.alive(layer));
                  return added.cardinality();
                })
            .sum();
    String share = String.format(Locale.ROOT, "%.4f", (double) grown / last.kept());
    return new Findings().add(UPDATES, updates).add(GROWN, share).map();
  }

  /** Declares the findings of a method. */
  static void declare(Catalog.Entry method) {
    method
        .finding(UPDATES, "Mask updates", "", "Number of updates of the mask.")
        .finding(
            GROWN,
            "Grown weights",
            "",
            "Fraction of the weights of the last mask that the first mask prunes.");
  }

  /** Warns of a mask that never moves. */
  static void check(MovingMask updates, Object every, Plan plan, Refusals refusals) {
    if (LongStream.range(0, plan.total()).noneMatch(t -> updates.isDue(t, plan))) {
      refusals.warn(
          "every",
          every + " in a training of " + plan.total() + " iterations",
          "which updates the mask never",
          "Choose a shorter interval");
    }
  }
}
