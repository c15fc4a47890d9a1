// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Pattern;
import dev.espalier.api.Pruning;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.TieRule;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.LaterSettings;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.NOfM;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.ReinitControl;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.ShuffleControl;
import dev.espalier.api.train.Steps;
import dev.espalier.methods.imp.IterativeMagnitudePruning.Settings;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IterativeMagnitudePruningTest {

  private static final Data DATA = TinyProblem.data(40, 10, 10);
  private static final int ROUNDS = 3;
  private static final Training LONG =
      new Training(
          new Adam(0.01), new Constant(), Span.iterations(0), 20, Span.epochs(20), Span.epochs(20));
  private static final Geometric SCHEDULE = new Geometric(0.2, 0.1);
  private static final List<TieRule> RULES = List.of(TieRule.EXACT, new ReferenceTies());

  private final Network network = TinyProblem.convolutional();

  @AfterEach
  void close() {
    network.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4})
  void everyLevelStartsFromThetaK(long k) {
    try (LocalTrial trial = trial(new Sgd(0.1, 0.9, false, 0, List.of()), 1)) {
      Recording recording = new Recording(trial);
      run(recording.trial(), settings(k, Scope.layer(), TieRule.EXACT));

      State initial = trial.initial();
      State thetaK =
          k == 0
              ? initial
              : trial.train(initial, Parametrization.dense(), trial.plan().until(k)).state();
      List<Recording.Training> levels = new ArrayList<>(recording.trainings());
      if (k > 0) {
        // theta_k is trained once and shared by all levels.
        assertThat(levels.remove(0).plan()).isEqualTo(trial.plan().until(k));
        assertThat(thetaK.get("bn.runningMean")).isNotEqualTo(initial.get("bn.runningMean"));
      }
      assertThat(levels).hasSize(ROUNDS + 1);
      for (int level = 0; level <= ROUNDS; level++) {
        Mask mask = trial.tickets().get(level).mask();
        Trained from = levels.get(level).from();
        for (Layer layer : network.layers()) {
          Tensor start = from.variables().get(layer.name());
          for (int i = 0; i < layer.size(); i++) {
            float value = mask.keeps(layer, i) ? thetaK.get(layer.name()).get(i) : 0;
            assertThat(Float.floatToRawIntBits(start.get(i)))
                .as("level %d, %s[%d]", level, layer.name(), i)
                .isEqualTo(Float.floatToRawIntBits(value));
          }
        }
        for (String name : List.of("bn.gamma", "bn.beta", "fc.bias", "out.bias")) {
          assertThat(from.variables().get(name)).as(name).isEqualTo(thetaK.get(name));
        }
        for (String name : List.of("bn.runningMean", "bn.runningVar")) {
          assertThat(from.state().get(name)).as(name).isEqualTo(thetaK.get(name));
        }
        assertThat(from.optimizer()).isEqualTo(State.EMPTY);
        assertThat(from.iteration()).isEqualTo(k);
        assertThat(levels.get(level).plan()).isEqualTo(trial.plan().from(k));
        assertThat(trial.tickets().get(level).trained().iteration())
            .isEqualTo(trial.plan().total());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Rewind.class,
      names = {"LEARNING_RATE", "FINE_TUNING"})
  void otherwiseALevelStartsFromTheTrainedWeightsOfTheLevelBefore(Rewind rewind) {
    try (LocalTrial trial = trial(new Sgd(0.1, 0.9, false, 0, List.of()), 1)) {
      Recording recording = new Recording(trial);
      run(recording.trial(), settings(rewind, 4, Scope.layer(), TieRule.EXACT));

      List<Recording.Training> levels = recording.trainings().subList(1, ROUNDS + 2);
      for (int level = 1; level <= ROUNDS; level++) {
        Trained from = levels.get(level).from();
        Trained before = levels.get(level - 1).trained();
        Mask mask = trial.tickets().get(level).mask();
        assertThat(trial.tickets().get(level).start()).isEqualTo(before.state());
        assertThat(mask.apply(from.state())).isEqualTo(mask.apply(before.state()));
        assertThat(from.optimizer()).isEqualTo(State.EMPTY);
        assertThat(from.iteration()).isEqualTo(4);
        assertThat(levels.get(level).plan().from()).isEqualTo(4);
        assertThat(levels.get(level).plan().until()).isEqualTo(15);
        assertThat(levels.get(level).plan().equals(trial.plan().from(4)))
            .isEqualTo(rewind == Rewind.LEARNING_RATE);
      }
    }
  }

  /** The rate drops from 0.1 to 0.01 at iteration 8, so 0.01 is the last one. */
  @Test
  void fineTuningHasTheLastLearningRateInEachIteration() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      run(trial, settings(Rewind.FINE_TUNING, 4, Scope.layer(), TieRule.EXACT));
      Ticket first = trial.tickets().get(1);
      LongStream.range(4, 15)
          .forEach(
              i ->
                  assertThat(first.plan().learningRate(i))
                      .isEqualTo(trial.plan().learningRate(14)));
      Training constant =
          new Training(
              new Sgd(0.1 * 0.1),
              new Constant(),
              Span.iterations(0),
              8,
              Span.epochs(3),
              Span.epochs(1));
      try (LocalTrial other = new LocalTrial(network, DATA, constant, new Seed(1, 0))) {
        Trained trained =
            other.train(first.start(), Parametrization.masked(first.mask()), other.plan().from(4));
        assertThat(first.trained().state()).isEqualTo(trained.state());
      }
    }
  }

  @Test
  void fineTuningHasNoWarmUp() {
    Training warm =
        new Training(
            new Sgd(0.1), new Constant(), Span.iterations(6), 8, Span.epochs(3), Span.epochs(1));
    try (LocalTrial trial = new LocalTrial(network, DATA, warm, new Seed(1, 0))) {
      run(trial, settings(Rewind.FINE_TUNING, 0, Scope.layer(), TieRule.EXACT));
      assertThat(trial.tickets().get(0).plan().learningRate(0)).isZero();
      assertThat(trial.tickets().get(1).plan().learningRate(0)).isEqualTo(0.1);
    }
  }

  @Test
  void digestsAndKeysLeaveTheDefaultOut() {
    RecordComponent rewind = Settings.class.getRecordComponents()[2];
    assertThat(rewind.getName()).isEqualTo("rewind");
    assertThat(LaterSettings.isLeftOut(rewind, Rewind.WEIGHTS)).isTrue();
    assertThat(LaterSettings.isLeftOut(rewind, Rewind.LEARNING_RATE)).isFalse();
    assertThat(LaterSettings.isLeftOut(rewind, Rewind.FINE_TUNING)).isFalse();
  }

  @Test
  void oneShotRetrainsTheWeightsOfTheDenseNetwork() {
    Settings oneShot =
        new Settings(
            ROUNDS,
            Span.iterations(0),
            Rewind.LEARNING_RATE,
            true,
            Scope.layer(),
            Pattern.unstructured(),
            TieRule.EXACT,
            new Magnitude(),
            SCHEDULE);
    List<Ticket> tickets = tickets(oneShot, 1);
    for (int level = 1; level <= ROUNDS; level++) {
      assertThat(tickets.get(level).start()).isEqualTo(tickets.get(0).trained().state());
    }
  }

  @Test
  void rewindsByEpochsToo() {
    try (LocalTrial byEpochs = trial(new Sgd(0.1), 1);
        LocalTrial byIterations = trial(new Sgd(0.1), 1)) {
      run(byEpochs, new Settings(1, Span.epochs(1), new Magnitude(), SCHEDULE));
      run(byIterations, new Settings(1, Span.iterations(5), new Magnitude(), SCHEDULE));
      assertThat(byEpochs.tickets()).isEqualTo(byIterations.tickets());
    }
  }

  @Test
  void noRoundIsPlainTraining() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      run(trial, new Settings(0, Span.iterations(0), new Magnitude(), SCHEDULE));
      assertThat(trial.tickets())
          .singleElement()
          .extracting(Ticket::trained)
          .isEqualTo(trial.train(trial.initial(), Parametrization.dense(), trial.plan()));
    }
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void masksAreNested(Scope scope) {
    for (TieRule ties : RULES) {
      List<Ticket> tickets = tickets(settings(0, scope, ties), 1);
      assertThat(tickets).hasSize(ROUNDS + 1);
      assertThat(tickets.get(0).mask().isDense()).isTrue();
      for (int level = 1; level <= ROUNDS; level++) {
        Mask mask = tickets.get(level).mask();
        assertThat(mask.isWithin(tickets.get(level - 1).mask())).isTrue();
        assertThat(mask.kept()).isLessThan(tickets.get(level - 1).mask().kept());
        assertThat(tickets.get(level).round()).isEqualTo(level);
        assertThat(tickets.get(level).branch()).isEqualTo(Ticket.TICKET);
      }
    }
  }

  @Test
  void countsAreExactInEachLayer() {
    List<Ticket> tickets = tickets(settings(0, Scope.layer(), TieRule.EXACT), 1);
    // conv 18 and fc 40 at 0.8, 0.64, 0.512; out 15 at 0.9, 0.81, 0.729, to the nearest
    int[][] kept = {{18, 40, 15}, {14, 32, 14}, {12, 26, 12}, {9, 20, 11}};
    for (int level = 0; level <= ROUNDS; level++) {
      for (int l = 0; l < 3; l++) {
        assertThat(tickets.get(level).mask().kept(network.layers().get(l)))
            .isEqualTo(kept[level][l]);
      }
    }
  }

  @Test
  void countsAreExactOverAllLayers() {
    List<Ticket> tickets = tickets(settings(0, Scope.global(), TieRule.EXACT), 1);
    // 58 * 0.8^L + 15 * 0.9^L = 59.9, 49.27, 40.631
    assertThat(tickets).extracting(t -> t.mask().kept()).containsExactly(73L, 60L, 49L, 41L);
  }

  @Test
  void referenceModePrunesOneMoreThanItsRateInEachLayer() {
    List<Ticket> tickets = tickets(settings(0, Scope.layer(), new ReferenceTies()), 1);
    // conv 18: round(3.6) + 1 = 5, 13: round(2.6) + 1 = 4, 9: round(1.8) + 1 = 3
    // fc 40: 8 + 1, 31: round(6.2) + 1 = 7, 24: round(4.8) + 1 = 6
    // out 15 at 0.1: round(1.5) + 1 = 3 (halves to even), 12: round(1.2) + 1 = 2, 10: 1 + 1
    int[][] kept = {{18, 40, 15}, {13, 31, 12}, {9, 24, 10}, {6, 18, 8}};
    for (int level = 0; level <= ROUNDS; level++) {
      for (int l = 0; l < 3; l++) {
        assertThat(tickets.get(level).mask().kept(network.layers().get(l)))
            .as("level %d, layer %d", level, l)
            .isEqualTo(kept[level][l]);
      }
    }
  }

  @Test
  void prunesTheSmallestTrainedWeightsOfTheLevelBefore() {
    List<Ticket> tickets = tickets(settings(0, Scope.layer(), TieRule.EXACT), 1);
    for (int level = 1; level <= ROUNDS; level++) {
      Ticket before = tickets.get(level - 1);
      for (Layer layer : network.layers()) {
        Tensor trained = before.trained().state().get(layer.name());
        float largestPruned = 0;
        float smallestKept = Float.POSITIVE_INFINITY;
        for (int i = 0; i < layer.size(); i++) {
          if (tickets.get(level).mask().keeps(layer, i)) {
            smallestKept = Math.min(smallestKept, Math.abs(trained.get(i)));
          } else if (before.mask().keeps(layer, i)) {
            largestPruned = Math.max(largestPruned, Math.abs(trained.get(i)));
          }
        }
        assertThat(largestPruned).isPositive().isLessThan(smallestKept);
      }
    }
  }

  @Test
  void deadWeightsAreZeroAtTheEndOfALevel() {
    Ticket last = tickets(settings(0, Scope.layer(), TieRule.EXACT), 1).get(ROUNDS);
    for (Layer layer : network.layers()) {
      for (int i = 0; i < layer.size(); i++) {
        assertThat(last.trained().state().get(layer.name()).get(i) == 0)
            .isNotEqualTo(last.mask().keeps(layer, i));
      }
    }
  }

  @Test
  void levelZeroWithRewindingEqualsOneGoWithoutMomentum() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      run(trial, settings(4, Scope.layer(), TieRule.EXACT));
      Trained oneGo = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
      assertThat(trial.tickets().get(0).trained().state()).isEqualTo(oneGo.state());
    }
  }

  @Test
  void levelZeroWithRewindingEqualsOneGoOnlyIfTheMomentumIsKept() {
    try (LocalTrial trial = trial(new Sgd(0.1, 0.9, false, 0, List.of()), 1)) {
      run(trial, settings(4, Scope.layer(), TieRule.EXACT));
      Parametrization dense = Parametrization.dense();
      Trained oneGo = trial.train(trial.initial(), dense, trial.plan());
      Trained k = trial.train(trial.initial(), dense, trial.plan().until(4));
      // The method begins with an empty optimizer, as the papers do.
      assertThat(trial.tickets().get(0).trained().state()).isNotEqualTo(oneGo.state());
      assertThat(trial.train(k, dense, trial.plan().from(4))).isEqualTo(oneGo);
    }
  }

  @Test
  void sameSeedGivesIdenticalMasksAndAnotherSeedOthers() {
    Settings settings = settings(4, Scope.global(), TieRule.EXACT);
    List<Ticket> tickets = tickets(settings, 1);
    assertThat(tickets(settings, 1)).isEqualTo(tickets);
    assertThat(tickets(settings, 2).get(ROUNDS).mask()).isNotEqualTo(tickets.get(ROUNDS).mask());
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void pruningDoesNotDependOnTheOrderOfLayers(Scope scope) {
    State trained = tickets(settings(0, scope, TieRule.EXACT), 1).get(0).trained().state();
    List<Layer> layers = network.layers();
    List<Layer> reversed = new ArrayList<>(layers);
    Collections.reverse(reversed);
    for (TieRule ties : RULES) {
      Pruning how = new Pruning(new Magnitude(), SCHEDULE, scope, ties);
      Mask there = how.prune(magnitudes(layers, trained), Mask.dense(layers), 0, 1);
      Mask back = how.prune(magnitudes(reversed, trained), Mask.dense(reversed), 0, 1);
      assertThat(there.isDense()).isFalse();
      for (Layer layer : layers) {
        assertThat(back.alive(layer)).isEqualTo(there.alive(layer));
      }
    }
  }

  private static Scores magnitudes(List<Layer> layers, State state) {
    return Scores.of(
        layers,
        layer -> {
          double[] scores = new double[layer.size()];
          for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.abs(state.get(layer.name()).get(i));
          }
          return scores;
        });
  }

  @Test
  void levelsApproachTwoOfFourAndTheLastHasThePatternAndLearns() {
    try (Network linear = TinyProblem.linear(); // 16 and 8 inputs
        LocalTrial trial =
            new LocalTrial(linear, TinyProblem.data(200, 50, 100), LONG, new Seed(1, 0))) {
      Settings settings =
          new Settings(
              2,
              Span.iterations(0),
              Rewind.WEIGHTS,
              false,
              Scope.layer(),
              new NOfM(2, 4),
              new ReferenceTies(),
              new Magnitude(),
              Schedule.exponential(0.5, 2));
      Refusals.require(
          refusals ->
              new IterativeMagnitudePruning(settings).check(linear, DATA, trial.plan(), refusals));
      run(trial, settings);
      Ticket last = trial.tickets().get(2);
      assertThat(trial.tickets().get(1).mask().density()).isCloseTo(0.7, within(0.02));
      assertThat(last.mask().isWithin(trial.tickets().get(1).mask())).isTrue();
      for (Layer layer : linear.layers()) {
        for (int group = 0; group < layer.size(); group += 4) {
          assertThat(last.mask().alive(layer).get(group, group + 4).cardinality()).isEqualTo(2);
        }
      }
      assertThat(last.trained().history().last().orElseThrow().test().score()).isGreaterThan(0.9);
    }
  }

  @Test
  void aScheduleThatDoesNotEndAtThePatternIsRefused() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      Settings settings =
          new Settings(
              2,
              Span.iterations(0),
              Rewind.WEIGHTS,
              false,
              Scope.layer(),
              new NOfM(2, 4),
              TieRule.EXACT,
              new Magnitude(),
              SCHEDULE);
      Refusals refusals = new Refusals();
      new IterativeMagnitudePruning(settings).check(network, DATA, trial.plan(), refusals);
      assertThat(refusals.all())
          .singleElement()
          .asString()
          .contains("pattern.n: found 2:4 for the density 0.64", "2/4 in the last round");
    }
  }

  @Test
  void oneShotPrunesTheTrainedDenseNetworkAtEveryLevel() {
    Settings oneShot =
        new Settings(
            ROUNDS,
            Span.iterations(0),
            Rewind.WEIGHTS,
            true,
            Scope.layer(),
            Pattern.unstructured(),
            TieRule.EXACT,
            new Magnitude(),
            SCHEDULE);
    // At so high a rate weights change their order from level to level.
    Optimizer wild = new Adam(0.1);
    List<Ticket> tickets = tickets(wild, oneShot, 1);
    Mask dense = Mask.dense(network.layers());
    for (int level = 1; level <= ROUNDS; level++) {
      assertThat(tickets.get(level).mask())
          .isEqualTo(
              new Pruning(new Magnitude(), SCHEDULE, Scope.layer(), TieRule.EXACT)
                  .prune(
                      magnitudes(network.layers(), tickets.get(0).trained().state()),
                      dense,
                      0,
                      level));
    }
    List<Ticket> iterative = tickets(wild, settings(0, Scope.layer(), TieRule.EXACT), 1);
    assertThat(tickets.get(1)).isEqualTo(iterative.get(1));
    assertThat(tickets.get(ROUNDS).mask()).isNotEqualTo(iterative.get(ROUNDS).mask());
    assertThat(tickets.get(ROUNDS).mask().kept()).isEqualTo(iterative.get(ROUNDS).mask().kept());
  }

  @Test
  void shuffleControlKeepsWeightsAndTheNumberInEveryLayer() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      run(trial, settings(4, Scope.global(), TieRule.EXACT));
      Ticket ticket = trial.tickets().get(ROUNDS);
      Ticket control = new ShuffleControl().ofTicket(ticket, trial).orElseThrow();
      assertThat(control.branch()).isEqualTo("shuffle");
      assertThat(control.mask()).isNotEqualTo(ticket.mask());
      for (Layer layer : network.layers()) {
        assertThat(control.mask().kept(layer)).isEqualTo(ticket.mask().kept(layer));
      }
      assertThat(control.start()).isEqualTo(ticket.start());
      assertThat(control.plan()).isEqualTo(ticket.plan());
      assertThat(new ShuffleControl().ofTicket(ticket, trial)).contains(control);
    }
  }

  @Test
  void reinitControlKeepsTheMaskAndChangesEverySurvivingWeight() {
    try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
      run(trial, settings(4, Scope.global(), TieRule.EXACT));
      Ticket ticket = trial.tickets().get(ROUNDS);
      Ticket control = new ReinitControl().ofTicket(ticket, trial).orElseThrow();
      assertThat(control.mask()).isEqualTo(ticket.mask());
      assertThat(control.plan()).isEqualTo(ticket.plan());
      for (Layer layer : network.layers()) {
        for (int i = 0; i < layer.size(); i++) {
          if (ticket.mask().keeps(layer, i)) {
            float value = control.start().get(layer.name()).get(i);
            assertThat(value)
                .isNotEqualTo(ticket.start().get(layer.name()).get(i))
                .isNotEqualTo(trial.initial().get(layer.name()).get(i));
          }
        }
      }
      // Every round draws its own.
      Ticket other = new ReinitControl().ofTicket(trial.tickets().get(1), trial).orElseThrow();
      assertThat(other.start()).isNotEqualTo(control.start());
    }
  }

  @Test
  void dataOrderAndLearningRateGoOnFromK() {
    // The dense level from theta_k ends where a training of the whole timetable does, which it
    // could not if its first epoch were drawn anew or the drop of the rate came k steps late.
    for (long k : LongStream.of(1, 5, 7, 14).toArray()) {
      try (LocalTrial trial = trial(new Sgd(0.1), 1)) {
        run(trial, new Settings(1, Span.iterations(k), new Magnitude(), SCHEDULE));
        assertThat(trial.tickets().get(0).trained().state())
            .isEqualTo(trial.train(trial.initial(), Parametrization.dense(), trial.plan()).state());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {15, 1000})
  void refusesToRewindToTheEndOfTheTrainingOrBeyond(long k) {
    try (LocalTrial trial = trial(new Adam(0.01), 1)) {
      assertThatThrownBy(() -> run(trial, settings(k, Scope.layer(), TieRule.EXACT)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("rewind-to: found iteration " + k, "less than the 15");
      assertThat(trial.tickets()).isEmpty();
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> new Settings(-1, Span.iterations(0), new Magnitude(), SCHEDULE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("rounds: found -1", "[0, 1000]");
  }

  static List<Scope> scopes() {
    return List.of(Scope.layer(), Scope.global());
  }

  private static Settings settings(long k, Scope scope, TieRule ties) {
    return settings(Rewind.WEIGHTS, k, scope, ties);
  }

  private static Settings settings(Rewind rewind, long k, Scope scope, TieRule ties) {
    return new Settings(
        ROUNDS,
        Span.iterations(k),
        rewind,
        false,
        scope,
        Pattern.unstructured(),
        ties,
        new Magnitude(),
        SCHEDULE);
  }

  private List<Ticket> tickets(Settings settings, long seed) {
    return tickets(new Adam(0.01), settings, seed);
  }

  private List<Ticket> tickets(Optimizer optimizer, Settings settings, long seed) {
    try (LocalTrial trial = trial(optimizer, seed)) {
      run(trial, settings);
      return trial.tickets();
    }
  }

  private static void run(dev.espalier.api.Trial trial, Settings settings) {
    new IterativeMagnitudePruning(settings).run(trial);
  }

  /** Five batches an epoch, three epochs, the rate dropping in the middle. */
  private LocalTrial trial(Optimizer optimizer, long seed) {
    Training training =
        new Training(
            optimizer,
            new Steps(List.of(Span.iterations(8)), 0.1),
            Span.iterations(0),
            8,
            Span.epochs(3),
            Span.epochs(1));
    return new LocalTrial(network, DATA, training, new Seed(seed, 0));
  }
}
