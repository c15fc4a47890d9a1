// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Findings;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Pruning from scratch: finds a structure on random weights and trains it from other random
 * weights. No weight is trained before pruning.
 *
 * <pre>
 * A  learn gates lambda on the channels of a wider network whose random weights stay, see
 *    {@link Gates}; after every epoch measure on the validation examples, and take the gates of
 *    best accuracy among the epochs with density, the share of gates not 0, of at most r, or those
 *    of the last epoch if there is none
 * B  keep the k channels of the largest gates, over all groups, at least one of each; k is the
 *    largest for which MAC(k) &lt;= budget * MAC_full, of the network that was not widened
 * C  draw new weights of that narrow network and train them, for T iterations or, the paper's -B,
 *    T * MAC_full / MAC(k)
 * </pre>
 *
 * <p>The ticket of round 1 is the narrow network, which keeps all its weights. Gates are learned on
 * draw 0 of the initial weights; the ticket starts from draw 1.
 *
 * <p>Source: Wang et al., AAAI 2020, arXiv:1909.12579, section 3, and its code, which differs. The
 * code bisects on the share of channels, at most 10 times or to 0.1 % of the budget, and takes the
 * last network. This network may be over the budget or have a layer without channels; Espalier
 * takes the largest network that is not over the budget. In the code the sort decides which of
 * equal gates are kept, and many are exactly 0 or 1; Espalier keeps the first, group after group.
 * The code counts the inputs of average pooling as MACs; see {@link Cost}. It trains the narrow
 * network on the validation examples too; Espalier excludes them, so that all tickets are trained
 * on the same examples. Its -B divides the epochs by the requested budget, that of Espalier by the
 * reached one; its learning rate drops an epoch early. The sums of residual blocks have no gates,
 * and keep their widened width.
 */
public final class PruningFromScratch implements Method {

