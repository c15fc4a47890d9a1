// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Control;
import dev.espalier.api.Plan;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.ReinitControl;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.ShuffleControl;
import dev.espalier.methods.slots.EdgePopup.Settings;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EdgePopupTest {

  private static final Data DATA = TinyProblem.data(200, 50, 200);

  /** As in the paper, but for the length. */
  private static final Training TRAINING = training(Span.epochs(30));

  private static Training training(Span length) {
    return new Training(
        new Sgd(0.1, 0.9, false, 1e-4, List.of()),
        new Cosine(),
        Span.iterations(0),
        25,
        length,
        Span.epochs(10));
  }

  private static LocalTrial trial(Network network, Training training, int replicate) {
    return new LocalTrial(network, DATA, training, new Seed(1, replicate));
  }

  /** 16-40-40-3 without biases, of which sub-networks can do something. */
  private static Network wide(Initialiser initialiser) {
    NamedBlocks block = new NamedBlocks().add(Blocks.batchFlattenBlock());
    for (int i = 0; i < 2; i++) {
      block.add("fc", Linear.builder().setUnits(40).optBias(false).build()).add(Activation::relu);
    }
    block.add("out", Linear.builder().setUnits(TinyProblem.CLASSES).optBias(false).build());
    return Network.builder("wide", block, TinyProblem.INPUT).optInitialiser(initialiser).build();
  }

  private static Ticket run(LocalTrial trial, Settings settings) {
    new EdgePopup(settings).run(trial);
    assertThat(trial.tickets()).hasSize(1);
    return trial.tickets().get(0);
  }

  static List<Scope> scopes() {
    return List.of(Scope.layer(), Scope.global());
  }

  private static Subnetwork subnetwork(LocalTrial trial, double keep, Scope scope) {
    State w = SubnetworkTest.weights(trial.network(), trial.initial());
    return new Subnetwork(w, keep, scope, trial.seed());
  }

  private static double accuracy(Trained trained) {
    return trained.history().last().orElseThrow().test().score();
  }

  static Stream<Initialiser> initialisers() {
    return Stream.of(Initialiser.KAIMING_NORMAL, Initialiser.SIGNED_CONSTANT);
  }

  @ParameterizedTest
  @MethodSource("initialisers")
  void theSubnetworkIsFarAboveChanceAndItsUntrainedControlsAreNot(Initialiser initialiser) {
    double controls = 0;
    int replicates = 5;
    try (Network network = wide(initialiser)) {
      for (int replicate = 0; replicate < replicates; replicate++) {
        try (LocalTrial trial = trial(network, TRAINING, replicate)) {
          Ticket ticket = run(trial, new Settings(0.5));
          assertThat(accuracy(ticket.trained())).isGreaterThan(0.9);
          for (Control kind : List.of(new ReinitControl(), new ShuffleControl())) {
            Ticket control = kind.ofTicket(ticket, trial).orElseThrow();
            assertThat(control.mask().kept()).isEqualTo(ticket.mask().kept());
            assertThat(control.trained().state()).isEqualTo(control.mask().apply(control.start()));
            controls += accuracy(control.trained()) / (2 * replicates);
          }
        }
      }
    }
    // One of three classes; a single random network can be lucky, ten are not.
    assertThat(controls).isBetween(0.2, 0.5);
  }

  @Test
  void theTicketIsAnUntrainedSubnetworkAndMeasuresAsItsTrainingDid() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, TRAINING, 0)) {
      Ticket ticket = run(trial, new Settings(0.7));
      assertThat(ticket.round()).isEqualTo(1);
      assertThat(ticket.branch()).isEqualTo(Ticket.TICKET);
      assertThat(ticket.plan().from()).isEqualTo(ticket.plan().until()).isEqualTo(240);
      assertThat(ticket.analysis()).isEqualTo(trial.analyse(ticket.mask()));
      assertThat(ticket.trained().iteration()).isEqualTo(240);
      State found = ticket.mask().apply(ticket.start());
      assertThat(found).isEqualTo(ticket.trained().state());
      assertThat(trial.measure(found).history().last().orElseThrow().test())
          .isEqualTo(ticket.trained().history().last().orElseThrow().test());
    }
  }

  @Test
  void weightsBiasesAndBatchNormParametersStayBitForBitAndEveryStepKeepsExactlyAsMany() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, TRAINING, 0)) {
      State start = trial.initial();
      for (Scope scope : List.of(Scope.layer(), Scope.global())) {
        Subnetwork subnetwork = subnetwork(trial, 0.35, scope);
        Trained trained = Trained.begin(network, start, subnetwork, 0);
        Mask first = subnetwork.mask(network, trained.variables());
        for (int i = 0; i < 40; i++) {
          trained = trial.train(trained, subnetwork, trial.plan().from(i).until(i + 1));
          Mask mask = subnetwork.mask(network, trained.variables());
          State expected = mask.apply(start);
          for (String parameter : network.parameters().keySet()) {
            if (network.trains(parameter)) {
              assertThat(trained.state().get(parameter)).isEqualTo(expected.get(parameter));
            }
          }
          if (!scope.isGlobal()) {
            // 18, 40 and 15 less int(0.65 n)
            assertThat(network.layers()).extracting(mask::kept).containsExactly(7, 14, 6);
          } else {
            assertThat(mask.kept()).isEqualTo(73 - 47);
          }
        }
        assertThat(subnetwork.mask(network, trained.variables())).isNotEqualTo(first);
        assertThat(trained.variables().names()).hasSize(3);
        assertThat(trained.state().get("bn.runningMean")).isNotEqualTo(start.get("bn.runningMean"));
      }
    }
  }

  @Test
  void keepingAllIsTheDenseRandomNetworkAndKeepingNoneSaysNothing() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, training(Span.epochs(2)), 0)) {
      new EdgePopup(new Settings(1)).run(trial);
      new EdgePopup(new Settings(0)).run(trial);
      Ticket all = trial.tickets().get(0);
      assertThat(all.mask().isDense()).isTrue();
      assertThat(all.trained().state()).isEqualTo(trial.initial());
      assertThat(accuracy(all.trained())).isEqualTo(accuracy(trial.measure(trial.initial())));
      Ticket none = trial.tickets().get(1);
      assertThat(none.mask().kept()).isZero();
      assertThat(none.trained().history().last().orElseThrow().test().loss())
          .isCloseTo(Math.log(3), within(1e-6));
    }
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void resumedIsUninterruptedBitForBit(Scope scope) {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, TRAINING, 0)) {
      State start = trial.initial();
      Plan plan = trial.plan();
      Subnetwork subnetwork = subnetwork(trial, 0.5, scope);
      Trained whole = trial.train(start, subnetwork, plan);
      Trained sofar = trial.train(start, subnetwork, plan.until(7));
      sofar = trial.train(sofar, subnetwork, plan.from(7).until(100));
      assertThat(trial.train(sofar, subnetwork, plan.from(100))).isEqualTo(whole);
    }
  }

  @Test
  void theSeedSaysAllAndOnlyTheResultStays() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, training(Span.epochs(3)), 0);
        LocalTrial again = trial(network, training(Span.epochs(3)), 0);
        LocalTrial other = trial(network, training(Span.epochs(3)), 1)) {
      int before = LiveArrays.count();
      Ticket ticket = run(trial, new Settings(0.5));
      assertThat(run(again, new Settings(0.5))).isEqualTo(ticket);
      assertThat(run(other, new Settings(0.5)).mask()).isNotEqualTo(ticket.mask());
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void scaledWeightsAreDividedByTheRootOfTheFractionKept() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = trial(network, training(Span.epochs(1)), 0)) {
      Ticket ticket = run(trial, new Settings(0.25, Scope.layer(), true));
      for (Layer layer : network.layers()) {
        Tensor drawn = trial.initial().get(layer.name());
        for (int i = 0; i < layer.size(); i++) {
          assertThat(ticket.start().get(layer.name()).get(i)).isEqualTo(2 * drawn.get(i));
        }
      }
    }
  }

  @Test
  void oneRankingOfAllLayersKeepsAsManyInAll() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = trial(network, training(Span.epochs(5)), 0)) {
      Ticket ticket = run(trial, new Settings(0.5, Scope.global(), false));
      assertThat(ticket.mask().kept()).isEqualTo(37);
      assertThat(network.layers()).extracting(ticket.mask()::kept).isNotEqualTo(List.of(9, 20, 8));
      assertThat(ticket.mask().apply(ticket.start())).isEqualTo(ticket.trained().state());
    }
  }

  @Test
  void aGlobalRankingThatKeepsFewerWeightsThanLayersIsRefused() {
    try (Network network = TinyProblem.convolutional()) {
      Plan plan = Plan.of(TRAINING, 200);
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals ->
                          new EdgePopup(new Settings(0.02, Scope.global(), false))
                              .check(network, DATA, plan, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "keep: found 0.02",
              "2 of the 73 weights",
              "tiny-convolutional",
              "0.041096",
              "3 layers");
      Refusals.require(
          refusals ->
              new EdgePopup(new Settings(0.041096, Scope.global(), false))
                  .check(network, DATA, plan, refusals));
      Refusals.require(
          refusals ->
              new EdgePopup(new Settings(0, Scope.global(), false))
                  .check(network, DATA, plan, refusals));
      Refusals.require(
          refusals -> new EdgePopup(new Settings(0.02)).check(network, DATA, plan, refusals));
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Settings(1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("keep: found 1.5", "[0, 1]");
    assertThatThrownBy(() -> new Settings(0, Scope.layer(), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("scale-fan: found true", "keep", "above 0");
  }
}
