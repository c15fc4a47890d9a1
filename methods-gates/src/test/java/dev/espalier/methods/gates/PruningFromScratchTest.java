// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.History;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.gates.PruningFromScratch.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class PruningFromScratchTest {

  private static final Data DATA = TinyProblem.data(200, 100, 200);
  private static final Training TRAINING = Tiny.training(new Adam(0.01), Span.epochs(10));

  /** Fast gates: an epoch of the tiny problem has 8 steps only. */
  private static Settings settings(
      double expansion, double density, double budget, boolean longer, boolean train) {
    return new Settings(
        expansion, density, 0.5, 15, 0.03, budget, longer, Span.iterations(0), train);
  }

  /** Runs the method on the tiny problem, and has a look before the trial is closed. */
  private static void run(Settings settings, int replicate, TrialAndTickets look) {
    try (Network network = Tiny.network();
        LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, replicate))) {
      PruningFromScratch method = new PruningFromScratch(settings);
      Refusals.require(refusals -> method.check(network, DATA, trial.plan(), refusals));
      method.run(trial);
      look.at(trial, trial.tickets());
    }
  }

  private interface TrialAndTickets {
    void at(LocalTrial trial, List<Ticket> tickets);
  }

  private static void ticket(Settings settings, Consumer<Ticket> look) {
    run(
        settings,
        0,
        (trial, tickets) -> {
          assertThat(tickets).hasSize(1);
          look.accept(tickets.get(0));
        });
  }

  private static double number(Ticket ticket, String finding) {
    return Double.parseDouble(ticket.findings().get(finding));
  }

  private static Tensor random(int n, RandomStream random) {
    float[] gates = new float[n];
    for (int i = 0; i < n; i++) {
      // As clamping leaves them: many are exactly 0 or 1.
      gates[i] = Math.max(0, Math.min(1, random.nextInt(2000) / 1000f - 0.5f));
    }
    return Tensor.of(new Shape(n), gates);
  }

  @Test
  void theTicketIsFarAboveChanceAndGatesLearnToBeSparse() {
    for (int replicate = 0; replicate < 3; replicate++) {
      Settings settings =
          new Settings(1.25, 0.2, 0.5, 20, 0.03, 0.4, false, Span.iterations(0), true);
      run(
          settings,
          replicate,
          (trial, tickets) -> {
            assertThat(tickets).extracting(Ticket::round).containsExactly(1);
            assertThat(tickets).extracting(Ticket::branch).containsOnly(Ticket.TICKET);
            assertThat(tickets).allMatch(ticket -> ticket.mask().isDense());
            assertThat(tickets).allMatch(ticket -> Tiny.test(ticket.trained()).score() > 0.8);
            Ticket ticket = tickets.get(0);
            assertThat(number(ticket, "gates-density")).isLessThan(0.7);
            assertThat(number(ticket, "gates-validation-accuracy")).isGreaterThan(0.6);
            assertThat(number(ticket, "macs"))
                .isLessThanOrEqualTo(0.4 * Cost.of(trial.network()).macs())
                .isLessThanOrEqualTo(number(ticket, "macs-allowed"));
          });
    }
  }

  @Test
  void theSavedGatesAreThoseOfBestValidationAccuracyAmongSparseEpochs() {
    Settings settings = settings(1.25, 0.85, 0.3, false, false);
    run(
        settings,
        0,
        (trial, tickets) -> {
          Ticket ticket = tickets.get(0);
          assertThat(ticket.findings()).doesNotContainKey("gates-fallback");
          try (Network wide = trial.network().resized(Widths.times(1.25))) {
            Trial ofWide = trial.withNetwork(wide);
            Gates gates = Gates.of(wide, ofWide.initial(), 0.85, 0.5);
            Plan plan = gatePlan(trial.plan());
            Trained trained = Trained.begin(wide, ofWide.initial(), gates, 0);
            int best = 0;
            double accuracy = -1;
            Tensor lambda = null;
            for (int epoch = 1; epoch <= 15; epoch++) {
              Plan next = plan.from((epoch - 1) * plan.perEpoch()).until(epoch * plan.perEpoch());
              trained = ofWide.train(trained, gates, next);
              Tensor now = trained.variables().get(Gates.GATES);
              History.Point point = trained.history().last().orElseThrow();
              if (BestGates.open(now) <= 0.85 && point.validation().score() > accuracy) {
                best = epoch;
                accuracy = point.validation().score();
                lambda = now;
              }
            }
            assertThat(best).isPositive();
            assertThat(number(ticket, "gates-epoch")).isEqualTo(best);
            assertThat(number(ticket, "gates-density")).isEqualTo(BestGates.open(lambda));
            double sum = 0;
            for (int i = 0; i < lambda.size(); i++) {
              sum += lambda.get(i);
            }
            assertThat(number(ticket, "gates-mean"))
                .isEqualTo(sum / lambda.size())
                .isLessThanOrEqualTo(BestGates.open(lambda));
            assertThat(number(ticket, "gates-validation-accuracy")).isEqualTo(accuracy);
            assertThat(ticket.findings().get("gates-by-epoch")).startsWith("1: density 1.0000");
            assertThat(ticket.findings().get("gates-by-epoch").split("; ")).hasSize(15);
            double budget = 0.3 * Cost.of(trial.network()).macs();
            Channels channels = PruningFromScratch.largest(wide, lambda, budget);
            assertThat(ticket.findings()).containsEntry("channels", channels.toString());
          }
        });
  }

  private static Plan gatePlan(Plan plan) {
    Training training =
        new Training(
            new Adam(0.03),
            new Constant(),
            Span.iterations(0),
            25,
            Span.epochs(15),
            Span.epochs(1));
    return new Plan(training, plan.perEpoch(), 0, 15 * plan.perEpoch());
  }

  @Test
  void whereNoEpochIsSparseEnoughTheLastGatesAreTakenAndThatIsSaid() {
    Settings settings =
        new Settings(1.25, 0.2, 0.5, 2, 0.01, 0.3, false, Span.iterations(0), false);
    ticket(
        settings,
        ticket ->
            assertThat(ticket.findings())
                .containsEntry("gates-epoch", "2")
                .containsEntry("gates-density", "1.0")
                .containsEntry("gates-fallback", "no epoch had density <= 0.2: those of the last"));
  }

  @Property(tries = 60)
  void asManyChannelsAreKeptAsTheBudgetAllows(
      @ForAll @DoubleRange(min = 0.07, max = 1.6) double budget, @ForAll int seed) {
    try (Network network = Tiny.network()) {
      Tensor gates = random(18, new Seed(seed, 0).stream("gates", 0));
      double macs = budget * Cost.of(network).macs();
      Channels channels = PruningFromScratch.largest(network, gates, macs);
      assertThat((double) Cost.of(network, channels.widths()).macs()).isLessThanOrEqualTo(macs);
      ChannelScores scores = new ChannelScores(network.groups(), network.groups(), gates);
      long before = 0;
      for (int k = 0; k <= 18; k++) {
        Channels largest = scores.largest(k);
        long cost = Cost.of(network, largest.widths()).macs();
        assertThat(cost).isGreaterThanOrEqualTo(before);
        before = cost;
        for (Group group : network.groups()) {
          assertThat(largest.kept(group).cardinality()).isPositive();
          if (cost <= macs) {
            assertThat(channels.kept(group).cardinality())
                .isGreaterThanOrEqualTo(largest.kept(group).cardinality());
          }
        }
      }
    }
  }

  @Test
  void ofEqualGatesTheFirstAreKept() {
    try (Network network = Tiny.network()) {
      float[] ones = new float[18];
      Arrays.fill(ones, 1);
      Tensor equal = Tensor.of(new Shape(18), ones);
      double budget = 0.4 * Cost.of(network).macs();
      assertThat(PruningFromScratch.largest(network, equal, budget))
          .hasToString("conv1 4 of 4, conv2 2 of 6, fc 1 of 8");
    }
  }

  @Test
  void theTicketStartsFromWeightsThatTheGatesHaveNotSeen() {
    run(
        settings(1, 0.2, 0.5, false, true),
        0,
        (trial, tickets) -> {
          Ticket ticket = tickets.get(0);
          try (Network narrow = trial.network().resized(widths(trial.network(), ticket))) {
            Trial ofNarrow = trial.withNetwork(narrow);
            assertThat(ticket.start()).isEqualTo(ofNarrow.initial(1));
            for (String weights : List.of("conv1.weight", "conv2.weight", "fc.weight")) {
              float first = ticket.start().get(weights).get(0);
              assertThat(first).isNotEqualTo(ofNarrow.initial(0).get(weights).get(0));
              assertThat(first).isNotEqualTo(trial.initial(0).get(weights).get(0));
            }
            assertThat(ticket.trained().state().get("bn1.gamma"))
                .isNotEqualTo(ticket.start().get("bn1.gamma"));
          }
        });
  }

  private static Widths widths(Network network, Ticket ticket) {
    return (group, usual) ->
        network.groups().stream()
            .filter(each -> each.name().equals(group))
            .map(each -> ticket.start().get(each.slices().get(0).parameter()).shape().get(0))
            .map(Math::toIntExact)
            .findFirst()
            .orElseThrow();
  }

  @Test
  void theLongerTicketTrainsByAsMuchLongerAsItIsCheaper() {
    ticket(
        settings(1.25, 0.2, 0.4, true, true),
        ticket -> {
          double ratio = number(ticket, "macs-of-dense") / number(ticket, "macs");
          assertThat(ratio).isGreaterThan(1 / 0.4);
          assertThat(ticket.plan().factor()).isEqualTo(ratio);
          assertThat(ticket.trained().iteration()).isEqualTo(Math.round(80 * ratio));
        });
  }

  @Test
  void aStructureAloneIsMeasuredUntrained() {
    ticket(
        settings(1.25, 0.2, 0.4, true, false),
        ticket -> {
          assertThat(ticket.plan().isEmpty()).isTrue();
          assertThat(ticket.trained().state()).isEqualTo(ticket.start());
          assertThat(ticket.trained().history().points()).hasSize(1);
        });
  }

  @Test
  void aBudgetOfTheWholeNetworkRemovesNothing() {
    ticket(
        settings(1, 0.2, 1, false, false),
        ticket ->
            assertThat(ticket.findings())
                .containsEntry("channels", "conv1 4 of 4, conv2 6 of 6, fc 8 of 8")
                .containsEntry("macs", ticket.findings().get("macs-of-dense")));
  }

  @Test
  void afterPreTrainingGatesAreLearnedOnTrainedWeights() {
    Settings settings = new Settings(1, 0.2, 0.5, 15, 0.03, 0.3, false, Span.epochs(3), false);
    run(
        settings,
        0,
        (trial, tickets) -> {
          State weights =
              trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(24)).state();
          Gates gates = Gates.of(trial.network(), weights, 0.2, 0.5);
          Trained learned = trial.train(weights, gates, gatePlan(trial.plan()));
          Tensor lambda = learned.variables().get(Gates.GATES);
          History.Point last = learned.history().last().orElseThrow();
          assertThat(tickets.get(0).findings()).containsKey("gates-fallback");
          assertThat(number(tickets.get(0), "gates-density")).isEqualTo(BestGates.open(lambda));
          assertThat(number(tickets.get(0), "gates-validation-accuracy"))
              .isEqualTo(last.validation().score())
              .isGreaterThan(0.9); // on random weights it is 0.7
        });
  }

  @Test
  void theSeedSaysAllAndOnlyTheResultStays() {
    int before = LiveArrays.count();
    Settings settings = settings(1.25, 0.2, 0.4, false, true);
    ticket(settings, first -> ticket(settings, again -> assertThat(again).isEqualTo(first)));
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private static void assertRefused(
      Settings settings, Network network, Data data, String... facts) {
    Plan plan = Plan.of(TRAINING, 200);
    PruningFromScratch method = new PruningFromScratch(settings);
    assertThatThrownBy(
            () -> Refusals.require(refusals -> method.check(network, data, plan, refusals)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(facts);
  }

  @Test
  void aBudgetThatOneChannelAGroupExceedsIsRefusedWithTheSmallestOne() {
    try (Network network = Tiny.network()) {
      // 16 * 9 + 16 * 9 + 16 + 3 MACs of 16 * 9 * 4 + 16 * 9 * 4 * 6 + 16 * 6 * 8 + 3 * 8
      assertRefused(
          new Settings(0.06),
          network,
          DATA,
          "budget: found 0.06",
          "at least 0.0637",
          "tiny-channels",
          "1.25",
          "one channel for each group");
      PruningFromScratch least = new PruningFromScratch(new Settings(0.0637));
      Plan plan = Plan.of(TRAINING, 200);
      Refusals.require(refusals -> least.check(network, DATA, plan, refusals));
    }
    ticket(
        settings(1.25, 0.2, 0.0637, false, false),
        ticket ->
            assertThat(ticket.findings())
                .containsEntry("channels", "conv1 1 of 5, conv2 1 of 8, fc 1 of 10"));
  }

  @Test
  void networksWithoutAPlaceForGatesAreRefused() {
    try (Network network = TinyProblem.ungrouped()) {
      assertRefused(
          new Settings(0.3),
          network,
          DATA,
          "id: found",
          "tiny-ungrouped",
          "no groups of channels",
          "vgg-11");
    }
  }

  @Test
  void channelsThatSeveralLayersReadHaveNoGate() {
    try (Network network =
        Network.builder("shared", Tiny::block, TinyProblem.INPUT)
            .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2", "fc"))
            .build()) {
      assertRefused(
          new Settings(0.3), network, DATA, "id: found", "shared", "a place for a gate", "vgg-11");
    }
  }

  @Test
  void dataWithoutValidationExamplesAreRefused() {
    try (Network network = Tiny.network()) {
      assertRefused(
          new Settings(0.3),
          network,
          TinyProblem.data(200, 0, 10),
          "id: found",
          "validation examples",
          "data.validation");
    }
  }

  @Test
  void preTrainingBeyondTheTimetableIsRefused() {
    Settings settings = new Settings(1, 0.2, 0.5, 10, 0.01, 0.3, false, Span.epochs(11), true);
    try (Network network = Tiny.network()) {
      assertRefused(settings, network, DATA, "pre-training: found iteration 88", "at most the 80");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Settings(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("budget: found 0.0", "(0, 1]");
  }
}
