// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Split;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import jakarta.inject.Inject;

/**
 * Knowledge evolution: trains a network in generations. A part of the weights, the fit hypothesis,
 * is kept from generation to generation. The rest, the reset hypothesis, is redrawn before each:
 *
 * <pre>
 * W = M * W + (1 - M) * R,   R ~ U(-1/sqrt(fan_in), 1/sqrt(fan_in))
 * </pre>
 *
 * <p>in every convolution and linear layer, with the split mask M of {@link Split}, one for all
 * generations. W on the right is the result of the previous generation. No mask is applied in
 * training: both parts are trained, in every generation from an empty optimizer over the whole
 * timetable, its warm-up included. Biases, batch norm and its running statistics are kept
 * unchanged. Generation g is round g of the results, with these tickets:
 *
 * <ul>
 *   <li>the ticket: the trained network with all of its weights;
 *   <li>{@code fit}: the fit hypothesis alone, M * W, without further training;
 *   <li>{@code reset}: the reset hypothesis alone, (1 - M) * W, without further training;
 *   <li>{@code slim}: where M keeps whole channels, the narrow network of these, without further
 *       training. Its outputs equal those of {@code fit}, and its cost is that of a narrow network.
 * </ul>
 *
 * <p>The findings {@code mean-magnitude} of {@code fit} and {@code reset} are the means of |W| over
 * the weights of each part. The paper's intuition is that the fit hypothesis converges while the
 * reset hypothesis comes near zero.
 *
 * <p>The record of a ticket without further training has its weights as the initial ones, so that
 * the recorded narrow network can be used directly.
 *
 * <p>Generation 1 is plain training, and shares its cached step. Generation g &gt; 1 draws R from
 * the stream {@code reset} of g. Its order of examples and its augmentations come from the seed
 * that is derived for {@code generation} g.
 *
 * <p>Source: Taha, Shrivastava, Davis, "Knowledge Evolution in Neural Networks", CVPR 2021,
 * arXiv:2103.05152, and its public code.
 *
 * <p>Differences. M is computed after the first generation, which does not depend on it, so that a
 * split may rank trained weights. Biases of convolutions are kept; the public code has a redraw of
 * some of them, but its networks have none. The learning rate changes with each iteration, and the
 * warm-up multiplies the schedule, rising from 0. In the public code it rises from one epoch to the
 * next, before the schedule. The regulariser CS-KD, which the public code has switched off, is not
 * implemented.
 */
public final class KnowledgeEvolution implements Method {

  /**
   * The settings.
   *
   * @param generations G
   * @param splitRate s_r
   * @param split computes M
   * @param reset the initialiser that draws R
   */
  public record Settings(
      @Setting(
              value = "G, number of generations; 10 in the paper, 5 in its script",
              defaults = "5",
              range = "[1, 1000]")
          int generations,
      @Setting(
              value =
                  "s_r, fraction kept by the fit hypothesis: of channels for kels and"
                      + " random-channels, of weights for other splits; 0.5 in the public"
                      + " script, for kels",
              defaults = "0.5",
              range = "(0, 1)")
          double splitRate,
      @Setting(
              value = "split that chooses the weights of the fit hypothesis",
              defaults = "{ id = kels }")
          Split split,
      @Setting(
              value = "initialiser of the reset hypothesis, independent of the model's",
              defaults = "pytorch-default")
          Initialiser reset) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      Ranges.check(Settings.class, generations, splitRate, split, reset);
    }

    /**
     * Creates settings with the public code's draw of the reset hypothesis.
     *
     * @param generations G
     * @param splitRate s_r
     * @param split computes M
     */
    public Settings(int generations, double splitRate, Split split) {
      this(generations, splitRate, split, Initialiser.PYTORCH_DEFAULT);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public KnowledgeEvolution(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    settings.split().check(settings.splitRate(), network, data, refusals.within("split"));
  }

  @Override
  public void run(Trial trial) {
    State start = trial.initial();
    Trained trained = train(start, trial);
    Mask m = trial.split(settings.split(), settings.splitRate(), start, trained.state());
    try (Hypotheses hypotheses = new Hypotheses(m, trial)) {
      hypotheses.publish(1, start, trained);
      for (int g = 2; g <= settings.generations(); g++) {
        State w = trained.state();
        State r =
            trial
                .network()
                .redraw(w, settings.reset(), layer -> true, trial.seed().stream("reset", g));
        start = m.mix(w, r);
        trained = train(start, trial.withOrder(trial.order().derive("generation", g)));
        hypotheses.publish(g, start, trained);
      }
    }
  }

  private static Trained train(State start, Trial trial) {
    return trial.train(start, Parametrization.dense(), trial.plan());
  }
}
