// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;

/**
 * Iterative magnitude pruning with rewinding: trains, prunes, resets the remaining weights to
 * theta_k, and trains again. Optionally the weights are not reset: see {@link Rewind}.
 *
 * <p>J. Frankle, M. Carbin, "The Lottery Ticket Hypothesis", ICLR 2019, arXiv:1803.03635: the
 * strategy that resets the weights in every round; rewinding to iteration k: J. Frankle et al.,
 * ICML 2020, arXiv:1912.05671; learning-rate rewinding and fine-tuning: A. Renda, J. Frankle, M.
 * Carbin, ICLR 2020, arXiv:2003.02389, and its public code.
 *
 * <p>All of theta_k is restored: weights, biases, batch-norm parameters and running statistics.
 * Every level, the dense one included, begins with an empty optimizer at iteration k of the same
 * timetable, and trains T - k iterations. The learning rate and the order of the examples continue
 * from iteration k. Learning-rate rewinding and fine-tuning differ in the weights that a level
 * starts from, those of the level before at its end. Fine-tuning has the last learning rate of the
 * schedule in all T - k iterations.
 *
 * <p>Counts are exact by default; {@link ReferenceTies} are optional. The public codes prune one
 * weight more than planned in every round, and all weights that tie with it.
 */
public final class IterativeMagnitudePruning implements Method {

  /**
   * The settings.
   *
   * @param rounds the number of prunings; the levels are rounds + 1, of which level 0 is dense; 0
   *     rounds are plain training
   * @param rewindTo k
   * @param rewind the parts of the training that go back to iteration k
   * @param oneShot whether every level prunes the dense network at once, instead of the level
   *     before
   * @param scope the division of the kept weights among layers
   * @param pattern the pattern of the kept weights inside a layer
   * @param ties the rule for equal scores and the pruned count
   * @param criterion the criterion that ranks the weights
   * @param schedule the density of each level
   */
  public record Settings(
      @Setting(value = "how many times to prune; level 0 is dense", range = "[0, 1000]") int rounds,
      @Setting(
              value = "k, the iteration to rewind surviving weights to, or \"2 epochs\"",
              defaults = "0")
          Span rewindTo,
      @Setting(
              value =
                  "what goes back to iteration k: weights (and learning rate), learning-rate (of"
                      + " trained weights), or fine-tuning (neither; at the last rate)",
              defaults = "weights",
              later = true)
          Rewind rewind,
      @Setting(
              value = "whether every round prunes the trained dense network directly",
              defaults = "false")
          boolean oneShot,
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
      @Setting(
              value =
                  "rule for the pruned count and for equal scores: exact, or reference, as"
                      + " in the public codes",
              defaults = "exact")
          TieRule ties,
      @Setting(value = "criterion that ranks the weights", defaults = "{ id = magnitude }")
          Criterion criterion,
      @Setting(value = "density of each round", defaults = "{ id = geometric }")
          Schedule schedule) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      Ranges.check(
          Settings.class,
          rounds,
          rewindTo,
          rewind,
          oneShot,
          scope,
          pattern,
          ties,
          criterion,
          schedule);
    }

    /**
     * Creates settings that rewind weights, layer-wise and iteratively, with exact counts.
     *
     * @param rounds the number of prunings
     * @param rewindTo k
     * @param criterion the criterion that ranks the weights
     * @param schedule the density of each level
     */
    public Settings(int rounds, Span rewindTo, Criterion criterion, Schedule schedule) {
      this(
          rounds,
          rewindTo,
          Rewind.WEIGHTS,
          false,
          Scope.layer(),
          Pattern.unstructured(),
          TieRule.EXACT,
          criterion,
          schedule);
    }

    Pruning pruning() {
      return new Pruning(criterion, schedule, scope, pattern, ties);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public IterativeMagnitudePruning(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    settings.criterion().check(network, data, refusals.within("criterion"));
    Schedule.check(settings.schedule(), settings.rounds(), network, refusals.within("schedule"));
    settings.pruning().check(settings.rounds(), network.layers(), refusals);
    refusals.collect(() -> k(plan));
    if (settings.rounds() > 0 && !prunes(network)) {
      refusals.warn(
          "schedule",
          "density 1 after all rounds for each layer of " + network.name(),
          "which prunes nothing",
          "Choose a rate above 0 for one of its kinds of layers");
    }
  }

  private boolean prunes(Network network) {
    return network.layers().stream()
        .anyMatch(layer -> settings.schedule().density(settings.rounds(), layer.kind()) < 1);
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    long k = k(plan);
    State theta = trial.train(trial.initial(), Parametrization.dense(), plan.until(k)).state();
    Ticket dense = trial.ticket(0, trial.dense(), theta, plan.from(k));
    trial.publish(dense);
    Ticket level = dense;
    for (int round = 1; round <= settings.rounds(); round++) {
      Ticket before = settings.oneShot() ? dense : level;
      Mask mask = trial.prune(settings.pruning(), before, round);
      State start = settings.rewind().start(theta, before.trained().state());
      level = trial.ticket(round, mask, start, settings.rewind().retraining(plan.from(k)));
      trial.publish(level);
    }
  }

  /** Returns the iteration to rewind to. */
  private long k(Plan plan) {
    return plan.iteration("rewind-to", settings.rewindTo());
  }
}
