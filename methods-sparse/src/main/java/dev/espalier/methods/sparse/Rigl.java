// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import jakarta.inject.Inject;
import java.util.List;

/**
 * RigL: trains a sparse network whose mask moves to where gradients are large; see {@link
 * RiglUpdates}. The ledger has the cost of the sparse network, and of the gradient with respect to
 * all weights at each update. A ticket starts from the initial weights, and its mask is that of the
 * end.
 *
 * <p>U. Evci, T. Gale, J. Menick, P. S. Castro, E. Elsen, "Rigging the Lottery: Making All Tickets
 * Winners", ICML 2020, arXiv:1911.11134, and its public code: new weights are 0, and the optimizer
 * has no memory of them. A weight that is dropped and grown in one update keeps its value. Where
 * the code skips the step of an update, Espalier takes it with the new mask. The gradient is that
 * of a batch drawn for the update, without augmentation. There is no update at iteration 0, and no
 * noise on |w|; the code has both.
 */
public final class Rigl implements Method {

  /**
   * The settings.
   *
   * @param densities a ticket for each
   * @param scope the division of the weights among layers
   * @param alpha the share of the living weights that the first update drops
   * @param every the interval between updates
   * @param until T_end as a fraction of the training
   */
  public record Settings(
      @Setting(
              value = "fractions of the weights to keep, falling: one ticket each",
              range = "(0, 1)")
          List<Double> densities,
      @Setting(value = "division of the weights among layers", defaults = "erk") Scope scope,
      @Setting(
              value = "share of the living weights that an update drops at first",
              defaults = "0.3",
              range = "(0, 1)")
          double alpha,
      @Setting(value = "interval between updates", defaults = "100", range = "[1, inf)") Span every,
      @Setting(
              value = "fraction of the training after which the mask stays",
              defaults = "0.75",
              range = "(0, 1]")
          double until) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      densities = List.copyOf(densities);
      Ranges.check(Settings.class, densities, scope, alpha, every, until);
      Ranges.checkFalling("densities", densities);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public Rigl(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    SparseTraining.check(settings.densities(), settings.scope(), network, refusals);
    SparseTraining.check(updates(plan), settings.every(), plan, refusals);
  }

  @Override
  public void run(Trial trial) {
    SparseTraining.run(trial, settings.densities(), settings.scope(), updates(trial.plan()));
  }

  private RiglUpdates updates(Plan plan) {
    return new RiglUpdates(
        settings.alpha(),
        plan.in(settings.every()),
        Math.round(settings.until() * plan.total()),
        plan.training().batchSize());
  }
}
