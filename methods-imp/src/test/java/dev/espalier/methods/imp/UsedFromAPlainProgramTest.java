// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** This module alone in a plain program: no runner, no files. */
class UsedFromAPlainProgramTest {

  @Test
  void findsTicketsOfAThirdOfTheWeightsThatClassifyWellAboveChance() {
    List<Ticket> tickets = tickets(examples("train", 600), examples("test", 600));
    assertThat(tickets).hasSize(7);
    List<Ticket> sparse =
        tickets.stream().filter(t -> t.mask().density() > 0.2 && t.mask().density() < 0.4).toList();
    // Rounds 5 and 6, at 0.35 and 0.28. Chance is a quarter.
    assertThat(sparse).extracting(Ticket::round).contains(5, 6);
    assertThat(sparse).allMatch(t -> accuracy(t) > 0.85);
  }

  /** The documentation shows the code that runs above. */
  @Test
  void isQuotedByTheDocumentation() throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java/dev/espalier/methods/imp/UsedFromAPlainProgramTest.java"));
    String example =
        source.substring(
            source.lastIndexOf("// docs: begin") + 14, source.lastIndexOf("// docs: end"));
    assertThat(Files.readString(Path.of("../docs/library.md")))
        .contains(example.stripIndent().strip());
  }

  private static List<Ticket> tickets(Examples train, Examples test) {
    // docs: begin
    SequentialBlock block =
        new SequentialBlock()
            .add(Linear.builder().setUnits(40).build())
            .add(Activation::relu)
            .add(Linear.builder().setUnits(20).build())
            .add(Activation::relu)
            .add(Linear.builder().setUnits(4).build());
    Examples none = train.take();
    Data data = new Data("rings", train, none, test, Normalisation.NONE, 4);
    Training training =
        new Training(
            new Adam(0.01),
            new Constant(),
            Span.iterations(0), // warm-up
            50, // examples per step
            Span.epochs(20),
            Span.epochs(5)); // between evaluations
    try (Network network = Network.builder("mlp", block, train.shape()).build();
        LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
      new IterativeMagnitudePruning(
              new IterativeMagnitudePruning.Settings(
                  6, Span.iterations(0), new Magnitude(), new Geometric(0.2, 0.1)))
          .run(trial);
      for (Ticket ticket : trial.tickets()) {
        System.out.printf(
            "%.2f of the weights: accuracy %.3f%n",
            ticket.mask().density(),
            ticket.trained().history().last().orElseThrow().test().score());
      }
      return trial.tickets();
    }
    // docs: end
  }

  private static double accuracy(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test().score();
  }

  /** Points of the plane on four noisy rings around the origin; the ring is the class. */
  private static Examples examples(String part, int count) {
    RandomStream random = new Seed(3, 0).stream(part, 0);
    float[] features = new float[2 * count];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % 4;
      double radius = 0.5 + labels[i] * 0.8 + 0.1 * random.nextGaussian();
      double angle = 2 * Math.PI * random.nextDouble();
      features[2 * i] = (float) (radius * Math.cos(angle));
      features[2 * i + 1] = (float) (radius * Math.sin(angle));
    }
    return Examples.ofFloats(features, new Shape(2), labels);
  }
}
