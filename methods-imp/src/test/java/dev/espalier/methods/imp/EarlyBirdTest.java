// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.ScalePenalty;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import dev.espalier.methods.imp.EarlyBird.Settings;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("slow")
class EarlyBirdTest {

  private static final Data DATA = TinyProblem.data(200, 50, 200);
  private static final int PER_EPOCH = 8;
  private static final int EPOCHS = 12;

  /** Strong enough to show in so short a training. */
  private static final double S = 0.01;

  /** The paper's schedule, the rate dropping at 50 % and 75 %, but for the length. */
  private static Training training(double rate) {
    return new Training(
        new Sgd(rate, 0.9, false, 1e-4, List.of()),
        new Steps(List.of(Span.epochs(EPOCHS / 2), Span.epochs(3 * EPOCHS / 4)), 0.1),
        Span.iterations(0),
        25,
        Span.epochs(EPOCHS),
        Span.epochs(4));
  }

  private static LocalTrial trial(Network network, double rate) {
    return new LocalTrial(network, DATA, training(rate), new Seed(1, 0));
  }

  private static Settings channels(List<Double> sparsities) {
    return new Settings(sparsities, S, 0.1, 5, Granularity.CHANNELS, true);
  }

  private static Settings weights(List<Double> sparsities, double distance) {
    return new Settings(sparsities, S, distance, 5, Granularity.WEIGHTS, true);
  }

  private static List<Ticket> run(LocalTrial trial, Settings settings) {
    new EarlyBird(settings).run(trial);
    return trial.tickets();
  }

  private static Ticket ticket(List<Ticket> tickets, int round, String branch) {
    return tickets.stream()
        .filter(ticket -> ticket.round() == round && ticket.branch().equals(branch))
        .findAny()
        .orElseThrow();
  }

  private static double number(Ticket ticket, String finding) {
    return Double.parseDouble(ticket.findings().get(finding));
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  @Test
  void theTicketGoesOnFromTheDrawOnTheSameTimetableWithThePenaltyAndANewOptimizer() {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial trial = trial(network, 0.1)) {
      List<Ticket> tickets = run(trial, channels(List.of(0.3, 0.5)));
      Plan plan = trial.plan();
      for (int round = 1; round <= 2; round++) {
        Ticket ticket = ticket(tickets, round, Ticket.TICKET);
        long e = (long) number(ticket, "drawn-at-epoch");
        assertThat(e).isBetween(4L, EPOCHS - 1L);
        Trained search =
            trial.train(trial.initial(), new ScalePenalty(S), plan.until(e * PER_EPOCH));
        ChannelScores gamma = ChannelScores.scales(network, search.state());
        Channels channels = gamma.above(gamma.threshold(number(ticket, "sparsity")));
        assertThat(ticket.findings()).containsEntry("channels", channels.toString());
        assertThat(ticket.start()).isEqualTo(channels.narrow(search.state()));
        assertThat(ticket.plan()).isEqualTo(plan.from(e * PER_EPOCH));
        assertThat(ticket.mask().isDense()).isTrue();
        try (Network narrow = network.resized(channels.widths())) {
          assertThat(ticket.mask().layers()).isEqualTo(narrow.layers());
          Trial there = trial.withNetwork(narrow);
          assertThat(ticket.trained())
              .isEqualTo(there.train(ticket.start(), new ScalePenalty(S), ticket.plan()));
          Ticket reinit = ticket(tickets, round, "re-init");
          assertThat(reinit.start()).isEqualTo(there.initial(round));
          assertThat(reinit.plan()).isEqualTo(plan);
          assertThat(reinit.trained())
              .isEqualTo(there.train(reinit.start(), new ScalePenalty(S), plan));
        }
      }
    }
  }

