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
 * Sparse evolutionary training, SET: trains a sparse network whose mask moves at random; see {@link
 * SetUpdates}. A ticket starts from the initial weights, and its mask is that of the end.
 *
 * <p>D. C. Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse
 * connectivity inspired by network science", Nature Communications 9, 2018, arXiv:1707.04780. New
 * weights are 0, as in the authors' code for Keras. A weight that is dropped and grown in one
 * update keeps its value; it is 0 in that code. The output layer is sparse; it is dense in that
 * code.
 */
public final class SparseEvolution implements Method {

  /**
   * The settings.
   *
   * @param densities a ticket for each
   * @param scope the division of the weights among layers
   * @param zeta the share of the living weights that an update drops
   * @param every the interval between updates
   */
  public record Settings(
      @Setting(
              value = "fractions of the weights to keep, falling: one ticket each",
              range = "(0, 1)")
          List<Double> densities,
      @Setting(value = "division of the weights among layers", defaults = "er") Scope scope,
      @Setting(
              value = "share of the living weights of either sign that an update drops",
              defaults = "0.3",
              range = "(0, 1)")
          double zeta,
      @Setting(value = "interval between updates", defaults = "1 epoch", range = "[1, inf)")
          Span every) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      densities = List.copyOf(densities);
      Ranges.check(Settings.class, densities, scope, zeta, every);
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
  public SparseEvolution(Settings settings) {
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

  private SetUpdates updates(Plan plan) {
    return new SetUpdates(settings.zeta(), plan.in(settings.every()), plan.total());
  }
}
