// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Split;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.ke.KnowledgeEvolution.Settings;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("slow")
class KnowledgeEvolutionTest {

  private static final Data DATA = Small.data(40, 10, 20);

  /** Four iterations an epoch, the first of three epochs to warm up. */
  private static final Training TRAINING = Small.training(0.1, 5e-4, 10, 3);

  private static final int GENERATIONS = 3;

  private final Network network = Small.chain(6, 5, 7);
  private final int before = LiveArrays.count();

  @AfterEach
  void close() {
    network.close();
  }

  static Stream<Split> splits() {
    return Stream.of(
        new Kels(), new Wels(), new Wels(Wels.Count.EXACT), new RandomChannels(), byMagnitude());
  }

  private static ByCriterion byMagnitude() {
    return new ByCriterion(new Judges.Magnitude(1), ByCriterion.Judged.TRAINED, Scope.layer());
  }

  private LocalTrial trial(long seed) {
    return new LocalTrial(network, DATA, TRAINING, new Seed(seed, 0));
  }

  private static Settings settings(Split split) {
    return new Settings(GENERATIONS, 0.5, split);
  }

  private List<Ticket> run(Settings settings, long seed) {
    try (LocalTrial trial = trial(seed)) {
      new KnowledgeEvolution(settings).run(trial);
      return trial.tickets();
    }
  }

  private static Ticket dense(List<Ticket> tickets, int generation) {
    return Small.ticket(tickets, generation, Ticket.TICKET);
  }

  private static State trained(List<Ticket> tickets, int generation) {
    return dense(tickets, generation).trained().state();
  }

  private static Mask mask(List<Ticket> tickets) {
    return Small.ticket(tickets, 1, "fit").mask();
  }

  private static int fanIn(Layer layer) {
    return (int) (layer.size() / layer.shape().get(0));
  }

  private static void assertSameBits(Tensor one, Tensor other, int i) {
    assertThat(Float.floatToRawIntBits(one.get(i)))
        .isEqualTo(Float.floatToRawIntBits(other.get(i)));
  }

  @ParameterizedTest
  @MethodSource("splits")
  void theFitHypothesisGoesOnBitForBitAndTheRestIsDrawnAnewWithinTheUniformBound(Split split) {
    List<Ticket> tickets = run(settings(split), 1);
    Mask m = mask(tickets);
    assertThat(m.density()).isBetween(0.1, 0.9);
    for (int g = 2; g <= GENERATIONS; g++) {
      State w = trained(tickets, g - 1);
      State start = dense(tickets, g).start();
      for (Layer layer : network.layers()) {
        // R is of float32, and so may be rounded up to the bound itself.
        float bound = (float) (1 / Math.sqrt(fanIn(layer)));
        float most = 0;
        Tensor ended = w.get(layer.name());
        Tensor begun = start.get(layer.name());
        for (int i = 0; i < layer.size(); i++) {
          if (m.keeps(layer, i)) {
            assertSameBits(begun, ended, i);
          } else {
            assertThat(begun.get(i)).isNotEqualTo(ended.get(i)).isBetween(-bound, bound);
            most = Math.max(most, Math.abs(begun.get(i)));
          }
        }
        // Of seven draws or more one is above the half, but for a chance below 1 %.
        assertThat(most).as(layer.name()).isGreaterThan(bound / 2);
      }
    }
  }

  @Test
  void everyGenerationDrawsItsOwnResetHypothesisFromAStreamOfItsOwn() {
    List<Ticket> tickets = run(settings(new Kels()), 1);
    Mask m = mask(tickets);
    for (int g = 2; g <= GENERATIONS; g++) {
      State w = trained(tickets, g - 1);
      State r =
          network.redraw(
              w, Initialiser.PYTORCH_DEFAULT, layer -> true, new Seed(1, 0).stream("reset", g));
      assertThat(dense(tickets, g).start()).isEqualTo(m.mix(w, r));
    }
    for (Layer layer : network.layers()) {
      Tensor second = dense(tickets, 2).start().get(layer.name());
      Tensor third = dense(tickets, 3).start().get(layer.name());
      for (int i = 0; i < layer.size(); i++) {
        if (!m.keeps(layer, i)) {
          assertThat(third.get(i)).isNotEqualTo(second.get(i));
        }
      }
    }
  }

