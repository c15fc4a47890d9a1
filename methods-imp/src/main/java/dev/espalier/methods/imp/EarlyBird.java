// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Early-bird tickets: masks settle long before the weights do, so the ticket is drawn when its mask
 * has stopped changing, and only the ticket is trained on.
 *
 * <p>The dense network is trained with the penalty of network slimming, the gradient of batch
 * norm's gamma += s * sign(gamma), while {@link MaskWatch} watches the mask of every sparsity p. In
 * the epoch e in which one is drawn, the channels it leaves become a narrow network, with their
 * weights of that moment, that is trained from iteration e * perEpoch to T of the same timetable,
 * with the penalty still on and an empty optimizer. A group that would lose all channels keeps the
 * one of its largest scale. The dense training goes on for the sparsities that are left. One that
 * is not drawn by the beginning of the last epoch has no ticket; the trial fails over it when the
 * others are published.
 *
 * <p>Round i is the ticket of the i-th sparsity. Its findings say what all of it cost, in
 * multiply-accumulate operations and as fractions of the dense training: the dense epochs before
 * the draw, and the narrow ones after it. The search is counted in full for every ticket, though
 * several share it. The branch {@code re-init}, as the paper calls it, is the narrow network from
 * newly drawn weights over the whole timetable, with the penalty too, which is unverified. The
 * control {@code reinit} is another thing: it has the ticket's plan, and is there at level weights
 * only, as a narrow network has no mask.
 *
 * <p>Source: You et al., ICLR 2020, arXiv:1909.11957, and its public code: a window of 5 masks, the
 * newest against each of the 4 before; by the paper's text the last 5 recorded distances count.
 * Masks of sparsity p differ in about 2 min(p, 1 - p) of their bits at most, so one of epsilon / 2
 * or less, or of 1 - epsilon / 2 or more, is drawn as soon as the window is full.
 *
 * <p>Differences. With the level {@code weights} masks are of single weights, by magnitude over all
 * layers, and are trained as masks, without penalty; that is ours. A masked network takes as many
 * operations as the dense one, which is what its costs say. Of a residual network only the channels
 * inside of blocks are removed; see {@link ChannelScores#scales}. The variants with 8-bit search
 * (LF, LL) are not there.
 */
public final class EarlyBird implements Method {

  /**
   * The settings.
   *
   * @param sparsities p, a ticket for each
   * @param s the strength of the penalty
   * @param distance epsilon
   * @param window W
   * @param level what masks are of
   * @param reinit whether newly drawn weights are trained too
   */
  public record Settings(
      @Setting(
              value =
                  "p, fractions to remove, rising: a ticket for each, drawn from one training; the"
                      + " paper has 0.1, 0.3, 0.5, 0.7",
              range = "(0, 1)")
          List<Double> sparsities,
      @Setting(
              value = "s, the strength of the penalty on batch norm's scales; of level channels",
              defaults = "1e-4",
              range = "[0, inf)")
          double s,
      @Setting(
              value = "epsilon, the fraction of its bits that a mask may differ in to be drawn",
              defaults = "0.1",
              range = "[0, 1]")
          double distance,
      @Setting(
              value =
                  "how many masks, one an epoch, must be that alike: the newest to each of the"
                      + " others",
              defaults = "5",
              range = "[2, 1000]")
          int window,
      @Setting(
              value = "what is removed: channels, by batch norm's scales, or weights, by magnitude",
              defaults = "channels")
          EarlyBirdLevel level,
      @Setting(
              value =
                  "whether each ticket's network is also trained from newly drawn weights over the"
                      + " whole timetable, as branch re-init",
              defaults = "false")
          boolean reinit) {

    /** Checks the ranges. */
    public Settings {
      sparsities = List.copyOf(sparsities);
      Ranges.check(Settings.class, sparsities, s, distance, window, level, reinit);
      if (sparsities.isEmpty()) {
        throw new IllegalArgumentException("sparsities: found none, allowed is one or more");
      }
      for (int i = 1; i < sparsities.size(); i++) {
        if (sparsities.get(i) <= sparsities.get(i - 1)) {
          throw new IllegalArgumentException(
              "sparsities: found "
                  + sparsities.get(i)
                  + " after "
                  + sparsities.get(i - 1)
                  + ", allowed are rising sparsities");
        }
      }
    }

    /**
     * As in the paper: channels, s = 1e-4, epsilon = 0.1, a window of 5.
     *
     * @param sparsities p, a ticket for each
     */
    public Settings(List<Double> sparsities) {
      this(sparsities, 1e-4, 0.1, 5, EarlyBirdLevel.CHANNELS, false);
    }
  }

  private final Settings settings;

  /**
   * The method with its settings.
   *
   * @param settings the settings
   */
  @Inject
  public EarlyBird(Settings settings) {
    this.settings = settings;
  }

  /**
   * Refuses a network without what the level removes, a sparsity that must leave a group or layer
   * empty, and a window that no training of this length fills.
   */
  @Override
  public void check(Network network, Data data, Plan plan) {
    long begun = lastEpoch(plan) + 1;
    if (settings.window() > begun) {
      throw new IllegalArgumentException(
          "window: found "
              + settings.window()
              + ", allowed is at most "
              + begun
              + ", the epochs that a training of "
              + plan.total()
              + " iterations begins");
    }
    switch (settings.level()) {
      case CHANNELS -> {
        try {
          ChannelScores.withScale(network);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "level: " + e.getMessage() + ", or level = weights", e);
        }
        settings.sparsities().forEach(p -> ChannelScores.check("sparsities", network, p));
      }
      case WEIGHTS -> settings.sparsities().forEach(p -> checkWeights(network, p));
    }
  }

  private static void checkWeights(Network network, double p) {
    long m = network.layers().stream().mapToLong(Layer::size).sum();
    int least = network.layers().size();
    long kept = Math.round((1 - p) * m);
    if (kept < least) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "sparsities: found %s, which keeps %d of the %d weights of %s; allowed is at most %s,"
                  + " one weight for each of its %d layers",
              p,
              kept,
              m,
              network.name(),
              Math.floor(1e6 * (m - least) / m) / 1e6,
              least));
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
      for (Double p : watch.drawn(trained.seen())) {
        draw(settings.sparsities().indexOf(p) + 1, trained, trial);
        undrawn.remove(p);
      }
    }
    if (!undrawn.isEmpty()) {
      throw new TrialFailed(notDrawn(undrawn, trained.seen()));
    }
  }

  /**
   * The last epoch that begins before T, counted from 0: no ticket drawn later could be trained.
   */
  private static long lastEpoch(Plan plan) {
    return (plan.total() - 1) / plan.perEpoch();
  }

  /** How whole networks are trained, wide or narrow. */
  private Parametrization training() {
    return settings.level() == EarlyBirdLevel.CHANNELS
        ? ScalePenalty.of(settings.s())
        : Parametrization.dense();
  }

  /** Draws and trains the ticket of a sparsity, the network being where its mask has settled. */
  private void draw(int round, Trained search, Trial trial) {
    double p = settings.sparsities().get(round - 1);
    Network network = trial.network();
    State state = search.state();
    long k = search.iteration();
    Map<String, String> findings = new LinkedHashMap<>();
    findings.put("sparsity", Double.toString(p));
    findings.put("drawn-at-epoch", Long.toString(k / trial.plan().perEpoch()));
    findings.put("distances", written(MaskWatch.distances(search.seen(), p)));
    switch (settings.level()) {
      case CHANNELS -> {
        SlimmingResult slimmed = SlimmingResult.of(network, state, p);
        Channels channels = slimmed.channels();
        findings.putAll(slimmed.findings());
        try (Network narrow = network.resized(channels.widths())) {
          findings.putAll(costs(trial.plan(), k, slimmed.dense(), slimmed.narrow()));
          Mask whole = Mask.dense(narrow.layers());
          publish(
              new Drawn(round, whole, training(), trial.withNetwork(narrow, state)),
              channels.narrow(state),
              k,
              findings);
        }
      }
      case WEIGHTS -> {
        findings.putAll(costs(trial.plan(), k, Cost.of(network), Cost.of(network)));
        Mask mask = EarlyBirdLevel.largest(network, state, p).derivedFrom(state.origin());
        publish(new Drawn(round, mask, Parametrization.masked(mask), trial), state, k, findings);
      }
    }
  }

  /** What was drawn for a round, and how it is trained. */
  private record Drawn(int round, Mask mask, Parametrization how, Trial trial) {

    Ticket train(String branch, State start, Plan plan) {
      return trial.ticket(round, branch, mask, start, plan, trial.train(start, how, plan));
    }
  }

  private void publish(Drawn drawn, State inherited, long k, Map<String, String> findings) {
    Trial trial = drawn.trial();
    Plan plan = trial.plan();
    trial.publish(drawn.train(Ticket.TICKET, inherited, plan.from(k)).withFindings(findings));
    if (settings.reinit()) {
      trial.publish(drawn.train("re-init", trial.initial(drawn.round()), plan));
    }
  }

  /** What search and training cost, in epochs and as fractions of training the wide network. */
  private static Map<String, String> costs(Plan plan, long k, Cost wide, Cost narrow) {
    double before = (double) k / plan.total();
    double after = (double) (plan.total() - k) / plan.total() * narrow.macs() / wide.macs();
    Map<String, String> costs = new LinkedHashMap<>();
    costs.put("dense-epochs", Double.toString((double) k / plan.perEpoch()));
    costs.put("narrow-epochs", Double.toString((double) (plan.total() - k) / plan.perEpoch()));
    costs.put("dense-cost", Double.toString(before));
    costs.put("narrow-cost", Double.toString(after));
    costs.put("cost", Double.toString(before + after));
    return costs;
  }

  private static String written(Map<Long, Float> distances) {
    return distances.entrySet().stream()
        .map(entry -> "epoch " + entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private String notDrawn(List<Double> undrawn, State seen) {
    return "no early-bird ticket: "
        + undrawn.stream()
            .map(
                p ->
                    "the mask of sparsity "
                        + p
                        + MaskWatch.distances(seen, p).entrySet().stream()
                            .min(Map.Entry.comparingByValue())
                            .map(
                                closest ->
                                    " came as close as "
                                        + closest.getValue()
                                        + " in epoch "
                                        + closest.getKey())
                            .orElse(
                                " kept nothing in any epoch that could be judged, as all"
                                    + " scales were equal"))
            .collect(Collectors.joining(", "))
        + "; allowed is a distance of "
        + settings.distance()
        + " to each of the "
        + (settings.window() - 1)
        + " masks before. Train for more epochs, or with a larger distance or a smaller window";
  }
}
