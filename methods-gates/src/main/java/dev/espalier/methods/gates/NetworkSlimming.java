// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.structure.ScalePenalty;
import dev.espalier.api.structure.SlimmingResult;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/**
 * Network slimming: trains with an L1 penalty on the scales gamma of batch norm, removes the
 * channels with small scales, and fine-tunes the narrow network. The narrow network is an ordinary
 * one. N is the number of channels that may be removed, and p the fraction of them to remove:
 *
 * <pre>
 * L = cross-entropy + s * sum |gamma|
 * t = sorted(|gamma|)[int(N * p)]     over all layers
 * channel c is kept if |gamma_c| &gt; t
 * </pre>
 *
 * <p>The narrow network inherits weights, batch norm and running statistics of the channels kept.
 * The contribution of beta of the removed channels is lost, so that the accuracy right after
 * pruning falls a lot. Fine-tuning begins with an empty optimizer, has no penalty, and applies the
 * learning-rate schedule of the training, scaled to its length.
 *
 * <p>The tickets of round 1:
 *
 * <ul>
 *   <li>{@code penalised}: the wide network, trained with the penalty;
 *   <li>{@code pruned}: the narrow one with the inherited values, without further training;
 *   <li>the ticket: the narrow one fine-tuned;
 *   <li>{@code scratch-e}: the narrow one from newly drawn weights, trained for as many epochs as
 *       the wide one;
 *   <li>{@code scratch-b}: the same, for as many multiply-accumulate operations as the wide one:
 *       T_B = T * MACs(wide) / MACs(narrow), with the learning-rate schedule scaled to T_B.
 * </ul>
 *
 * <p>Sources: Liu et al., ICCV 2017, arXiv:1708.06519, section 3, and its public code; the two
 * budgets: Liu et al., ICLR 2019, arXiv:1810.05270.
 *
 * <p>Differences. A group that would lose all channels keeps the one of its largest scale, and the
 * ticket's findings record it; the public code fails to build such a network. In a residual network
 * only the channels inside of blocks compete, and the sums of blocks keep their width. The public
 * code puts a layer that selects channels into each block of its pre-activation networks, which is
 * not a narrower network of the same kind. Scratch-B has the length of the formula; that the paper
 * stops at twice the epochs in some settings is unverified. Networks start from the gamma of their
 * model, 0.5 in the public code.
 */
public final class NetworkSlimming implements Method {

  /**
   * The settings.
   *
   * @param s the strength of the penalty
   * @param sparsity p
   * @param fineTuning the length of fine-tuning; that of the training if empty
   * @param baselines further trainings of the narrow network
   */
  public record Settings(
      @Setting(
              value =
                  "s, strength of the L1 penalty on batch-norm scales; in the paper 1e-4"
                      + " for VGG-19, 1e-5 for deeper networks",
              defaults = "1e-4",
              range = "[0, inf)")
          double s,
      @Setting(
              value =
                  "p, fraction to remove of the channels with an unshared batch-norm"
                      + " scale; in the paper 0.4 to 0.7",
              range = "(0, 1)")
          double sparsity,
      @Setting(
              value =
                  "length of fine-tuning: iterations, or \"40 epochs\"; by default that of"
                      + " the training",
              range = "[1, inf)")
          Optional<Span> fineTuning,
      @Setting(
              value =
                  "further trainings of the narrow network, from new weights: scratch-e"
                      + " (epochs of the wide network), scratch-b (operations of the wide"
                      + " network)",
              defaults = "[]")
          List<Baseline> baselines) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      baselines = List.copyOf(baselines);
      Ranges.check(Settings.class, s, sparsity, fineTuning, baselines);
    }

    /**
     * Creates settings as in the paper: s = 1e-4, fine-tuning as long as the training.
     *
     * @param sparsity p
     */
    public Settings(double sparsity) {
      this(1e-4, sparsity, Optional.empty(), List.of());
    }
  }

  /** A training of the narrow network from newly drawn weights. */
  public enum Baseline {
    /** As many epochs as the wide network. */
    SCRATCH_E,
    /** As many multiply-accumulate operations as the wide network. */
    SCRATCH_B;

    Plan budget(Plan plan, Cost wide, Cost narrow) {
      return this == SCRATCH_E ? plan : plan.stretched((double) wide.macs() / narrow.macs());
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public NetworkSlimming(Settings settings) {
    this.settings = settings;
  }

  /**
   * Refuses a network without batch-norm scales, and a p that leaves fewer channels than groups.
   */
  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    ChannelScores.check(network, "id", "", refusals);
    ChannelScores.check(network, settings.sparsity(), "sparsity", refusals);
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    Trained trained = trial.train(start, ScalePenalty.of(settings.s()), plan);
    trial.publish(trial.ticket(1, "penalised", trial.dense(), start, plan, trained));

    SlimmingResult slimmed =
        SlimmingResult.of(trial.network(), trained.state(), settings.sparsity());
    State inherited = slimmed.channels().narrow(trained.state());
    try (Network network = trial.network().resized(slimmed.channels().widths())) {
      Trial narrow = trial.withNetwork(network, trained.state());
      Mask all = narrow.dense();
      narrow.publish(narrow.ticket(1, "pruned", all, inherited, plan.untrained()));
      Ticket ticket = narrow.ticket(1, all, inherited, fineTuning(plan));
      narrow.publish(ticket.withFindings(slimmed.findings()));
      for (Baseline baseline : settings.baselines()) {
        Plan budget = baseline.budget(plan, slimmed.dense(), slimmed.narrow());
        narrow.publish(narrow.ticket(1, Names.word(baseline), all, narrow.initial(1), budget));
      }
    }
  }

  private Plan fineTuning(Plan plan) {
    return settings
        .fineTuning()
        .map(span -> plan.stretched((double) plan.in(span) / plan.total()))
        .orElse(plan);
  }
}