  @Test
  void theResetHypothesisIsDrawnByAnotherInitialiserIfOneIsSet() {
    Settings signed = new Settings(2, 0.5, new Wels(), Initialiser.SIGNED_CONSTANT);
    List<Ticket> tickets = run(signed, 1);
    // The first weights are the network's own, whatever `reset` says.
    assertThat(dense(tickets, 1)).isEqualTo(dense(run(settings(new Wels()), 1), 1));
    Mask m = mask(tickets);
    for (Layer layer : network.layers()) {
      float constant = (float) Math.sqrt(2.0 / fanIn(layer));
      Tensor begun = dense(tickets, 2).start().get(layer.name());
      for (int i = 0; i < layer.size(); i++) {
        if (!m.keeps(layer, i)) {
          assertThat(Math.abs(begun.get(i))).isEqualTo(constant);
        }
      }
    }
  }

  @Test
  void biasesBatchNormAndItsStatisticsAreNotReset() {
    List<Ticket> tickets = run(settings(new Kels()), 1);
    List<String> others =
        network.parameters().keySet().stream()
            .filter(name -> network.layers().stream().noneMatch(l -> l.name().equals(name)))
            .toList();
    assertThat(others).contains("fc.bias", "out.bias", "bn1.gamma", "bn2.beta", "bn2.runningVar");
    for (int g = 2; g <= GENERATIONS; g++) {
      State w = trained(tickets, g - 1);
      State start = dense(tickets, g).start();
      assertThat(start.names()).containsExactlyElementsOf(w.names());
      for (String name : others) {
        assertThat(start.get(name)).as(name).isEqualTo(w.get(name));
        // What is drawn first would be another one: all of them have learned.
        assertThat(start.get(name)).as(name).isNotEqualTo(dense(tickets, 1).start().get(name));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("splits")
  void masksAreTheSameInAllGenerationsAndDivideTheWeightsInTwo(Split split) {
    List<Ticket> tickets = run(settings(split), 1);
    Mask m = mask(tickets);
    assertThat(m.layers()).isEqualTo(network.layers());
    for (int g = 1; g <= GENERATIONS; g++) {
      assertThat(Small.ticket(tickets, g, "fit").mask()).isEqualTo(m);
      assertThat(Small.ticket(tickets, g, "reset").mask()).isEqualTo(m.complement());
      assertThat(dense(tickets, g).mask().isDense()).isTrue();
    }
  }

  @Test
  void everyGenerationIsAWholeDenseTrainingFromAnEmptyOptimizerWithAWarmUpOfItsOwn() {
    try (LocalTrial trial = trial(1)) {
      Recording recording = new Recording(trial);
      new KnowledgeEvolution(settings(new Kels())).run(recording.trial());
      assertThat(recording.trainings()).hasSize(GENERATIONS);
      for (int g = 1; g <= GENERATIONS; g++) {
        Recording.Training asked = recording.trainings().get(g - 1);
        assertThat(asked.parametrization()).isEqualTo(Parametrization.dense());
        assertThat(asked.from())
            .isEqualTo(
                Trained.begin(
                    network, dense(trial.tickets(), g).start(), Parametrization.dense(), 0));
        assertThat(asked.from().optimizer()).isEqualTo(State.EMPTY);
        assertThat(asked.trained().optimizer()).isNotEqualTo(State.EMPTY);
        assertThat(asked.plan()).isEqualTo(trial.plan());
        assertThat(dense(trial.tickets(), g).plan()).isEqualTo(trial.plan());
        assertThat(dense(trial.tickets(), g).trained()).isEqualTo(asked.trained());
        assertThat(asked.trained().iteration()).isEqualTo(12);
        // The warm-up: 0, 1/4, 2/4, 3/4 of the rate, then all of it.
        assertThat(asked.plan().learningRate(0)).isZero();
        for (int i = 1; i < 4; i++) {
          assertThat(asked.plan().learningRate(i))
              .isEqualTo(recording.trainings().get(0).plan().learningRate(i))
              .isBetween(0.2 * i / 10, 0.25 * i / 10);
        }
      }
    }
  }

  @Test
  void bothHypothesesAreTrained() {
    List<Ticket> tickets = run(settings(new Wels()), 1);
    for (int g = 1; g <= GENERATIONS; g++) {
      Ticket ticket = dense(tickets, g);
      for (Layer layer : network.layers()) {
        Tensor begun = ticket.start().get(layer.name());
        Tensor ended = ticket.trained().state().get(layer.name());
        int still = 0;
        for (int i = 0; i < layer.size(); i++) {
          still += begun.get(i) == ended.get(i) ? 1 : 0;
        }
        // Weight decay moves every one, even behind a dead unit.
        assertThat(still).as(layer.name()).isZero();
      }
    }
  }

  @Test
  void oneGenerationIsPlainTrainingBitForBit() {
    try (LocalTrial trial = trial(1)) {
      Trained plain = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      new KnowledgeEvolution(new Settings(1, 0.5, new Kels())).run(trial);
      assertThat(dense(trial.tickets(), 1).trained()).isEqualTo(plain);
      assertThat(dense(trial.tickets(), 1).start()).isEqualTo(trial.initial());
      assertThat(trial.tickets()).extracting(Ticket::round).containsOnly(1);
      // And more generations begin with it.
      assertThat(run(settings(new Kels()), 1).subList(0, 4)).isEqualTo(trial.tickets());
    }
  }

  @Test
  void laterGenerationsSeeTheExamplesInOtherOrders() {
    try (LocalTrial trial = trial(1)) {
      Recording recording = new Recording(trial);
      new KnowledgeEvolution(settings(new Kels())).run(recording.trial());
      List<Seed> seeds = recording.trainings().stream().map(Recording.Training::seed).toList();
      Seed seed = trial.seed();
      assertThat(seeds)
          .containsExactly(seed, seed.derive("generation", 2), seed.derive("generation", 3))
          .doesNotHaveDuplicates();
      assertThat(seeds).extracting(s -> s.stream("order", 0).nextLong()).doesNotHaveDuplicates();
      for (int g = 2; g <= GENERATIONS; g++) {
        Ticket ticket = dense(trial.tickets(), g);
        Trial own = trial.withSeed(seeds.get(g - 1));
        assertThat(own.train(ticket.start(), Parametrization.dense(), own.plan()))
            .isEqualTo(ticket.trained());
        assertThat(trial.train(ticket.start(), Parametrization.dense(), trial.plan()))
            .as("in the first generation's orders")
            .isNotEqualTo(ticket.trained());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("splits")
  void runningTwiceGivesTheSameBits(Split split) {
    assertThat(run(settings(split), 1)).isEqualTo(run(settings(split), 1));
  }

  @Test
  void anotherSeedDrawsAnotherMaskOfWels() {
    Settings settings = new Settings(1, 0.5, new Wels());
    assertThat(mask(run(settings, 2))).isNotEqualTo(mask(run(settings, 1)));
  }

  @Test
  void anotherSplitOrRateTrainsTheSameFirstGeneration() {
    Ticket first = dense(run(new Settings(1, 0.5, new Kels()), 1), 1);
    assertThat(dense(run(new Settings(1, 0.8, new Wels()), 1), 1)).isEqualTo(first);
    assertThat(dense(run(new Settings(1, 0.3, byMagnitude()), 1), 1)).isEqualTo(first);
  }

  /** Keeps the first half of each layer, and notes what it was given. */
  private record Noting(List<State> given) implements Split {
    @Override
    public Mask mask(double rate, State start, State state, Trial trial) {
      given.add(start);
      given.add(state);
      return Mask.of(
          trial.network().layers(),
          (layer, bits) -> {
            bits.set(0, (int) (rate * layer.size()));
            return bits;
          });
    }
  }

  @Test
  void aSplitIsAskedOnceAndGivenTheFirstGeneration() {
    List<State> given = new ArrayList<>();
    List<Ticket> tickets = run(settings(new Noting(given)), 1);
    assertThat(given).containsExactly(dense(tickets, 1).start(), trained(tickets, 1));
  }

  @Test
  void partsAreMeasuredAsTheyStand() {
    for (Split split : List.of(new Kels(), new Wels())) {
      try (LocalTrial trial = trial(1)) {
        new KnowledgeEvolution(settings(split)).run(trial);
        List<Ticket> tickets = trial.tickets();
        Mask m = mask(tickets);
        for (int g = 1; g <= GENERATIONS; g++) {
          State w = trained(tickets, g);
          for (String branch : List.of("fit", "reset")) {
            Mask part = branch.equals("fit") ? m : m.complement();
            Ticket ticket = Small.ticket(tickets, g, branch);
            assertThat(ticket.start()).isEqualTo(part.apply(w));
            assertThat(ticket.trained()).isEqualTo(trial.measure(part.apply(w)));
            assertThat(ticket.plan().isEmpty()).isTrue();
            assertThat(ticket.analysis()).isEqualTo(trial.analyse(part));
          }
        }
        assertThat(tickets).extracting(Ticket::round).isSorted();
      }
    }
  }

  @Test
  void onlyASplitOfWholeChannelsPublishesASlimNetwork() {
    for (Split split : splits().toList()) {
      List<String> branches =
          run(new Settings(2, 0.5, split), 1).stream()
              .map(ticket -> ticket.round() + " " + ticket.branch())
              .toList();
      assertThat(branches)
          .containsExactlyElementsOf(
              split instanceof Kels || split instanceof RandomChannels
                  ? List.of(
                      "1 ticket",
                      "1 fit",
                      "1 reset",
                      "1 slim", //
                      "2 ticket",
                      "2 fit",
                      "2 reset",
                      "2 slim")
                  : List.of("1 ticket", "1 fit", "1 reset", "2 ticket", "2 fit", "2 reset"));
    }
  }

  @Test
  void meanMagnitudesAreThoseOfTheDenseWeightsOfEachPart() {
    List<Ticket> tickets = run(settings(new Kels()), 1);
    for (int g = 1; g <= GENERATIONS; g++) {
      double[] sums = new double[2];
      long[] counts = new long[2];
      for (Layer layer : network.layers()) {
        Tensor weights = trained(tickets, g).get(layer.name());
        for (int i = 0; i < layer.size(); i++) {
          int part = mask(tickets).keeps(layer, i) ? 0 : 1;
          sums[part] += Math.abs(weights.get(i));
          counts[part]++;
        }
      }
      assertThat(magnitude(tickets, g, "fit")).isCloseTo(sums[0] / counts[0], within(1e-9));
      assertThat(magnitude(tickets, g, "reset")).isCloseTo(sums[1] / counts[1], within(1e-9));
    }
  }

  private static double magnitude(List<Ticket> tickets, int generation, String branch) {
    return Double.parseDouble(
        Small.ticket(tickets, generation, branch).findings().get("mean-magnitude"));
  }

  @Test
  void aResetHypothesisOfNoWeightsIsNoFailure() {
    // ceil(0.9 * C) is C for all of these.
    List<Ticket> tickets = run(new Settings(2, 0.9, new Kels()), 1);
    assertThat(mask(tickets).isDense()).isTrue();
    assertThat(magnitude(tickets, 2, "reset")).isZero();
    assertThat(dense(tickets, 2).start()).isEqualTo(trained(tickets, 1));
    assertThat(Small.test(Small.ticket(tickets, 2, "slim")).score())
        .isEqualTo(Small.test(dense(tickets, 2)).score());
  }

  @Test
  void knowledgePassesFromGenerationToGeneration() {
    Data few = Small.data(24, 10, 200);
    int generations = 5;
    double dense = 0;
    double first = 0;
    double last = 0;
    List<Long> seeds = List.of(1L, 2L, 3L);
    try (Network wide = Small.chain(16, 16, 16)) {
      for (long seed : seeds) {
        try (LocalTrial trial =
            new LocalTrial(wide, few, Small.training(0.1, 5e-3, 12, 20), new Seed(seed, 0))) {
          new KnowledgeEvolution(new Settings(generations, 0.35, new Kels())).run(trial);
          List<Ticket> tickets = trial.tickets();
          dense += Small.test(dense(tickets, generations)).score() / seeds.size();
          first += Small.test(Small.ticket(tickets, 1, "slim")).score() / seeds.size();
          last += Small.test(Small.ticket(tickets, generations, "slim")).score() / seeds.size();
          assertThat(magnitude(tickets, 1, "reset"))
              .isGreaterThan(0.7 * magnitude(tickets, 1, "fit"));
          assertThat(magnitude(tickets, generations, "reset"))
              .isLessThan(0.5 * magnitude(tickets, generations, "fit"));
          assertThat(Small.test(Small.ticket(tickets, generations, "reset")).score())
              .isLessThan(0.6);
        }
      }
    }
    // One of three classes.
    assertThat(dense).isGreaterThan(0.9);
    assertThat(first).isLessThan(0.5);
    assertThat(last).isCloseTo(dense, within(0.1));
  }

  @ParameterizedTest
  @MethodSource("splits")
  void nothingIsLeftOnTheDevice(Split split) {
    assertThat(run(settings(split), 1)).isNotEmpty();
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void aNetworkWithoutGroupsIsRefusedByTheSplitsOfChannelsAndTakenByTheOthers() {
    Plan plan = Plan.of(TRAINING, 40);
    try (Network nameless = TinyProblem.ungrouped()) {
      for (Split split : splits().toList()) {
        KnowledgeEvolution method = new KnowledgeEvolution(settings(split));
        if (split instanceof Kels || split instanceof RandomChannels) {
          assertThatThrownBy(
                  () -> Refusals.require(refusals -> method.check(nameless, DATA, plan, refusals)))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContainingAll(
                  "split.id: found " + (split instanceof Kels ? "kels" : "random-channels"),
                  "tiny-ungrouped",
                  "no groups of channels",
                  "wels",
                  "optGroup");
        } else {
          Refusals.require(refusals -> method.check(nameless, DATA, plan, refusals));
          try (LocalTrial trial = new LocalTrial(nameless, DATA, TRAINING, new Seed(1, 0))) {
            method.run(trial);
            assertThat(trial.tickets()).extracting(Ticket::branch).doesNotContain("slim");
          }
        }
        Refusals.require(refusals -> method.check(network, DATA, plan, refusals));
      }
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    for (double rate : new double[] {0, 1}) {
      assertThatThrownBy(() -> new Settings(0, rate, new Kels()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "generations: found 0, allowed is [1, 1000]",
              "split-rate: found " + rate + ", allowed is (0, 1)");
    }
  }

  @Test
  void settingsAreDescribedAndTheirDefaultsThePublicCodes() {
    assertThat(new Settings(5, 0.5, new Kels()).reset()).isEqualTo(Initialiser.PYTORCH_DEFAULT);
    assertThat(new Wels()).isEqualTo(new Wels(Wels.Count.EXPECTED));
    assertThat(Stream.of(Settings.class.getRecordComponents()))
        .extracting(component -> component.getAnnotation(Setting.class).defaults())
        .containsExactly("5", "0.5", "{ id = kels }", "pytorch-default");
    assertThat(Wels.class.getRecordComponents()[0].getAnnotation(Setting.class).defaults())
        .isEqualTo("expected");
    for (Class<?> record : List.of(Settings.class, Wels.class, ByCriterion.class)) {
      for (RecordComponent component : record.getRecordComponents()) {
        Setting setting = component.getAnnotation(Setting.class);
        assertThat(setting.value()).as(component.getName()).isNotBlank().doesNotEndWith(".");
      }
    }
  }
}
