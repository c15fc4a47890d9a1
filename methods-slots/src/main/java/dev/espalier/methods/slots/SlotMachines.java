// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Method;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Sgd;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Slot machines: selects one of K fixed random values for every connection; see {@link Slots}. The
 * experiment's training trains the scores.
 *
 * <p>M. Aladago, L. Torresani, "Slot Machines: Discovering Winning Combinations of Random Weights
 * in Neural Networks", ICML 2021, arXiv:2101.06475.
 *
 * <p>The ticket is the network that the highest scores select, an ordinary dense one. With {@link
 * Selection#SAMPLING} the branch {@code drawn} is the measurement of networks drawn by the scores;
 * the authors' code measures those while it trains.
 *
 * <p>With fine-tuning, the selection is learned up to iteration E and its weights from there to T.
 * The ticket is the network at T. The branch {@code slots} is the selection at E. The branch {@code
 * learned} has the weights of the initial random network of the slots, trained for all T
 * iterations. All of them have the same number of steps and the same pool of values.
 */
public final class SlotMachines implements Method {

  /**
   * The settings.
   *
   * @param k K
   * @param selection rho
   * @param values the sharing and the storage of the K values
   * @param sigma the bound of the values
   * @param lambdaConvolution lambda of convolutions
   * @param lambdaLinear lambda of linear layers
   * @param draws the number of networks that are drawn and measured, when sampling
   * @param fineTuning the training of the weights afterwards; none if empty
   */
  public record Settings(
      @Setting(
              value = "K, random values per connection to choose from; 1 is the random network",
              defaults = "8",
              range = "[1, 1024]")
          int k,
      @Setting(
              value =
                  "value that training uses: greedy, of the highest score, or sampling,"
                      + " drawn by the softmax of the scores",
              defaults = "greedy")
          Selection selection,
      @Setting(
              value =
                  "sharing of the K values: per-connection, per-layer or network;"
                      + " regenerated is per-connection, computed when needed and not stored",
              defaults = "per-connection")
          Values values,
      @Setting(
              value =
                  "sigma of the values U(-sigma, sigma): bound of glorot-uniform (public"
                      + " code) or standard deviation of glorot-normal (paper); the mean is"
                      + " subtracted from shared values",
              defaults = "glorot-uniform")
          Sigma sigma,
      @Setting(
              value = "lambda of convolutions: initial scores are U(0, lambda * sigma)",
              defaults = "1",
              range = "(0, inf)")
          double lambdaConvolution,
      @Setting(
              value = "lambda of linear layers; 0.1 in the paper, 1 in the public code",
              defaults = "1",
              range = "(0, inf)")
          double lambdaLinear,
      @Setting(
              value = "number of networks that sampling draws for the final measurement",
              defaults = "10",
              range = "[1, 10000]")
          int draws,
      @Setting("ordinary training of the selected weights afterwards; none by default")
          Optional<FineTuning> fineTuning) {

    /** Creates the settings and checks the ranges. */
    public Settings {
      Ranges.check(
          Settings.class,
          k,
          selection,
          values,
          sigma,
          lambdaConvolution,
          lambdaLinear,
          draws,
          fineTuning);
    }

    /**
     * Creates settings of greedy selection among separate values of each connection, with the
     * public code's sigma and lambda.
     *
     * @param k K
     */
    public Settings(int k) {
      this(
          k,
          Selection.GREEDY,
          Values.PER_CONNECTION,
          Sigma.GLOROT_UNIFORM,
          1,
          1,
          10,
          Optional.empty());
    }
  }

  /**
   * The training of weights after their selection; batches and length are those of the experiment.
   *
   * @param after E
   * @param optimizer the update rule of the weights
   * @param learningRateSchedule the schedule on the timetable from 0 to T, of which fine-tuning is
   *     the end
   */
  public record FineTuning(
      @Setting(
              value =
                  "E, start of fine-tuning: iterations, or \"100 epochs\"; the total"
                      + " length stays the same",
              range = "[1, inf)")
          Span after,
      @Setting("the update rule of the weights, with its learning rate") Optimizer optimizer,
      @Setting(
              value = "schedule of that rate, on the timetable of the whole training",
              defaults = "{ id = constant }")
          LearningRateSchedule learningRateSchedule) {

    /** Creates the settings and checks the range. */
    public FineTuning {
      Ranges.check(FineTuning.class, after, optimizer, learningRateSchedule);
    }

    /** Returns the timetable of the scores as one of the weights. */
    private Plan plan(Plan scores) {
      Training training = scores.training();
      Training weights =
          new Training(
              optimizer,
              learningRateSchedule,
              Span.iterations(0),
              training.batchSize(),
              training.iterations(),
              training.evaluateEvery(),
              training.lastBatch());
      return new Plan(weights, scores.perEpoch(), scores.from(), scores.until());
    }
  }

  private final Settings settings;

  /**
   * Creates the method.
   *
   * @param settings the settings
   */
  @Inject
  public SlotMachines(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void check(Network network, Data data, Plan plan, Refusals refusals) {
    Optimizer optimizer = plan.training().optimizer();
    if (!optimizer.isLinear()) {
      // An adaptive rate divides by each slot's own gradients: the scores have no common form.
      refusals.add(
          "id",
          "slots under the optimizer " + optimizer.getClass().getSimpleName(),
          "a linear optimizer, under which the scores of a connection remain a * S(0) + W * Z",
          "Set training.optimizer.id = sgd");
    }
    if (settings.selection() == Selection.GREEDY
        && optimizer instanceof Sgd sgd
        && !keepsAPositive(sgd)) {
      refusals.add(
          "id",
          "greedy slots with a rate times decay of " + sgd.learningRate() * sgd.weightDecay(),
          "at most (1 - momentum)^2 / (2 + 2 momentum), so that the factor of the first scores does"
              + " not turn negative",
          "Choose a smaller training.optimizer.weight-decay or learning-rate");
    }
    settings.fineTuning().ifPresent(tuning -> refusals.collect(() -> e(tuning, plan)));
  }

  /**
   * Returns whether a stays above 0, where the envelope is valid, at any rate up to the
   * optimizer's. With r the ratio of a's velocity to a, r at most 2 decay / (1 - mu) gives such an
   * r in the next step, and an a above 0, if rate * decay is at most (1 - mu)^2 / (2 (1 + mu)).
   */
  private static boolean keepsAPositive(Sgd sgd) {
    double mu = sgd.momentum();
    return sgd.learningRate() * sgd.weightDecay() <= (1 - mu) * (1 - mu) / (2 * (1 + mu));
  }

  @Override
  public void run(Trial trial) {
    Plan plan = trial.plan();
    Slots slots =
        new Slots(
            settings.k(),
            settings.selection(),
            settings.values(),
            settings.sigma(),
            settings.lambdaConvolution(),
            settings.lambdaLinear(),
            trial.seed());
    State start = trial.initial();
    Optional<FineTuning> fineTuning = settings.fineTuning();
    if (fineTuning.isEmpty()) {
      Trained selected = trial.train(start, slots, plan);
      publishSelected(Ticket.TICKET, selected, trial);
      publishDrawn(slots, selected, trial);
      return;
    }
    long e = e(fineTuning.get(), plan);
    Plan weights = fineTuning.get().plan(plan);
    Trained selected = trial.train(start, slots, plan.until(e));
    trial.publish(trial.ticket(0, trial.dense(), selected.state(), weights.from(e)));
    List<Trained> measurement = List.of(trial.measure(selected.state()));
    publishSelected("slots", measured(selected, measurement), trial);
    publishDrawn(slots, selected, trial);
    State random = slots.selected(trial.network(), start, slots.variables(trial.network(), start));
    trial.publish(trial.ticket(0, "learned", trial.dense(), random, weights));
  }

  private static void publishSelected(String branch, Trained measured, Trial trial) {
    trial.publish(
        trial.ticket(
            0, branch, trial.dense(), measured.state(), trial.plan().untrained(), measured));
  }

  /** Publishes networks drawn by the scores: the first, with the mean accuracy of all. */
  private void publishDrawn(Slots slots, Trained selected, Trial trial) {
    if (settings.selection() == Selection.GREEDY) {
      return;
    }
    List<Trained> draws = new ArrayList<>();
    for (int draw = 0; draw < settings.draws(); draw++) {
      RandomStream random = trial.seed().stream("draws", draw);
      State drawn = slots.drawn(trial.network(), selected.state(), selected.variables(), random);
      draws.add(trial.measure(drawn));
    }
    publishSelected("drawn", measured(selected, draws), trial);
  }

  /** Returns the selection as the first of some measurements, with their mean as its only point. */
  private static Trained measured(Trained selected, List<Trained> measurements) {
    History.Point mean =
        new History.Point(
            selected.iteration(),
            Evaluation.NONE,
            mean(measurements, History.Point::validation),
            mean(measurements, History.Point::test));
    return selected.with(measurements.get(0).state(), History.EMPTY.with(mean));
  }

  private static Evaluation mean(
      List<Trained> draws, Function<History.Point, Evaluation> examples) {
    List<Evaluation> each =
        draws.stream().flatMap(drawn -> drawn.history().last().stream()).map(examples).toList();
    List<Double> values =
        IntStream.range(0, each.stream().mapToInt(one -> one.values().size()).min().orElse(0))
            .mapToObj(metric -> mean(each, one -> one.values().get(metric)))
            .toList();
    return new Evaluation(mean(each, Evaluation::loss), values);
  }

  private static double mean(List<Evaluation> each, ToDoubleFunction<Evaluation> value) {
    return each.stream().mapToDouble(value).average().orElse(Double.NaN);
  }

  /** Returns E in iterations. */
  private static long e(FineTuning fineTuning, Plan plan) {
    return plan.iteration("fine-tuning.after", fineTuning.after());
  }
}
