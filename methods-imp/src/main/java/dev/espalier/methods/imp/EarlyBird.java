// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Findings;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.OneEach;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.structure.ScalePenalty;
import dev.espalier.api.structure.SlimmingResult;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Early-bird tickets: draws the ticket when its mask is stable, and trains only the ticket from
 * there. Masks become stable long before the weights do.
 *
 * <p>The dense network is trained with the penalty of network slimming, the gradient of batch
 * norm's gamma += s * sign(gamma), while {@link MaskWatch} compares the masks of every sparsity p.
 * In the epoch e of a draw, the kept channels become a narrow network with their current weights.
 * This network is trained from iteration e * perEpoch to T of the same timetable, with the penalty
 * and an empty optimizer. A group that would lose all channels keeps the one of its largest scale.
 * The dense training continues for the remaining sparsities. A sparsity that is not drawn by the
 * beginning of the last epoch has no ticket; the trial fails after it has published the others.
 *
 * <p>Round i is the ticket of the i-th sparsity. Its findings are the cost of the dense epochs
 * before the draw and of the narrow ones after it. The cost is in multiply-accumulate operations
 * and in fractions of the dense training. The search is counted in full for every ticket, although
 * several share it. The branch {@code re-init}, the name in the paper, is the narrow network from
 * newly drawn weights over the whole timetable, with the penalty too, as in the public script. The
 * control {@code reinit} differs: it has the ticket's plan, and exists at level weights only,
 * because a narrow network has no mask.
 *
 * <p>Source: You et al., ICLR 2020, arXiv:1909.11957, and its public code: a window of 5 masks, the
 * newest against each of the previous 4. By the paper's text the last 5 recorded distances count.
 * Masks of sparsity p differ in about 2 min(p, 1 - p) of their bits at most. So a sparsity of
 * epsilon / 2 or less, or of 1 - epsilon / 2 or more, is drawn as soon as the window is full.
 *
 * <p>Differences. Espalier adds the level {@code weights}: masks of single weights, by magnitude
 * over all layers, which are trained as masks, without penalty. The cost of a masked network is
 * that of the dense one. Of a residual network only the channels inside of blocks are removed; see
 * {@link ChannelScores#scales}. The variants with 8-bit search (LF, LL) are not implemented.
 */
public final class EarlyBird implements Method {

  /**
   * The settings.
   *
   * @param sparsities p, a ticket for each
   * @param s the strength of the penalty
   * @param distance epsilon
   * @param window W
   * @param level the unit of a mask bit
   * @param reinit whether newly drawn weights are trained too
   */
  public record Settings(
      @Setting(
              value =
                  "p, fractions to remove, rising: one ticket each, drawn from one"
                      + " training; in the paper 0.1, 0.3, 0.5, 0.7",
              range = "(0, 1)")
          List<Double> sparsities,
      @Setting(
              value =
                  "s, strength of the L1 penalty on batch-norm scales; used with level channels",
              defaults = "1e-4",
              range = "[0, inf)")
          double s,
      @Setting(
              value = "epsilon, largest fraction of different mask bits at which a ticket is drawn",
              defaults = "0.1",
              range = "[0, 1]")
          double distance,
      @Setting(
              value =
                  "number of masks to compare, one per epoch: the newest with each of the others",
              defaults = "5",
              range = "[2, 1000]")
          int window,
      @Setting(
              value = "what is removed: channels by batch-norm scale, or weights by magnitude",
              defaults = "channels")
          Granularity level,
      @Setting(
              value =
                  "whether to also train each ticket's network from new weights over the"
                      + " whole timetable, as branch re-init",
              defaults = "false")
          boolean reinit) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      sparsities = List.copyOf(sparsities);
      Ranges.check(Settings.class, sparsities, s, distance, window, level, reinit);
      if (sparsities.isEmpty()) {
        throw new RefusedException("sparsities", "none", "one or more");
      }
      for (int i = 1; i < sparsities.size(); i++) {
        if (sparsities.get(i) <= sparsities.get(i - 1)) {
          throw new RefusedException(
              "sparsities",
              sparsities.get(i) + " after " + sparsities.get(i - 1),
              "a list of rising sparsities");
        }
      }
    }

    /**
     * Creates settings as in the paper: channels, s = 1e-4, epsilon = 0.1, a window of 5.
     *
     * @param sparsities p, a ticket for each
     */
    public Settings(List<Double> sparsities) {
      this(sparsities, 1e-4, 0.1, 5, Granularity.CHANNELS, false);
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public EarlyBird(Settings settings) {
    this.settings = settings;
  }

  /**
   * Refuses a network without the units of the level, a sparsity that must empty a group or layer,
   * and a window that no training of this length fills.
   */
  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    long begun = lastEpoch(plan) + 1;
    if (settings.window() > begun) {
      refusals.add(
          "window",
          settings.window(),
          "at most "
              + begun
              + ", the epochs that a training of "
              + plan.total()
              + " iterations begins");
    }
    if (settings.level() == Granularity.CHANNELS) {
      ChannelScores.check(network, "level", "Or choose level = weights", refusals);
      settings.sparsities().forEach(p -> ChannelScores.check(network, p, "sparsities", refusals));
    } else {
      OneEach weights = OneEach.weights(network, network.layers());
      for (double p : settings.sparsities()) {
        long kept = Math.round((1 - p) * weights.total());
        weights.check("sparsities", p, kept, "at most " + weights.mostRemoved(), refusals);
      }
    }
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    State start = trial.initial();
    Parametrization how = training();
    Plan search = plan.until(lastEpoch(plan) * plan.perEpoch());
    Trained trained = Trained.begin(trial.network(), start, how, 0);
    List<Double> undrawn = new ArrayList<>(settings.sparsities());
    while (!undrawn.isEmpty() && trained.iteration() < search.until()) {
      MaskWatch watch =
          new MaskWatch(
              settings.level(), undrawn, settings.distance(), settings.window(), plan.perEpoch());
      trained = trial.train(trained, how, search.from(trained.iteration()), watch);
      for (Double p : watch.drawn(trained)) {
        draw(settings.sparsities().indexOf(p) + 1, trained, trial);
        undrawn.remove(p);
      }
    }
    if (!undrawn.isEmpty()) {
      throw new TrialFailed(notDrawn(undrawn, trained));
    }
  }

  /**
   * Returns the last epoch that begins before T, counted from 0; a later ticket could not be
   * trained.
   */
  private static long lastEpoch(Plan plan) {
    return (plan.total() - 1) / plan.perEpoch();
  }

  /** Returns the parametrization of unmasked networks, wide or narrow. */
  private Parametrization training() {
    return settings.level() == Granularity.CHANNELS
        ? ScalePenalty.of(settings.s())
        : Parametrization.dense();
  }

  /** Draws the ticket of a sparsity from the network in which its mask is stable. */
  private void draw(int round, Trained search, Trial trial) {
    double p = settings.sparsities().get(round - 1);
    Network network = trial.network();
    State state = search.state();
    long k = search.iteration();
    MaskWatch.Fifo fifo = MaskWatch.memory(search).of(p);
    Findings findings =
        new Findings()
            .add("sparsity", p)
            .add("drawn-at-epoch", k / trial.plan().perEpoch())
            .add("distances", fifo.written());
    switch (settings.level()) {
      case CHANNELS -> {
        SlimmingResult slimmed = SlimmingResult.of(network, state, p);
        Channels channels = slimmed.channels();
        findings.addAll(slimmed.findings());
        addCosts(findings, trial.plan(), k, slimmed.dense(), slimmed.narrow());
        try (Network narrow = network.resized(channels.widths())) {
          Mask whole = Mask.dense(narrow.layers());
          publish(
              new DrawnTicket(round, whole, training(), trial.withNetwork(narrow, state)),
              channels.narrow(state),
              k,
              findings);
        }
      }
      case WEIGHTS -> {
        Cost cost = Cost.of(network);
        addCosts(findings, trial.plan(), k, cost, cost);
        Mask mask = Granularity.largest(network, state, p).derivedFrom(state.origin());
        publish(
            new DrawnTicket(round, mask, Parametrization.masked(mask), trial), state, k, findings);
      }
    }
  }

  /** The network and mask drawn for a round, and their parametrization. */
  private record DrawnTicket(int round, Mask mask, Parametrization how, Trial trial) {

    Ticket train(String branch, State start, Plan plan) {
      return trial.ticket(round, branch, mask, start, plan, trial.train(start, how, plan));
    }
  }

  private void publish(DrawnTicket drawn, State inherited, long k, Findings findings) {
    Trial trial = drawn.trial();
    Plan plan = trial.plan();
    trial.publish(drawn.train(Ticket.TICKET, inherited, plan.from(k)).withFindings(findings.map()));
    if (settings.reinit()) {
      trial.publish(drawn.train("re-init", trial.initial(drawn.round()), plan));
    }
  }

  /** Adds the cost of search and training, in epochs and as fractions of the dense training. */
  private static void addCosts(Findings findings, Plan plan, long k, Cost wide, Cost narrow) {
    double before = (double) k / plan.total();
    double after = (double) (plan.total() - k) / plan.total() * narrow.macs() / wide.macs();
    findings
        .add("dense-epochs", (double) k / plan.perEpoch())
        .add("narrow-epochs", (double) (plan.total() - k) / plan.perEpoch())
        .add("dense-cost", before)
        .add("narrow-cost", after)
        .add("cost", before + after);
  }

  private String notDrawn(List<Double> undrawn, Trained trained) {
    MaskWatch.Memory memory = MaskWatch.memory(trained);
    return "no early-bird ticket: "
        + undrawn.stream()
            .map(p -> "the mask of sparsity " + p + closest(memory.of(p)))
            .collect(Collectors.joining(", "))
        + "; allowed is a distance of "
        + settings.distance()
        + " to each of the "
        + (settings.window() - 1)
        + " masks before. Train for more epochs, or with a larger distance or a smaller window";
  }

  private static String closest(MaskWatch.Fifo fifo) {
    return fifo.smallest()
        .map(least -> " came as close as " + least.largest() + " in epoch " + least.epoch())
        .orElse(" kept nothing in any epoch that could be judged, as all scales were equal");
  }
}
