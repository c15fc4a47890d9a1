// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/**
 * Gradual pruning: one training in which weights are pruned at regular intervals, fast at first and
 * more slowly near the final density. After iteration t_0 + k d, k = 1 to n, the sparsity is that
 * of the {@link Cubic} schedule. There is a training and a ticket for each density. A ticket starts
 * from the initial weights, and its mask is that of the end.
 *
 * <p>M. Zhu, S. Gupta, "To prune, or not to prune: exploring the efficacy of pruning for model
 * compression", 2017, arXiv:1710.01878. The paper prunes each layer to the same sparsity.
 */
public final class GradualPruning implements Method {

  /**
   * The settings.
   *
   * @param densities a ticket for each
   * @param begin t_0
   * @param end t_0 + n d, to the last whole interval
   * @param every d
   * @param scope the division of the kept weights among layers
   * @param pattern the pattern of the kept weights inside a layer
   * @param criterion ranks the weights
   */
  public record Settings(
      @Setting(
              value = "fractions of the weights to keep, falling: one ticket each",
              range = "(0, 1)")
          List<Double> densities,
      @Setting(value = "last iteration before the first pruning", defaults = "0") Span begin,
      @Setting(value = "last iteration at which weights are pruned") Span end,
      @Setting(value = "interval between prunings", defaults = "100", range = "[1, inf)")
          Span every,
      @Setting(
              value =
                  "division of the kept weights among layers: layer, global, or a distribution"
                      + " such as erk",
              defaults = "layer")
          Scope scope,
      @Setting(
              value = "pattern of the kept weights inside a layer, such as n-m or blocks",
              defaults = "unstructured")
          Pattern pattern,
      @Setting(value = "criterion that ranks the weights", defaults = "{ id = magnitude }")
          Criterion criterion) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      densities = List.copyOf(densities);
      Ranges.check(Settings.class, densities, begin, end, every, scope, pattern, criterion);
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
  public GradualPruning(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    settings.criterion().check(network, data, refusals.within("criterion"));
    for (double density : settings.densities()) {
      Optional<GradualUpdates> rule = refusals.collect(() -> pruning(density, plan));
      if (rule.isEmpty()) {
        break; // each density would repeat it
      }
      rule.get().pruning().check(rule.get().rounds(), network.layers(), refusals);
    }
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    int ticket = 0;
    for (double density : settings.densities()) {
      Parametrization moving = Parametrization.moving(trial.dense(), pruning(density, plan));
      Trained trained = trial.train(start, moving, plan);
      trial.publish(
          trial.ticket(
              ++ticket, Ticket.TICKET, trained.mask(trial.network()), start, plan, trained));
    }
  }

  private GradualUpdates pruning(double density, Plan plan) {
    long begin = plan.in(settings.begin());
    long every = plan.in(settings.every());
    long end = plan.iteration("end", settings.end());
    if (end < begin + every) {
      throw new RefusedException(
          "end", "iteration " + end, "at least one interval after begin, " + (begin + every));
    }
    int n = Math.toIntExact((end - begin) / every);
    Pruning pruning =
        new Pruning(
            settings.criterion(),
            new Cubic(density, n),
            settings.scope(),
            settings.pattern(),
            TieRule.EXACT);
    return new GradualUpdates(begin, every, n, pruning);
  }
}
