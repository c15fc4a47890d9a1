// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Criterion;
import dev.espalier.api.Findings;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Instability analysis and linear mode connectivity: trains two copies of a network from iteration
 * k with different data orders, and measures the error on the straight line between them.
 *
 * <p>Let W_1 and W_2 be the weights of the copies at T, and e(alpha) the test error of (1 - alpha)
 * W_1 + alpha W_2. The barrier, the linear interpolation instability of the paper, is
 *
 * <pre>max e(alpha) - (e(0) + e(1)) / 2</pre>
 *
 * over {@code points} evenly spaced alphas, 0 and 1 included. The network is stable at k if the
 * barrier is about 0. The error is 1 - the metric's value where a higher value is better, as for
 * accuracy, else the value. All parameters lie on the line, batch norm's included; its running
 * statistics are estimated again at each point by {@link Trial#restatistics}.
 *
 * <p>With {@code rounds} above 0 the same is done with the masks of iterative magnitude pruning:
 * round r has the mask of r prunings with rewinding to k, and both copies train theta_k under it.
 * The first copy is the ticket of {@link IterativeMagnitudePruning}, from the same steps; it has
 * the branch {@code ticket} for the first k, and {@code k-<k>} for others. The second copy differs
 * by {@link Trial#withOrder}, in order and augmentation, and has the branch {@code k-<k>-copy}. The
 * network at the middle of the line, {@code k-<k>-middle}, is only measured. It has the findings,
 * and the cost of the analysis.
 *
 * <p>J. Frankle, G. K. Dziugaite, D. M. Roy, M. Carbin, "Linear Mode Connectivity and the Lottery
 * Ticket Hypothesis", ICML 2020, arXiv:1912.05671. Deviations: the first copy keeps the data order
 * of the training to k; the optimizer is empty at k, as in {@link IterativeMagnitudePruning}; 11
 * points by default, where the paper has 30; no error on training examples.
 */
public final class Instability implements Method {

  /**
   * The settings.
   *
   * @param rewindTo each k
   * @param rounds the number of prunings; the dense network alone if 0
   * @param points the number of alphas
   * @param restatistics whether batch norm's statistics are estimated at each point
   * @param scope the division of the kept weights among layers
   * @param ties the rule for equal scores and the pruned count
   * @param criterion the criterion that ranks the weights
   * @param schedule the density of each level
   */
  public record Settings(
      @Setting(
              value = "each k, the iteration at which the two copies part, or \"2 epochs\"",
              defaults = "[0]")
          List<Span> rewindTo,
      @Setting(
              value = "how many times to prune; 0 analyses the dense network alone",
              defaults = "0",
              range = "[0, 1000]")
          int rounds,
      @Setting(
              value = "points of the line, both ends included; 30 in the paper",
              defaults = "11",
              range = "[2, 1000]")
          int points,
      @Setting(
              value =
                  "whether to estimate the running statistics of batch norm at each point, on one"
                      + " epoch of training examples",
              defaults = "true")
          boolean restatistics,
      @Setting(
              value =
                  "division of the kept weights among layers: layer, global, or a distribution"
                      + " such as erk",
              defaults = "layer")
          Scope scope,
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
      rewindTo = List.copyOf(rewindTo);
      Ranges.check(
          Settings.class, rewindTo, rounds, points, restatistics, scope, ties, criterion, schedule);
      if (rewindTo.isEmpty()) {
        throw new RefusedException("rewind-to", "none", "one or more");
      }
    }

    /**
     * Creates settings with layer-wise magnitude pruning at the usual rates.
     *
     * @param rewindTo each k
     * @param rounds the number of prunings
     * @param points the number of alphas
     */
    public Settings(List<Span> rewindTo, int rounds, int points) {
      this(
          rewindTo,
          rounds,
          points,
          true,
          Scope.layer(),
          TieRule.EXACT,
          new Magnitude(),
          new Geometric(0.2, 0.1));
    }

    Pruning pruning() {
      return new Pruning(criterion, schedule, scope, ties);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public Instability(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    settings.criterion().check(network, data, refusals.within("criterion"));
    Schedule.check(settings.schedule(), settings.rounds(), network, refusals.within("schedule"));
    settings.pruning().check(settings.rounds(), network.layers(), refusals);
    List<Long> before = new ArrayList<>();
    for (int i = 0; i < settings.rewindTo().size(); i++) {
      long k = plan.in(settings.rewindTo().get(i));
      String key = "rewind-to[" + i + "]";
      if (k > plan.total()) {
        refusals.add(
            key, "iteration " + k, "at most the " + plan.total() + " iterations of the training");
      }
      if (before.contains(k)) {
        refusals.add(key, "iteration " + k + " again", "each iteration once", "Take it out");
      }
      before.add(k);
    }
  }

  @Override
  public void run(Trial trial) {
    for (int i = 0; i < settings.rewindTo().size(); i++) {
      long k = trial.plan().in(settings.rewindTo().get(i));
      analyse(k, i == 0 ? Ticket.TICKET : "k-" + k, trial);
    }
  }

  /** Analyses the dense network and each level of masks, from theta_k on. */
  private void analyse(long k, String branch, Trial trial) {
    Plan plan = trial.plan();
    State theta = trial.train(trial.initial(), Parametrization.dense(), plan.until(k)).state();
    Ticket level = trial.ticket(0, branch, trial.dense(), theta, plan.from(k));
    connect(k, level, trial);
    for (int round = 1; round <= settings.rounds(); round++) {
      Mask mask = trial.prune(settings.pruning(), level, round);
      level = trial.ticket(round, branch, mask, theta, plan.from(k));
      connect(k, level, trial);
    }
  }

  /** Trains the second copy, and measures the line between the copies. */
  private void connect(long k, Ticket first, Trial trial) {
    trial.publish(first);
    Trained trained =
        trial
            .withOrder(trial.order().derive("copy", 1))
            .train(first.start(), Parametrization.masked(first.mask()), first.plan());
    trial.publish(like(first, "k-" + k + "-copy", first.start(), first.plan(), trained));
    Line line = line(first.trained().state(), trained.state(), trial);
    Findings findings =
        new Findings()
            .add("rewind-to", k)
            .add("alphas", line.alphas())
            .add("errors", line.errors())
            .add("barrier", barrier(line.errors()));
    Trained middle = line.middle();
    trial.publish(
        like(first, "k-" + k + "-middle", middle.state(), trial.plan().untrained(), middle)
            .withFindings(findings.map()));
  }

  private static Ticket like(Ticket first, String branch, State start, Plan plan, Trained trained) {
    return new Ticket(first.round(), branch, first.mask(), first.analysis(), start, plan, trained);
  }

  /**
   * The errors on a line.
   *
   * @param middle the network at the middle, which derives from the steps of all points
   */
  private record Line(List<Double> alphas, List<Double> errors, Trained middle) {}

  private Line line(State w1, State w2, Trial trial) {
    List<Double> alphas = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    Set<Digest> steps = new LinkedHashSet<>();
    Trained middle = null;
    for (int i = 0; i < settings.points(); i++) {
      double alpha = (double) i / (settings.points() - 1);
      State between = between(w1, w2, alpha);
      State w = settings.restatistics() ? trial.restatistics(between) : between;
      Trained measured = trial.measure(w).derivedFrom(w.origin());
      alphas.add(alpha);
      errors.add(error(measured.history(), trial.data().metrics().get(0)));
      steps.addAll(w.origin());
      middle = i == settings.points() / 2 ? measured : middle;
    }
    return new Line(alphas, errors, middle.derivedFrom(steps));
  }

  /** (1 - alpha) W_1 + alpha W_2, in float64; exactly W at alpha = 0 and 1, and for equal ones. */
  private static State between(State w1, State w2, double alpha) {
    return w1.map(
            (name, tensor) -> {
              Tensor other = w2.get(name);
              float[] values = new float[tensor.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((1 - alpha) * tensor.get(i) + alpha * other.get(i));
              }
              return Tensor.adopt(tensor.shape(), values);
            })
        .derivedFrom(w2.origin());
  }

  /** The test error; NaN if nothing was measured, as in a plan of the trainings. */
  private static double error(History history, Metric metric) {
    double value = history.last().map(point -> point.test().score()).orElse(Double.NaN);
    return metric.direction() == Metric.Direction.HIGHER ? 1 - value : value;
  }

  private static double barrier(List<Double> errors) {
    return Collections.max(errors) - (errors.get(0) + errors.get(errors.size() - 1)) / 2;
  }
}
