// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.methods.imp.Geometric;
import dev.espalier.methods.imp.IterativeMagnitudePruning;
import dev.espalier.methods.imp.Magnitude;
import dev.espalier.zoo.data.Digits;
import dev.espalier.zoo.data.Mnist;
import dev.espalier.zoo.data.PixelScale;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.Vgg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A plain program: the api, the zoo and one method module, without the runner. */
@Tag("slow")
class VggOnMnistTest {

  @Test
  void theDenseVggAndATicketOfAThirdOfItsWeightsClassifyFarAboveChance() throws IOException {
    List<Ticket> tickets = tickets(source());
    assertThat(tickets).extracting(Ticket::round).containsExactly(0, 1);
    assertThat(tickets.get(1).mask().density()).isBetween(0.3, 0.35);
    // Chance is a tenth.
    assertThat(tickets)
        .allSatisfy(
            ticket ->
                assertThat(ticket.trained().history().last().orElseThrow().test().score())
                    .isGreaterThan(0.8));
  }

  /** The program that docs/library.md shows is the one that runs above. */
  @Test
  void isQuotedByTheDocumentation() throws IOException {
    String source = Files.readString(Path.of("src/test/java/dev/espalier/zoo/VggOnMnistTest.java"));
    String example =
        source.substring(
            source.lastIndexOf("// library: begin") + 17, source.lastIndexOf("// library: end"));
    assertThat(Files.readString(Path.of("../docs/library.md")))
        .contains(example.stripIndent().strip());
  }

  private static List<Ticket> tickets(DataSource source) throws IOException {
    // library: begin
    Seed seed = new Seed(1, 0);
    Data data =
        source
            .load(Prepared.inMemory())
            .withPerClass(100, seed.stream("per-class", 0)); // of 10 classes
    Training training =
        new Training(
            new Adam(0.002),
            new Constant(),
            Span.iterations(0), // warm-up
            50, // examples per step
            Span.epochs(4),
            Span.epochs(4)); // between evaluations
    Model vgg = new Vgg.Vgg11(8, CodeFamily.SYNFLOW); // 8 channels in the first block
    try (Network network = vgg.build(data.task());
        LocalTrial trial = new LocalTrial(network, data, training, seed)) {
      new IterativeMagnitudePruning(
              new IterativeMagnitudePruning.Settings(
                  1, Span.iterations(0), new Magnitude(), new Geometric(0.68, 0.3)))
          .run(trial);
      for (Ticket ticket : trial.tickets()) {
        System.out.printf(
            "%.2f of the weights: accuracy %.3f%n",
            ticket.mask().density(),
            ticket.trained().history().last().orElseThrow().test().score());
      }
      return trial.tickets();
    }
    // library: end
  }

  /** MNIST where it is at hand, else the bundled part of it. */
  private static DataSource source() {
    Optional<Path> mnist =
        Stream.of(System.getenv("ESPALIER_DATA"), "../../shared/data", "../../../shared/data")
            .filter(Objects::nonNull)
            .map(data -> Path.of(data, "mnist"))
            .filter(Files::isDirectory)
            .findFirst();
    return mnist.isPresent()
        ? new Mnist(mnist.map(Path::toString), PixelScale.STANDARD, Optional.empty())
        : new Digits(PixelScale.STANDARD);
  }
}
