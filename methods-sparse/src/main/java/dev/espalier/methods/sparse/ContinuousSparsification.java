// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Findings;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
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
import java.util.Map;

/**
 * Continuous sparsification: trains a soft gate for each weight, together with the weights, until
 * the gates are nearly 0 or 1; see {@link SoftMask}. The gates of a round start where the round
 * before left them, and the weights continue. A penalty on the gates sets the density, which is a
 * result.
 *
 * <p>The tickets of each round:
 *
 * <ul>
 *   <li>{@code pruned}: the weights of the search behind the hard mask s &gt; 0, without further
 *       training;
 *   <li>the ticket: this mask on theta_k, the weights at iteration k of the first round, trained to
 *       the end.
 * </ul>
 *
 * <p>P. Savarese, H. Silva, M. Maire, "Winning the Lottery with Continuous Sparsification", NeurIPS
 * 2020, arXiv:1912.04427, and its public code. There the optimizer keeps its momentum from round to
 * round, and the ticket trains T iterations and has the factor 1 / sigmoid(s_0) on its weights. In
 * Espalier each training begins with an empty optimizer, and the ticket trains T - k iterations
 * without the factor, as tickets of other methods do.
 */
public final class ContinuousSparsification implements Method {

  /**
   * The settings.
   *
   * @param rounds the number of rounds
   * @param rewindTo k
   * @param s0 s_0
   * @param finalTemperature beta_T
   * @param lambda the strength of the penalty
   */
  public record Settings(
      @Setting(
              value = "number of rounds, each as long as the training",
              defaults = "1",
              range = "[1, 1000]")
          int rounds,
      @Setting(
              value =
                  "k, the iteration of the first round whose weights a ticket starts from, or"
                      + " \"2 epochs\"",
              defaults = "0")
          Span rewindTo,
      @Setting(
              value = "s_0, first value of the variables of the gates; a lower one prunes more",
              defaults = "-0.01",
              range = "(-inf, inf)")
          double s0,
      @Setting(
              value = "beta_T, temperature at the end of a round",
              defaults = "200",
              range = "[1, inf)")
          double finalTemperature,
      @Setting(
              value = "strength of the penalty on the sum of the gates",
              defaults = "1e-8",
              range = "[0, inf)")
          double lambda) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      Ranges.check(Settings.class, rounds, rewindTo, s0, finalTemperature, lambda);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public ContinuousSparsification(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    refusals.collect(() -> k(plan));
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    long k = k(plan);
    SoftMask soft =
        SoftMask.first(
            trial.network(), settings.s0(), settings.finalTemperature(), settings.lambda());
    Trained searched = trial.train(trial.initial(), soft, plan.until(k));
    State theta = soft.weights(searched.state(), searched.variables());
    searched = trial.train(searched, soft, plan.from(k));
    for (int round = 1; ; round++) {
      State w = soft.weights(searched.state(), searched.variables());
      Mask mask = soft.mask(trial.network(), searched.variables());
      State hard = soft.hard(mask, w);
      trial.publish(trial.ticket(round, "pruned", mask, hard, plan.untrained()));
      Ticket ticket = trial.ticket(round, mask, theta, plan.from(k));
      trial.publish(ticket.withFindings(findings(soft, searched.variables())));
      if (round == settings.rounds()) {
        return;
      }
      soft = soft.next(searched.variables());
      searched = trial.train(w, soft, plan);
    }
  }

  private static Map<String, String> findings(SoftMask soft, State variables) {
    return new Findings().add("undecided-gates", soft.undecided(variables)).map();
  }

  /** Returns the iteration to rewind to. */
  private long k(Plan plan) {
    return plan.iteration("rewind-to", settings.rewindTo());
  }
}
