// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.slots.SlotMachines.FineTuning;
import dev.espalier.methods.slots.SlotMachines.Settings;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SlotMachinesTest {

  private static final Data DATA = TinyProblem.data(300, 50, 200);
  private static final double CHANCE = 1.0 / TinyProblem.CLASSES;

  private static Training training(double rate) {
    return new Training(
        new Sgd(rate, 0.9, false, 1e-4, List.of()),
        new Constant(),
        Span.iterations(0),
        25,
        Span.epochs(40),
        Span.epochs(5));
  }

  private static Settings settings(
      int k, Selection selection, Values values, Optional<FineTuning> fineTuning) {
    return new Settings(k, selection, values, Sigma.GLOROT_UNIFORM, 1, 1, 4, fineTuning);
  }

  /** Two linear layers without biases, of 16 to 40 to 3. */
  static Network wide() {
    NamedBlocks block =
        new NamedBlocks()
            .add(Blocks.batchFlattenBlock())
            .add("fc", Linear.builder().setUnits(40).optBias(false).build())
            .add(Activation::relu)
            .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).optBias(false).build());
    return Network.builder("wide", block, TinyProblem.INPUT).build();
  }

  private static List<Ticket> tickets(Settings settings, double rate) {
    try (Network network = wide();
        LocalTrial trial = new LocalTrial(network, DATA, training(rate), new Seed(1, 0))) {
      new SlotMachines(settings).run(trial);
      return trial.tickets();
    }
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  @ParameterizedTest
  @EnumSource(Values.class)
  void selectionAloneLearnsFarAboveChance(Values values) {
    List<Ticket> tickets = tickets(settings(8, Selection.GREEDY, values, Optional.empty()), 0.2);
    assertThat(tickets).extracting(Ticket::branch).containsExactly(Ticket.TICKET);
    Ticket ticket = tickets.get(0);
    assertThat(accuracy(ticket)).isGreaterThan(CHANCE + 0.4);
    assertThat(ticket.mask().isDense()).isTrue();
    assertThat(ticket.start()).isEqualTo(ticket.trained().state());
    assertThat(ticket.plan().from()).isEqualTo(ticket.plan().until());
  }

  @Test
  void samplingLearnsTooAndItsDrawsAreMeasuredApart() {
    List<Ticket> tickets =
        tickets(settings(4, Selection.SAMPLING, Values.PER_CONNECTION, Optional.empty()), 25);
    assertThat(tickets).extracting(Ticket::branch).containsExactly(Ticket.TICKET, "drawn");
    assertThat(accuracy(tickets.get(0))).isGreaterThan(CHANCE + 0.3);
    Evaluation drawn = tickets.get(1).trained().history().last().orElseThrow().test();
    assertThat(drawn.score()).isGreaterThan(CHANCE + 0.2);
    assertThat(drawn.score() * 800 % 1).isCloseTo(0, within(1e-9)); // a mean of four draws
    assertThat(tickets.get(1).start()).isNotEqualTo(tickets.get(0).start());
  }

  @Test
  void fineTuningGoesOnFromTheSelectionAndCostsWhatTheLearnedBaselineCosts() {
    FineTuning fineTuning =
        new FineTuning(Span.epochs(10), new Sgd(0.05, 0.9, false, 0, List.of()), new Constant());
    Settings settings =
        settings(8, Selection.GREEDY, Values.PER_CONNECTION, Optional.of(fineTuning));
    List<Ticket> tickets = tickets(settings, 0.2);
    assertThat(tickets)
        .extracting(Ticket::branch)
        .containsExactly(Ticket.TICKET, "slots", "learned");
    Ticket ticket = tickets.get(0);
    Ticket slots = tickets.get(1);
    Ticket learned = tickets.get(2);
    assertThat(ticket.start()).isEqualTo(slots.start()).isEqualTo(slots.trained().state());
    assertThat(ticket.plan().from()).isEqualTo(slots.trained().iteration()).isEqualTo(120);
    assertThat(learned.plan().from()).isZero();
    assertThat(ticket.trained().iteration())
        .isEqualTo(learned.trained().iteration())
        .isEqualTo(480);
    assertThat(accuracy(ticket)).isGreaterThanOrEqualTo(accuracy(slots)).isGreaterThan(0.9);
    assertThat(accuracy(learned)).isGreaterThan(0.9);
    try (Network network = wide();
        LocalTrial trial = new LocalTrial(network, DATA, training(0.2), new Seed(1, 0))) {
      Slots same =
          new Slots(
              8, Selection.GREEDY, Values.PER_CONNECTION, Sigma.GLOROT_UNIFORM, 1, 1, trial.seed());
      assertThat(learned.start())
          .isEqualTo(trial.train(trial.initial(), same, trial.plan().until(0)).state());
    }
  }

  @Test
  void theSelectedNetworkIsAnOrdinaryOneOfEqualAccuracy() throws TranslateException {
    try (Network network = wide();
        LocalTrial trial = new LocalTrial(network, DATA, training(0.2), new Seed(1, 0))) {
      new SlotMachines(new Settings(8)).run(trial);
      Ticket ticket = trial.tickets().get(0);
      network.load(ticket.start());
      try (Model model = Model.newInstance("exported")) {
        model.setBlock(network.block());
        try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator(null))) {
          int size = DATA.test().size();
          float[] pixels = new float[size * 16];
          ByteBuffer bytes = (ByteBuffer) DATA.test().features().values();
          for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (bytes.get(i) & 0xff) / 255f;
          }
          NDList input = new NDList(model.getNDManager().create(pixels, new Shape(size, 1, 4, 4)));
          long[] found = predictor.predict(input).singletonOrThrow().argMax(1).toLongArray();
          int right = 0;
          for (int i = 0; i < size; i++) {
            right += found[i] == DATA.test().labels()[i] ? 1 : 0;
          }
          assertThat((double) right / size).isEqualTo(accuracy(ticket));
        }
      }
    }
  }

  @Test
  void theSameSeedGivesTheSameTickets() {
    Settings settings = settings(4, Selection.SAMPLING, Values.NETWORK, Optional.empty());
    assertThat(tickets(settings, 5)).isEqualTo(tickets(settings, 5));
  }

  @Test
  void refusesToFineTuneAfterTheEnd() {
    FineTuning never = new FineTuning(Span.epochs(40), new Sgd(0.1), new Constant());
    SlotMachines method =
        new SlotMachines(settings(8, Selection.GREEDY, Values.PER_LAYER, Optional.of(never)));
    Plan plan = Plan.of(training(0.1), 300);
    try (Network network = TinyProblem.linear()) {
      assertThatThrownBy(
              () -> Refusals.require(refusals -> method.check(network, DATA, plan, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("fine-tuning.after: found iteration 480", "less than the 480");
    }
  }

  private static String refusal(Selection selection, Optimizer optimizer) {
    Training training =
        new Training(
            optimizer, new Constant(), Span.iterations(0), 25, Span.epochs(40), Span.epochs(5));
    Refusals refusals = new Refusals();
    try (Network network = TinyProblem.linear()) {
      new SlotMachines(settings(8, selection, Values.PER_LAYER, Optional.empty()))
          .check(network, DATA, Plan.of(training, 300), refusals);
    }
    return refusals.all().toString();
  }

  @Test
  void refusesAnOptimizerUnderWhichTheScoresHaveNoCommonForm() {
    for (Selection selection : Selection.values()) {
      assertThat(refusal(selection, new Adam(1e-3))).contains("slots under the optimizer Adam");
      assertThat(refusal(selection, new Sgd(0.2, 0.9, true, 1e-4, List.of()))).isEqualTo("[]");
    }
  }

  /** The factor a of the first scores after some steps of SGD. */
  private static double smallestFactor(double rateTimesDecay, double mu, boolean nesterov) {
    double a = 1;
    double v = 0;
    double smallest = 1;
    for (int i = 0; i < 5_000; i++) {
      double g = rateTimesDecay * a;
      v = mu * v + g;
      a -= (i % 7 == 0 ? 0.3 : 1) * (nesterov ? g + mu * v : v); // a rate that varies
      smallest = Math.min(smallest, a);
    }
    return smallest;
  }

  @Test
  void theFactorOfTheFirstScoresStaysPositiveUpToTheAllowedDecay() {
    for (double mu : new double[] {0, 0.5, 0.9, 0.99}) {
      double allowed = (1 - mu) * (1 - mu) / (2 * (1 + mu));
      assertThat(smallestFactor(allowed, mu, false)).isNotNegative();
      assertThat(smallestFactor(allowed, mu, true)).isNotNegative();
      assertThat(smallestFactor(2.5 * allowed, mu, false)).isNegative();
    }
  }

  /** With momentum 0.9 at most 0.00263, near to the exact (1 - sqrt(0.9))^2 of a constant rate. */
  @Test
  void refusesGreedySelectionWhereDecayTurnsTheFactorOfTheFirstScoresBelow0() {
    Sgd overshoots = new Sgd(50, 0.9, false, 1e-4, List.of());
    assertThat(refusal(Selection.GREEDY, overshoots))
        .contains("greedy slots with a rate times decay of 0.005");
    assertThat(refusal(Selection.SAMPLING, overshoots)).isEqualTo("[]");
    assertThat(refusal(Selection.GREEDY, new Sgd(25, 0.9, false, 1e-4, List.of()))).isEqualTo("[]");
  }

  @Test
  void aSelectionIsMeasuredWhereFineTuningBeginsAndSoAreItsDraws() {
    FineTuning between = new FineTuning(Span.iterations(61), new Sgd(0.1), new Constant());
    List<Ticket> tickets =
        tickets(settings(4, Selection.SAMPLING, Values.PER_CONNECTION, Optional.of(between)), 25);
    assertThat(tickets)
        .extracting(Ticket::branch)
        .containsExactly(Ticket.TICKET, "slots", "drawn", "learned");
    for (Ticket ticket : tickets.subList(1, 3)) {
      assertThat(ticket.trained().history().points()).hasSize(1);
      assertThat(ticket.trained().history().points().get(0).iteration()).isEqualTo(61);
      assertThat(accuracy(ticket)).isBetween(0.0, 1.0);
      assertThat(ticket.start()).isEqualTo(ticket.trained().state());
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> new Settings(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("k: found 0, allowed is [1, 1024]");
  }
}
