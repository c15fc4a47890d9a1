// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.gates.NetworkSlimming;
import dev.espalier.methods.gates.PruningFromScratch;
import dev.espalier.methods.imp.EarlyBird;
import dev.espalier.methods.imp.Granularity;
import dev.espalier.methods.ke.Kels;
import dev.espalier.methods.ke.KnowledgeEvolution;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.Mobilenet;
import dev.espalier.zoo.models.Resnet;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The methods that remove channels, on a network of depthwise separable convolutions. */
@Tag("slow")
class SeparableNetworkTest {

  private static final Data DATA =
      new Data("tiny", examples(60), examples(20), examples(20), Normalisation.NONE, 3);
  private static final Training TRAINING =
      new Training(
          new Sgd(0.01), new Constant(), Span.iterations(0), 20, Span.epochs(2), Span.epochs(2));

  /** Gamma is drawn, so that every group has small ones. */
  private final Network network =
      new Mobilenet(0.125, Resnet.Stem.CIFAR, CodeFamily.OPEN_LTH).build(DATA.task());

  private static Examples examples(int count) {
    int[] labels = IntStream.range(0, count).map(example -> example % 3).toArray();
    byte[] pixels = new byte[16 * count];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (7 * i % 50 + 100 * labels[i / 16]);
    }
    return Examples.ofBytes(ByteBuffer.wrap(pixels), new Shape(1, 4, 4), labels);
  }

  @AfterEach
  void close() {
    network.close();
  }

  /** Runs a method, and returns its last ticket. */
  private Ticket run(Method method) {
    try (LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, 0))) {
      Refusals refusals = new Refusals();
      method.check(network, DATA, trial.plan(), refusals);
      assertThat(refusals.all()).isEmpty();
      assertThat(refusals.warnings()).as("groups that it cannot touch").isEmpty();
      method.run(trial);
      return trial.tickets().get(trial.tickets().size() - 1);
    }
  }

  /** The width of a group in a ticket. */
  private static long width(Group group, Ticket ticket) {
    Group.Slice rows = group.slices().get(0);
    return ticket.start().get(rows.parameter()).shape().get(rows.axis()) / rows.stride();
  }

  private void assertNarrower(Ticket ticket) {
    assertThat(network.groups())
        .hasSize(14)
        .allSatisfy(
            group -> assertThat(width(group, ticket)).as(group.name()).isLessThan(group.size()));
    assertThat(ticket.start().get("block5.depthwise.weight").shape().get(0))
        .isEqualTo(ticket.start().get("block4.pointwise.weight").shape().get(0));
  }

  @Test
  void slimmingRemovesChannelsOfEveryGroup() {
    assertNarrower(run(new NetworkSlimming(new NetworkSlimming.Settings(0.5))));
  }

  @Test
  void gatesAreLearnedOnEveryGroup() {
    PruningFromScratch.Settings settings =
        new PruningFromScratch.Settings(1, 0.5, 0.5, 2, 0.1, 0.3, false, Span.iterations(0), false);
    Ticket ticket = run(new PruningFromScratch(settings));
    long removed =
        network.groups().stream().filter(group -> width(group, ticket) < group.size()).count();
    assertThat(removed).isGreaterThan(7);
  }

  @Test
  void anEarlyBirdTicketIsDrawnFromEveryGroup() {
    EarlyBird.Settings settings =
        new EarlyBird.Settings(List.of(0.5), 1e-4, 1, 2, Granularity.CHANNELS, false);
    assertNarrower(run(new EarlyBird(settings)));
  }

  @Test
  void knowledgeEvolutionSplitsByWholeChannels() {
    Ticket ticket =
        run(new KnowledgeEvolution(new KnowledgeEvolution.Settings(1, 0.5, new Kels())));
    assertThat(ticket.branch()).isEqualTo("slim");
    assertThat(network.groups())
        .allSatisfy(group -> assertThat(width(group, ticket)).isEqualTo(group.size() / 2));
  }
}
