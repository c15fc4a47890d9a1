// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.Recording;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.structure.ScalePenalty;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import dev.espalier.methods.gates.NetworkSlimming.Baseline;
import dev.espalier.methods.gates.NetworkSlimming.Settings;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class NetworkSlimmingTest {

  private static final Data DATA = TinyProblem.data(200, 50, 200);

  /** 8 iterations an epoch, 12 epochs, the rate dropping at 50 % and 75 %, as in the paper. */
  private static final Training TRAINING =
      new Training(
          new Sgd(0.1, 0.9, false, 1e-4, List.of()),
          new Steps(List.of(Span.epochs(6), Span.epochs(9)), 0.1),
          Span.iterations(0),
          25,
          Span.epochs(12),
          Span.epochs(4));

  private static final List<Baseline> BOTH = List.of(Baseline.SCRATCH_E, Baseline.SCRATCH_B);

  /** Strong enough to show in so short a training. */
  private static final double S = 0.02;

  /** Two convolutions with batch norm, 10 + 12 channels, and a hidden layer that has no scales. */
  private static Network network() {
    return Network.builder("small", NetworkSlimmingTest::block, TinyProblem.INPUT)
        .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2"))
        .optGroup("conv2", List.of("conv2", "bn2"), List.of("fc"))
        .optGroup("fc", List.of("fc"), List.of("out"))
        .build();
  }

  private static Block block(Widths widths) {
    return new NamedBlocks()
        .add("conv1", TinyProblem.convolution(widths.of("conv1", 10)))
        .add("bn1", BatchNorm.builder().build())
        .add(Activation::relu)
        .add("conv2", TinyProblem.convolution(widths.of("conv2", 12)))
        .add("bn2", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add("fc", Linear.builder().setUnits(widths.of("fc", 7)).build())
        .add(Activation::relu)
        .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
  }

  private static LocalTrial trial(Network network) {
    return new LocalTrial(network, DATA, TRAINING, new Seed(1, 0));
  }

  private static Settings settings(double s, double p, List<Baseline> baselines) {
    return new Settings(s, p, Optional.empty(), baselines);
  }

  private static List<Ticket> run(Network network, Settings settings) {
    try (LocalTrial trial = trial(network)) {
      trial.publish(trial.ticket(0, trial.dense(), trial.initial(), trial.plan()));
      new NetworkSlimming(settings).run(trial);
      return trial.tickets();
    }
  }

  private static Ticket branch(List<Ticket> tickets, String branch) {
    return tickets.stream()
        .filter(ticket -> ticket.round() == 1 && ticket.branch().equals(branch))
        .findAny()
        .orElseThrow();
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  /** The channels that the method must have kept, from the trained wide network. */
  private static Channels channels(Network network, List<Ticket> tickets, double p) {
    ChannelScores gamma =
        ChannelScores.scales(network, branch(tickets, "penalised").trained().state());
    return gamma.above(gamma.threshold(p));
  }

  @Test
  void theMaskedWideNetworkAndTheNarrowOneSayTheSameAndCostTheSame() {
    try (Network wide = network()) {
      List<Ticket> tickets = run(wide, settings(S, 0.6, List.of()));
      Channels channels = channels(wide, tickets, 0.6);
      State trained = branch(tickets, "penalised").trained().state();
      State inherited = branch(tickets, Ticket.TICKET).start();
      try (Network narrow = wide.resized(channels.widths())) {
        float[] masked = TinyProblem.outputs(wide, channels.gatedOff(trained));
        assertThat(TinyProblem.outputs(narrow, inherited)).containsExactly(masked, within(1e-5f));
        assertThat(TinyProblem.outputs(wide, trained)).isNotEqualTo(masked);

        int a = channels.kept(wide.groups().get(0)).cardinality();
        int b = channels.kept(wide.groups().get(1)).cardinality();
        long macs = 9L * a * 16 + 9L * a * b * 16 + 4L * b * 7 + 7L * 3;
        assertThat(Cost.of(narrow).macs()).isEqualTo(macs);
        assertThat(Cost.of(wide, channels.widths()).macs()).isEqualTo(macs);
        assertThat(branch(tickets, Ticket.TICKET).findings())
            .containsEntry("macs", Long.toString(macs))
            .containsEntry(
                "macs-of-dense", Integer.toString(9 * 10 * 16 + 9 * 120 * 16 + 4 * 84 + 21))
            .containsEntry("channels", channels.toString());
      }
    }
  }

  @Test
  void channelsKeptAreAllLessThoseNotAboveTheThreshold() {
    try (Network wide = network()) {
      for (double p : new double[] {0.1, 0.5, 0.8}) {
        List<Ticket> tickets = run(wide, settings(S, p, List.of()));
        Ticket ticket = branch(tickets, Ticket.TICKET);
        State trained = branch(tickets, "penalised").trained().state();
        float t = Float.parseFloat(ticket.findings().get("threshold"));
        int gone = 0;
        for (String gamma : List.of("bn1.gamma", "bn2.gamma")) {
          for (int c = 0; c < trained.get(gamma).size(); c++) {
            gone += Math.abs(trained.get(gamma).get(c)) <= t ? 1 : 0;
          }
        }
        assertThat(gone).isGreaterThanOrEqualTo((int) (22 * p) + 1);
        int kept = ticket.start().get("bn1.gamma").size() + ticket.start().get("bn2.gamma").size();
        assertThat(kept).isEqualTo(22 - gone);
        assertThat(ticket.findings()).doesNotContainKey("kept-one-channel");
        assertThat(ticket.start().get("fc.bias").size()).isEqualTo(7);
      }
    }
  }

  @Test
  void withoutPenaltyTrainingIsPlainTrainingBitForBit() {
    try (Network wide = network()) {
      List<Ticket> plain = run(wide, settings(0, 0.5, List.of()));
      assertThat(branch(plain, "penalised").trained()).isEqualTo(plain.get(0).trained());
      List<Ticket> penalised = run(wide, settings(S, 0.5, List.of()));
      assertThat(penalised.get(0)).isEqualTo(plain.get(0));
      assertThat(branch(penalised, "penalised").trained()).isNotEqualTo(plain.get(0).trained());
      assertThat(scales(branch(penalised, "penalised"))).isLessThan(scales(plain.get(0)));
    }
  }

  private static double scales(Ticket ticket) {
    double sum = 0;
    for (String gamma : List.of("bn1.gamma", "bn2.gamma")) {
      Tensor values = ticket.trained().state().get(gamma);
      for (int c = 0; c < values.size(); c++) {
        sum += Math.abs(values.get(c));
      }
    }
    return sum;
  }

  @Test
  void narrowColumnsAreThoseOfTheKeptChannels() {
    try (Network wide = network()) {
      List<Ticket> tickets = run(wide, settings(S, 0.6, List.of()));
      Group last = wide.groups().get(1);
      int[] kept = channels(wide, tickets, 0.6).kept(last).stream().toArray();
      assertThat(kept.length).isBetween(1, 11);
      State trained = branch(tickets, "penalised").trained().state();
      State narrow = branch(tickets, Ticket.TICKET).start();
      int pixels = 4; // 12 maps of 2x2
      for (int row = 0; row < 7; row++) {
        for (int c = 0; c < kept.length; c++) {
          for (int pixel = 0; pixel < pixels; pixel++) {
            assertThat(narrow.get("fc.weight").get((row * kept.length + c) * pixels + pixel))
                .isEqualTo(trained.get("fc.weight").get((row * 12 + kept[c]) * pixels + pixel));
          }
        }
      }
      for (String whole : List.of("fc.bias", "out.weight", "out.bias")) {
        assertThat(narrow.get(whole)).isEqualTo(trained.get(whole));
      }
      for (String own : List.of("gamma", "beta", "runningMean", "runningVar")) {
        for (int c = 0; c < kept.length; c++) {
          assertThat(narrow.get("bn2." + own).get(c))
              .isEqualTo(trained.get("bn2." + own).get(kept[c]));
        }
      }
    }
  }

  @Test
  void scratchBSpendsTheBudgetOfTheWideNetworkAndScratchEItsEpochs() {
    try (Network wide = network()) {
      List<Ticket> tickets = run(wide, settings(S, 0.6, BOTH));
      Plan plan = tickets.get(0).plan();
      Plan b = branch(tickets, "scratch-b").plan();
      Map<String, String> findings = branch(tickets, Ticket.TICKET).findings();
      double narrow = Double.parseDouble(findings.get("macs"));
      double big = Double.parseDouble(findings.get("macs-of-dense"));
      double epoch = 8 * narrow;
      assertThat(b.total() * narrow).isCloseTo(plan.total() * big, within(epoch));
      assertThat(b.total()).isGreaterThan(2 * plan.total());
      // The rate drops at 50 % and 75 % of the longer timetable.
      assertThat(b.learningRate((long) (0.49 * b.total()))).isEqualTo(0.1);
      assertThat(b.learningRate((long) (0.51 * b.total()))).isCloseTo(0.01, within(1e-9));
      assertThat(b.learningRate((long) (0.74 * b.total()))).isCloseTo(0.01, within(1e-9));
      assertThat(b.learningRate((long) (0.76 * b.total()))).isCloseTo(0.001, within(1e-9));
      Ticket e = branch(tickets, "scratch-e");
      assertThat(e.plan()).isEqualTo(plan);
      assertThat(branch(tickets, "scratch-b").start()).isEqualTo(e.start());
      assertThat(branch(tickets, "scratch-b").trained().iteration()).isEqualTo(b.total());
      Ticket ticket = branch(tickets, Ticket.TICKET);
      for (String weights : List.of("conv1.weight", "conv2.weight", "fc.weight", "out.weight")) {
        assertThat(e.start().get(weights)).isNotEqualTo(ticket.start().get(weights));
        assertThat(e.start().get(weights).shape()).isEqualTo(ticket.start().get(weights).shape());
      }
    }
  }

  @Test
  void takesTheStepsOfThePaperInOrder() {
    try (Network wide = network();
        LocalTrial trial = trial(wide)) {
      trial.publish(trial.ticket(0, trial.dense(), trial.initial(), trial.plan()));
      new NetworkSlimming(settings(S, 0.5, BOTH)).run(trial);
      List<Ticket> tickets = trial.tickets();
      assertThat(tickets)
          .extracting(ticket -> ticket.round() + " " + ticket.branch())
          .containsExactly(
              "0 ticket", "1 penalised", "1 pruned", "1 ticket", "1 scratch-e", "1 scratch-b");
      assertThat(tickets).allMatch(ticket -> ticket.mask().isDense());
      Plan plan = trial.plan();
      Ticket penalised = tickets.get(1);
      assertThat(penalised.start()).isEqualTo(trial.initial());
      assertThat(penalised.trained())
          .isEqualTo(trial.train(trial.initial(), new ScalePenalty(S), plan));
      Channels channels = channels(wide, tickets, 0.5);
      State inherited = channels.narrow(penalised.trained().state());
      Ticket pruned = tickets.get(2);
      assertThat(pruned.start()).isEqualTo(inherited);
      assertThat(pruned.trained().state()).isEqualTo(inherited);
      assertThat(pruned.plan().isEmpty()).isTrue();
      Ticket ticket = tickets.get(3);
      assertThat(ticket.start()).isEqualTo(inherited);
      assertThat(ticket.plan()).isEqualTo(plan);
      try (Network narrow = wide.resized(channels.widths())) {
        assertThat(ticket.mask().layers()).isEqualTo(narrow.layers());
        // Without penalty, with an empty optimizer, over the whole timetable again.
        assertThat(ticket.trained())
            .isEqualTo(trial.withNetwork(narrow).train(inherited, Parametrization.dense(), plan));
        assertThat(tickets.get(4).start()).isEqualTo(trial.withNetwork(narrow).initial(1));
      }
    }
  }

  @Test
  void fineTuningTakesTheCourseOfTrainingInItsOwnLength() {
    try (Network wide = network()) {
      for (Span length : List.of(Span.epochs(3), Span.iterations(24))) {
        Settings settings = new Settings(S, 0.5, Optional.of(length), List.of());
        List<Ticket> tickets = run(wide, settings);
        assertThat(tickets).extracting(Ticket::round).containsExactly(0, 1, 1, 1);
        Ticket ticket = branch(tickets, Ticket.TICKET);
        assertThat(ticket.plan().from()).isZero();
        assertThat(ticket.plan().total()).isEqualTo(24);
        assertThat(ticket.plan().learningRate(11)).isEqualTo(0.1);
        assertThat(ticket.plan().learningRate(12)).isCloseTo(0.01, within(1e-9));
        assertThat(ticket.plan().learningRate(18)).isCloseTo(0.001, within(1e-9));
        assertThat(ticket.trained().iteration()).isEqualTo(24);
      }
    }
  }

  @Test
  void theSlimNetworkIsFarAboveChance() {
    try (Network wide = network()) {
      List<Ticket> tickets = run(wide, settings(S, 0.6, BOTH));
      assertThat(accuracy(branch(tickets, "penalised"))).isGreaterThan(0.9);
      // One of three classes.
      assertThat(accuracy(branch(tickets, Ticket.TICKET))).isGreaterThan(0.9);
      assertThat(accuracy(branch(tickets, "scratch-b"))).isGreaterThan(0.8);
      assertThat(accuracy(branch(tickets, "pruned")))
          .isLessThan(accuracy(branch(tickets, Ticket.TICKET)));
    }
  }

  @Test
  void aGroupThatWouldVanishKeepsTheChannelOfItsLargestScaleAndIsNamed() {
    try (Network wide = network();
        LocalTrial trial = trial(wide)) {
      float[] small = {0, 0.01f, -0.03f, 0.02f, 0, 0, 0, 0, 0, 0};
      Doctored doctored =
          new Doctored(trial, State.of(Map.of("bn1.gamma", Tensor.of(new Shape(10), small))));
      new NetworkSlimming(settings(S, 0.7, List.of())).run(doctored.trial());
      Ticket ticket = branch(trial.tickets(), Ticket.TICKET);
      assertThat(ticket.findings())
          .containsEntry("kept-one-channel", "conv1")
          .hasEntrySatisfying(
              "channels", kept -> assertThat(kept).startsWith("conv1 1 of 10, conv2 6 of 12"));
      assertThat(ticket.start().get("bn1.gamma")).isEqualTo(Tensor.of(new Shape(1), -0.03f));
      assertThat(ticket.start().get("conv2.weight").shape()).isEqualTo(new Shape(6, 1, 3, 3));
    }
  }

  /** A trial in which training with the penalty ends with other values. */
  private static final class Doctored extends Recording {

    private final State values;

    Doctored(LocalTrial trial, State values) {
      super(trial);
      this.values = values;
    }

    @Override
    public Trained train(
        Trial.Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor) {
      Trained trained = super.train(context, start, parametrization, plan, monitor);
      return parametrization instanceof ScalePenalty
          ? trained.with(trained.state().with(values), trained.history())
          : trained;
    }
  }

  @Test
  void onlyTheInnerChannelsOfResidualBlocksCompete() {
    try (Network residual = TinyProblem.residual(4)) {
      List<Ticket> tickets = run(residual, settings(S, 0.5, List.of()));
      Ticket ticket = branch(tickets, Ticket.TICKET);
      assertThat(ticket.findings().get("channels")).isEqualTo("stream 4 of 4, inner 2 of 6");
      assertThat(accuracy(ticket)).isGreaterThan(0.7);
    }
  }

  @Test
  void onlyTheTicketsStay() {
    try (Network wide = network();
        LocalTrial trial = trial(wide);
        LocalTrial again = trial(wide)) {
      int before = LiveArrays.count();
      new NetworkSlimming(settings(S, 0.5, BOTH)).run(trial);
      assertThat(LiveArrays.count()).isEqualTo(before);
      new NetworkSlimming(settings(S, 0.5, BOTH)).run(again);
      assertThat(again.tickets()).isEqualTo(trial.tickets());
    }
  }

  @Test
  void groupsThatItCannotTouchAreNamedWithTheirChannels() {
    Refusals refusals = new Refusals();
    try (Network network = network();
        LocalTrial trial = trial(network)) {
      new NetworkSlimming(new Settings(0.5)).check(network, DATA, trial.plan(), refusals);
    }
    assertThat(refusals.all()).isEmpty();
    assertThat(refusals.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "id: found groups of channels without one trained batch norm: fc, whose 7 of 29"
                + " channels are not removed. Fractions of channels are of the other 22");
  }

  @Test
  void aDepthwiseConvolutionIsNarrowedWithTheChannelsThatItTransforms() {
    Function<Widths, Block> block =
        widths -> {
          int c = widths.of("c", 10);
          return new NamedBlocks()
              .add("conv", TinyProblem.convolution(c))
              .add("bn", BatchNorm.builder().build())
              .add(Activation::relu)
              .add(
                  "depthwise",
                  Conv2d.builder()
                      .setKernelShape(new Shape(3, 3))
                      .optPadding(new Shape(1, 1))
                      .setFilters(c)
                      .optGroups(c)
                      .build())
              .add("dbn", BatchNorm.builder().build())
              .add(Activation::relu)
              .add(Blocks.batchFlattenBlock())
              .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
        };
    List<String> from = List.of("conv", "bn", "depthwise", "dbn");
    try (Network network =
        Network.builder("separable", block, TinyProblem.INPUT)
            .optGroup("c", from, List.of("out"), "dbn")
            .build()) {
      List<Ticket> tickets = run(network, settings(S, 0.5, List.of()));
      Ticket slim = tickets.get(tickets.size() - 1);
      assertThat(slim.start().get("depthwise.weight").shape()).isEqualTo(new Shape(4, 1, 3, 3));
      assertThat(slim.start().get("out.weight").shape()).isEqualTo(new Shape(3, 4 * 16));
      assertThat(accuracy(slim)).isGreaterThan(0.6); // chance is 1/3
    }
  }

  @Test
  void networksWithoutScalesAreRefused() {
    NetworkSlimming method = new NetworkSlimming(new Settings(0.5));
    Plan plan = Plan.of(TRAINING, 200);
    try (Network nameless = TinyProblem.ungrouped();
        Network unscaled =
            Network.builder(
                    "unscaled",
                    widths ->
                        new NamedBlocks()
                            .add(Blocks.batchFlattenBlock())
                            .add("fc", Linear.builder().setUnits(widths.of("fc", 5)).build())
                            .add("out", Linear.builder().setUnits(3).build()),
                    TinyProblem.INPUT)
                .optGroup("fc", List.of("fc"), List.of("out"))
                .build()) {
      assertThatThrownBy(
              () -> Refusals.require(refusals -> method.check(nameless, DATA, plan, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "id: found", "tiny-ungrouped", "no groups of channels", "batch norm", "vgg-11");
      assertThatThrownBy(
              () -> Refusals.require(refusals -> method.check(unscaled, DATA, plan, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("id: found", "unscaled", "no trained batch norm", "vgg-11");
    }
  }

  @Test
  void aSparsityThatKeepsFewerChannelsThanGroupsIsRefused() {
    Plan plan = Plan.of(TRAINING, 200);
    try (Network wide = network()) {
      assertThatThrownBy(
              () ->
                  Refusals.require(
                      refusals ->
                          new NetworkSlimming(new Settings(0.95))
                              .check(wide, DATA, plan, refusals)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(
              "sparsity: found 0.95",
              "1 of the 22 channels",
              "small",
              "less than 0.909",
              "2 groups");
      Refusals.require(
          refusals -> new NetworkSlimming(new Settings(0.909)).check(wide, DATA, plan, refusals));
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Settings(-1, 1, Optional.of(Span.epochs(0)), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "s: found -1.0, allowed is [0, inf)",
            "sparsity: found 1.0, allowed is (0, 1)",
            "fine-tuning: found 0 epochs, allowed is [1, inf)");
  }

  @Test
  void settingsByHandAreThePapers() {
    assertThat(new Settings(0.7)).isEqualTo(new Settings(1e-4, 0.7, Optional.empty(), List.of()));
    for (RecordComponent component : Settings.class.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      assertThat(setting.value()).as(component.getName()).isNotBlank().doesNotEndWith(".");
    }
  }
}
