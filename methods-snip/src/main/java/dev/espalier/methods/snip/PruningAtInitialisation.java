// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.OneEach;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Prunes the untrained network and trains the remaining weights. A round scores and prunes; the
 * next one scores the remaining weights again. SNIP and GraSP have one round, SynFlow 100; random
 * and magnitude pruning are the baselines. There is a ticket for every density, each pruned from
 * the dense network.
 *
 * <p>Sources: arXiv:1810.02340 (SNIP), arXiv:2002.07376 (GraSP), arXiv:2006.05467 (SynFlow).
 */
public final class PruningAtInitialisation implements Method {

  /**
   * The settings.
   *
   * @param densities a ticket for each
   * @param criterion the criterion that ranks the weights
   * @param rounds n; the criterion's own number if empty
   * @param path the density of each round
   * @param scope the division of the kept weights among layers
   * @param pattern the pattern of the kept weights inside a layer
   * @param ties the rule for equal scores and the pruned count
   * @param prunable the parameters that may be pruned
   */
  public record Settings(
      @Setting(
              value = "fractions of the weights to keep, falling: one ticket each",
              range = "(0, 1)")
          List<Double> densities,
      @Setting("criterion that ranks the weights") Criterion criterion,
      @Setting(
              value =
                  "n, rounds of scoring and pruning; by default 100 for synflow, 1 for"
                      + " other criteria",
              range = "[1, 100000]")
          Optional<Integer> rounds,
      @Setting(
              value =
                  "density after round k of n, down to rho: exponential, rho^(k/n), or"
                      + " linear, 1 - (1 - rho) * k/n",
              defaults = "exponential")
          DensityPath path,
      @Setting(
              value =
                  "division of the kept weights among layers: layer, global, or a distribution"
                      + " such as erk",
              defaults = "global")
          Scope scope,
      @Setting(
              value = "pattern of the kept weights inside a layer, such as n-m or blocks",
              defaults = "unstructured")
          Pattern pattern,
      @Setting(
              value =
                  "rule for the pruned count and for equal scores: exact; or reference"
                      + " (lottery-ticket codes), snip, snip-pytorch, grasp, synflow, as in"
                      + " those public codes",
              defaults = "exact")
          TieRule ties,
      @Setting(
              value = "what is pruned; the official SNIP code prunes biases too",
              defaults = "weights")
          Prunable prunable) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      densities = List.copyOf(densities);
      Ranges.check(
          Settings.class, densities, criterion, rounds, path, scope, pattern, ties, prunable);
      Ranges.checkFalling("densities", densities);
    }

    /**
     * Creates settings as in the papers: one global ranking, the criterion's number of rounds,
     * exact counts.
     *
     * @param densities a ticket for each
     * @param criterion the criterion that ranks the weights
     */
    public Settings(List<Double> densities, Criterion criterion) {
      this(
          densities,
          criterion,
          Optional.empty(),
          DensityPath.EXPONENTIAL,
          Scope.global(),
          Pattern.unstructured(),
          TieRule.EXACT,
          Prunable.WEIGHTS);
    }
  }

  /** The path of the density over n rounds to rho. */
  public enum DensityPath {
    /** rho_k = rho^(k/n). */
    EXPONENTIAL,
    /** rho_k = 1 - (1 - rho) * k/n. */
    LINEAR;

    Schedule toward(double rho, int n) {
      return this == EXPONENTIAL ? Schedule.exponential(rho, n) : Schedule.linear(rho, n);
    }
  }

  /** The parameters that may be pruned. */
  public enum Prunable {
    /** Weights of convolutions and linear layers. */
    WEIGHTS,
    /** Weights and biases of convolutions and linear layers, in one ranking. */
    WEIGHTS_AND_BIASES;

    List<Layer> of(Network network) {
      List<Layer> layers = new ArrayList<>(network.layers());
      if (this == WEIGHTS_AND_BIASES) {
        layers.addAll(network.biases());
      }
      return layers;
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public PruningAtInitialisation(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    settings.criterion().check(network, data, refusals.within("criterion"));
    List<Layer> layers = settings.prunable().of(network);
    OneEach weights = OneEach.weights(network, layers);
    for (double rho : settings.densities()) {
      pruning(rho, 1).check(1, layers, refusals);
      long kept = Math.round(rho * weights.total());
      weights.check("densities", rho, kept, "at least " + weights.leastKept(), refusals);
    }
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    Mask whole = Mask.dense(settings.prunable().of(trial.network()));
    int n = settings.rounds().orElse(settings.criterion().rounds());
    int ticket = 0;
    for (double rho : settings.densities()) {
      Mask mask = trial.pruneInRounds(pruning(rho, n), n, new Weights(start, start, whole));
      trial.publish(trial.ticket(++ticket, mask, start, plan));
    }
  }

  private Pruning pruning(double rho, int n) {
    return new Pruning(
        settings.criterion(),
        settings.path().toward(rho, n),
        settings.scope(),
        settings.pattern(),
        settings.ties());
  }
}