  @Test
  void itCostsTheDenseEpochsBeforeTheDrawAndTheNarrowOnesAfterIt() {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial trial = trial(network, 0.1)) {
      for (Ticket ticket : run(trial, channels(List.of(0.3, 0.5)))) {
        if (ticket.round() == 0 || !ticket.branch().equals(Ticket.TICKET)) {
          continue;
        }
        double e = number(ticket, "drawn-at-epoch");
        int a = ticket.start().get("bn1.gamma").size();
        int b = ticket.start().get("bn2.gamma").size();
        double share = (double) Small.macs(a, b) / Small.macs(16, 16);
        assertThat(share).isLessThan(0.7);
        assertThat(number(ticket, "dense-epochs")).isEqualTo(e);
        assertThat(number(ticket, "narrow-epochs")).isEqualTo(EPOCHS - e);
        assertThat(number(ticket, "dense-cost")).isCloseTo(e / EPOCHS, within(1e-9));
        assertThat(number(ticket, "narrow-cost"))
            .isCloseTo((EPOCHS - e) / EPOCHS * share, within(1e-9));
        assertThat(number(ticket, "cost"))
            .isCloseTo(e / EPOCHS + (EPOCHS - e) / EPOCHS * share, within(1e-9))
            .isLessThan(1);
        assertThat(ticket.findings().get("distances")).startsWith("epoch 4 ");
      }
    }
  }

  @Test
  void weightsAreMaskedAndGoOnFromTheDraw() {
    try (Network network = Small.network(1, 1);
        LocalTrial trial = trial(network, 0.1)) {
      List<Ticket> tickets = run(trial, weights(List.of(0.5), 0.1));
      Plan plan = trial.plan();
      Ticket ticket = ticket(tickets, 1, Ticket.TICKET);
      long e = (long) number(ticket, "drawn-at-epoch");
      Trained search =
          trial.train(trial.initial(), Parametrization.dense(), plan.until(e * PER_EPOCH));
      assertThat(ticket.start()).isEqualTo(search.state());
      assertThat(ticket.mask()).isEqualTo(Granularity.largest(network, search.state(), 0.5));
      assertThat(ticket.mask().kept()).isEqualTo(Math.round(0.5 * ticket.mask().size()));
      assertThat(ticket.plan()).isEqualTo(plan.from(e * PER_EPOCH));
      Parametrization masked = Parametrization.masked(ticket.mask());
      assertThat(ticket.trained()).isEqualTo(trial.train(search.state(), masked, ticket.plan()));
      Ticket reinit = ticket(tickets, 1, "re-init");
      assertThat(reinit.mask()).isEqualTo(ticket.mask());
      assertThat(reinit.trained()).isEqualTo(trial.train(trial.initial(1), masked, plan));
      assertThat(number(ticket, "cost")).isEqualTo(1);
      for (Layer layer : network.layers()) {
        for (int i = 0; i < layer.size(); i++) {
          if (!ticket.mask().keeps(layer, i)) {
            assertThat(ticket.trained().state().get(layer.name()).get(i)).isZero();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void ticketsAreFarAboveChance(Granularity level) {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial trial = trial(network, 0.1)) {
      List<Ticket> tickets = run(trial, new Settings(List.of(0.3, 0.5), S, 0.1, 5, level, false));
      assertThat(tickets).hasSize(2);
      // One of three classes.
      assertThat(tickets).allMatch(ticket -> accuracy(ticket) > 0.85);
    }
  }

  @Test
  void sparsitiesSharedInOneTrainingAreDrawnAsEachAlone() {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial shared = trial(network, 0.1);
        LocalTrial alone = trial(network, 0.1)) {
      List<Double> sparsities = List.of(0.1, 0.3, 0.5);
      List<Ticket> tickets =
          run(shared, new Settings(sparsities, S, 0.1, 5, Granularity.CHANNELS, false));
      assertThat(tickets).extracting(Ticket::round).containsExactlyInAnyOrder(1, 2, 3);
      for (int round = 1; round <= 3; round++) {
        List<Double> one = List.of(sparsities.get(round - 1));
        run(alone, new Settings(one, S, 0.1, 5, Granularity.CHANNELS, false));
        Ticket single = alone.tickets().get(round - 1);
        Ticket ticket = ticket(tickets, round, Ticket.TICKET);
        assertThat(ticket.trained()).isEqualTo(single.trained());
        assertThat(ticket.findings()).isEqualTo(single.findings());
      }
    }
  }

  @Test
  void withoutPenaltyTheSearchIsPlainTraining() {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial trial = trial(network, 0.1)) {
      Settings plain = new Settings(List.of(0.5), 0, 1, 5, Granularity.CHANNELS, false);
      Ticket ticket = run(trial, plain).get(0);
      Trained search =
          trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(4 * PER_EPOCH));
      assertThat(number(ticket, "drawn-at-epoch")).isEqualTo(4);
      ChannelScores gamma = ChannelScores.scales(network, search.state());
      assertThat(ticket.start())
          .isEqualTo(gamma.above(gamma.threshold(0.5)).narrow(search.state()));
    }
  }

  @Test
  void equalFirstScalesPutOffTheFirstDrawByAnEpoch() {
    try (Network equal = Small.network(0.5, 0.5);
        Network drawn = Small.network(0.4, 0.6);
        LocalTrial late = trial(equal, 0.1);
        LocalTrial early = trial(drawn, 0.1)) {
      // One channel of 32 goes: masks differ in 2 bits at most, but from one of zeros in 31.
      Settings one = new Settings(List.of(0.01), S, 0.1, 5, Granularity.CHANNELS, false);
      assertThat(number(run(late, one).get(0), "drawn-at-epoch")).isEqualTo(5);
      assertThat(number(run(early, one).get(0), "drawn-at-epoch")).isEqualTo(4);
    }
  }

  @Test
  void aGroupThatWouldVanishKeepsOneChannel() {
    // Scales stay as they were drawn: at this rate a step is less than a bit.
    try (Network network = Small.network(2, 0.4, 0.6);
        LocalTrial trial = trial(network, 1e-30)) {
      Settings most = new Settings(List.of(0.8), 0, 0.1, 5, Granularity.CHANNELS, false);
      Ticket ticket = run(trial, most).get(0);
      assertThat(ticket.findings())
          .containsEntry("kept-one-channel", "conv2")
          .containsEntry("channels", "conv1 3 of 16, conv2 1 of 2");
      assertThat(number(ticket, "drawn-at-epoch")).isEqualTo(4);
    }
  }

  @Test
  void aSparsityThatIsNotDrawnFailsAfterTheOthersWerePublished() {
    Training restless =
        new Training(
            new Sgd(0.2, 0.9, false, 0, List.of()),
            new Constant(),
            Span.iterations(0),
            25,
            Span.epochs(7),
            Span.epochs(7));
    try (Network network = Small.network(1, 1);
        LocalTrial trial = new LocalTrial(network, DATA, restless, new Seed(1, 0))) {
      // Masks without 0.5 % of the weights differ in 1 % at most, those without 50 % in more.
      assertThatThrownBy(() -> run(trial, weights(List.of(0.005, 0.5), 0.01)))
          .isInstanceOf(TrialFailed.class)
          .hasMessageMatching(
              "no early-bird ticket: the mask of sparsity 0\\.5 came as close as 0\\.\\d+ in epoch"
                  + " \\d+; allowed is a distance of 0\\.01 to each of the 4 masks before. Train for"
                  + " more epochs, or with a larger distance or a smaller window");
      assertThat(trial.tickets())
          .extracting(ticket -> ticket.round() + " " + ticket.branch())
          .containsExactly("1 ticket", "1 re-init");
      assertThat(number(trial.tickets().get(0), "drawn-at-epoch")).isEqualTo(4);
    }
  }

  @Test
  void scalesThatStayEqualAreNeverDrawn() {
    try (Network network = Small.network(0.5, 0.5);
        LocalTrial trial = trial(network, 1e-30)) {
      assertThatThrownBy(
              () -> run(trial, new Settings(List.of(0.5), 0, 1, 5, Granularity.CHANNELS, false)))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("0.5 kept nothing in any epoch");
      assertThat(trial.tickets()).isEmpty();
    }
  }

  @Test
  void theSeedSaysAllAndOnlyTheTicketsStay() {
    try (Network network = Small.network(0.4, 0.6);
        LocalTrial trial = trial(network, 0.1);
        LocalTrial again = trial(network, 0.1)) {
      int before = LiveArrays.count();
      List<Ticket> tickets = run(trial, channels(List.of(0.5)));
      assertThat(LiveArrays.count()).isEqualTo(before);
      assertThat(run(again, channels(List.of(0.5)))).isEqualTo(tickets);
    }
  }

  private static void refuses(
      Settings settings, Network network, Training training, String... facts) {
    assertThatThrownBy(
            () ->
                Refusals.require(
                    refusals ->
                        new EarlyBird(settings)
                            .check(network, DATA, Plan.of(training, 200), refusals)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(facts);
  }

  @Test
  void networksAndTrainingsThatDoNotFitAreRefused() {
    Training training = training(0.1);
    try (Network small = Small.network(1, 1);
        Network nameless = TinyProblem.ungrouped()) {
      refuses(
          channels(List.of(0.5)),
          nameless,
          training,
          "level: found",
          "tiny-ungrouped",
          "no groups of channels",
          "vgg-11",
          "weights");
      Refusals.require(
          refusals ->
              new EarlyBird(weights(List.of(0.5), 0.1))
                  .check(nameless, DATA, Plan.of(training, 200), refusals));
      refuses(
          channels(List.of(0.5, 0.95)),
          small,
          training,
          "sparsities: found 0.95",
          "1 of the 32 channels",
          "small",
          "less than 0.9375",
          "2 groups");
      refuses(
          weights(List.of(0.97), 0.1),
          nameless,
          training,
          "sparsities: found 0.97",
          "2 of the 73 weights",
          "tiny-ungrouped",
          "at most 0.958904",
          "3 layers");
      refuses(
          new Settings(List.of(0.5), S, 0.1, 13, Granularity.CHANNELS, false),
          small,
          training,
          "window: found 13",
          "at most 12",
          "96 iterations");
      Refusals.require(
          refusals ->
              new EarlyBird(new Settings(List.of(0.5), S, 0.1, 12, Granularity.CHANNELS, false))
                  .check(small, DATA, Plan.of(training, 200), refusals));
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Settings(List.of(1.0), -1, 2, 1, Granularity.CHANNELS, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "sparsities: found 1.0, allowed is (0, 1)",
            "s: found -1.0, allowed is [0, inf)",
            "distance: found 2.0, allowed is [0, 1]",
            "window: found 1, allowed is [2, 1000]");
    assertThatThrownBy(() -> new Settings(List.of(0.5, 0.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("sparsities: found 0.5 after 0.5", "rising");
    assertThatThrownBy(() -> new Settings(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("sparsities: found none", "one or more");
  }

  @Test
  void settingsByHandAreThePapers() {
    assertThat(new Settings(List.of(0.3, 0.7)))
        .isEqualTo(new Settings(List.of(0.3, 0.7), 1e-4, 0.1, 5, Granularity.CHANNELS, false));
  }
}