  /**
   * The settings.
   *
   * @param expansion the factor on all widths while gates are learned
   * @param density r
   * @param balance gamma
   * @param epochs the length of gate learning, in epochs
   * @param learningRate of Adam on the gates
   * @param budget MACs of the narrow network, as a fraction of MAC_full
   * @param longer whether the narrow network is trained for as many MACs as the dense one
   * @param preTraining the length of the training of weights before gates are learned
   * @param train whether the narrow network is trained
   */
  public record Settings(
      @Setting(
              value =
                  "factor on all widths while gates are learned: 80/64 in the paper, 1 for"
                      + " no expansion",
              defaults = "1.25",
              range = "[1, inf)")
          double expansion,
      @Setting(
              value =
                  "r, target mean of the gates, and largest share of nonzero gates in an"
                      + " epoch that is chosen",
              defaults = "0.2",
              range = "(0, 1]")
          double density,
      @Setting(
              value = "gamma, weight of the penalty (mean gate - r)^2 in the loss",
              defaults = "0.5",
              range = "[0, inf)")
          double balance,
      @Setting(value = "epochs of gate learning", defaults = "10", range = "[1, 1000000]")
          int epochs,
      @Setting(
              value =
                  "learning rate of Adam on the gates, constant; the batch size is that of"
                      + " the training",
              defaults = "0.01",
              range = "(0, inf)")
          double learningRate,
      @Setting(
              value =
                  "largest MACs of the narrow network, as a fraction of the unexpanded"
                      + " network's MACs; 1 - p in the paper",
              defaults = "0.3",
              range = "(0, 1]")
          double budget,
      @Setting(
              value =
                  "whether the narrow network trains for the MACs of the dense one, over"
                      + " more epochs: -B in the paper",
              defaults = "false")
          boolean longer,
      @Setting(
              value =
                  "training of the weights before gates are learned: iterations, or \"20"
                      + " epochs\"; 0 is pruning from scratch",
              defaults = "0",
              range = "[0, inf)")
          Span preTraining,
      @Setting(
              value =
                  "whether the narrow network is trained; if not, it is measured as initialised",
              defaults = "true")
          boolean train) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      Ranges.check(
          Settings.class,
          expansion,
          density,
          balance,
          epochs,
          learningRate,
          budget,
          longer,
          preTraining,
          train);
    }

    /**
     * Creates settings as in the paper on CIFAR-10.
     *
     * @param budget MACs of the narrow network, as a fraction of MAC_full
     */
    public Settings(double budget) {
      this(1.25, 0.2, 0.5, 10, 0.01, budget, false, Span.iterations(0), true);
    }
  }

  /** The result of phases A and B: channels, learned state and findings. */
  private record Structure(Channels channels, State learned, Map<String, String> findings) {}

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public PruningFromScratch(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    if (data.validation().size() == 0) {
      refusals.add(
          "id",
          "pruning-from-scratch without validation examples",
          "data with validation examples, by which gates are chosen",
          "Set data.validation above 0");
    }
    Metric metric = data.metrics().get(0);
    if (metric.direction() == Metric.Direction.LOWER) {
      refusals.add(
          "id",
          "pruning-from-scratch by " + metric.name() + ", which is better if lower",
          "a metric that is better if higher, as gates of the largest value are chosen",
          "Set data.objective.metric to one such as r2");
    }
    long k = plan.in(settings.preTraining());
    if (k > plan.total()) {
      refusals.add(
          "pre-training",
          "iteration " + k,
          "at most the " + plan.total() + " iterations of the training");
    }
    if (Gates.groups(network).isEmpty()) {
      refusals.add(
          "id",
          "pruning-from-scratch of "
              + network.name()
              + (network.groups().isEmpty()
                  ? ", which names no groups of channels"
                  : ", none of whose groups of channels has a place for a gate"),
          "a network with channels, such as vgg-11 or resnet-20");
    } else {
      ChannelScores.warn(network, Gates.groups(network), "a place for one gate", "id", refusals);
      checkBudget(network, refusals);
    }
  }

  private void checkBudget(Network network, Refusals refusals) {
    Widths wide = Widths.times(settings.expansion());
    List<String> gated = Gates.groups(network).stream().map(Group::name).toList();
    long least =
        Cost.of(network, (group, usual) -> gated.contains(group) ? 1 : wide.of(group, usual))
            .macs();
    long full = Cost.of(network).macs();
    if (least > settings.budget() * full) {
      refusals.add(
          "budget",
          settings.budget(),
          "at least "
              + Math.ceil(1e4 * least / full) / 1e4
              + ", the cost of "
              + network.name()
              + " at expansion "
              + settings.expansion()
              + " with one channel for each group of gates");
    }
  }

  @Override
  public void run(Trial trial) {
    long full = Cost.of(trial.network()).macs();
    Structure structure = structure(trial, full);
    try (Network network = trial.network().resized(structure.channels().widths())) {
      Trial narrow = trial.withNetwork(network, structure.learned());
      narrow.publish(phaseC(narrow, full).withFindings(structure.findings()));
    }
  }

  private Structure structure(Trial trial, long full) {
    if (settings.expansion() == 1) {
      return phaseB(trial.network(), phaseA(trial), full);
    }
    try (Network wide = trial.network().resized(Widths.times(settings.expansion()))) {
      return phaseB(wide, phaseA(trial.withNetwork(wide)), full);
    }
  }

  /** Learns gates. */
  private Trained phaseA(Trial trial) {
    Network network = trial.network();
    Plan plan = trial.plan();
    Plan before = plan.until(plan.in(settings.preTraining()));
    State weights = trial.train(trial.initial(), Parametrization.dense(), before).state();
    Gates gates = Gates.of(network, weights, settings.density(), settings.balance());
    Training training =
        new Training(
            new Adam(settings.learningRate()),
            new Constant(),
            Span.iterations(0),
            plan.training().batchSize(),
            Span.epochs(settings.epochs()),
            Span.epochs(1),
            plan.training().lastBatch());
    long length = settings.epochs() * plan.perEpoch();
    return trial.train(
        Trained.begin(network, weights, gates, 0),
        gates,
        new Plan(training, plan.perEpoch(), 0, length),
        new BestGates(settings.density()));
  }

  /** Chooses gates, and removes channels down to the budget. */
  private Structure phaseB(Network network, Trained learned, long full) {
    BestGates.Memory memory = learned.memory(BestGates.Memory.class).orElseThrow();
    Tensor last = learned.variables().get(Gates.GATES);
    Tensor lambda = memory.choice().map(BestGates.Choice::gates).orElse(last);
    double budget = settings.budget() * full;
    Channels channels = largest(network, lambda, budget);
    Findings findings =
        choice(memory, lambda, learned.history())
            .add("macs-of-dense", full)
            .add("macs-allowed", (long) budget)
            .add("macs", Cost.of(network, channels.widths()).macs())
            .add("channels", channels.toString());
    return new Structure(channels, learned.state(), findings.map());
  }

  /** Adds the epoch of the chosen gates to the findings; the last epoch if none had density r. */
  private Findings choice(BestGates.Memory memory, Tensor lambda, History history) {
    int epoch = memory.choice().map(BestGates.Choice::epoch).orElse(settings.epochs());
    Findings findings = new Findings().add("gates-epoch", epoch);
    if (memory.choice().isEmpty()) {
      findings.add(
          "gates-fallback",
          "no epoch had density <= " + settings.density() + ": those of the last");
    }
    return findings
        .add("gates-density", BestGates.open(lambda))
        .add("gates-mean", BestGates.mean(lambda))
        .add("gates-validation-accuracy", accuracy(history, epoch))
        .add("gates-by-epoch", byEpoch(memory, history));
  }

  /**
   * Returns the channels of the k largest gates; k by bisection, as MAC(k) does not fall where k
   * rises.
   */
  static Channels largest(Network network, Tensor lambda, double budget) {
    ChannelScores gates = new ChannelScores(network.groups(), Gates.groups(network), lambda);
    int k = 0;
    int tooMany = lambda.size() + 1;
    while (tooMany - k > 1) {
      int middle = (k + tooMany) >>> 1;
      long macs = Cost.of(network, gates.largest(middle).widths()).macs();
      if (macs <= budget) {
        k = middle;
      } else {
        tooMany = middle;
      }
    }
    return gates.largest(k);
  }

  private static String byEpoch(BestGates.Memory memory, History history) {
    return IntStream.range(1, memory.densities().size())
        .mapToObj(
            epoch ->
                String.format(
                    Locale.ROOT,
                    "%d: density %.4f, accuracy %.4f",
                    epoch,
                    memory.densities().get(epoch),
                    accuracy(history, epoch)))
        .collect(Collectors.joining("; "));
  }

  private static double accuracy(History history, int epoch) {
    return history.points().get(epoch - 1).validation().score();
  }

  /** Trains the narrow network from other weights. */
  private Ticket phaseC(Trial narrow, long full) {
    Plan plan = narrow.plan();
    if (!settings.train()) {
      plan = plan.untrained();
    } else if (settings.longer()) {
      plan = plan.stretched((double) full / Cost.of(narrow.network()).macs());
    }
    return narrow.ticket(1, narrow.dense(), narrow.initial(1), plan);
  }
}
