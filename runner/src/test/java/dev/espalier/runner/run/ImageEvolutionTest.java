// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.structure.Cost;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.ke.Kels;
import dev.espalier.methods.ke.KnowledgeEvolution;
import dev.espalier.runner.store.PreparedFiles;
import dev.espalier.zoo.data.Colour;
import dev.espalier.zoo.data.ImageFolder;
import dev.espalier.zoo.data.ImageScale;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.Resnet;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Knowledge evolution on images as large as the paper's, and smaller, of its ResNet-18 with few
 * channels.
 */
@Tag("slow")
class ImageEvolutionTest {

  private static final String[] COLOURS = {"blue", "green", "red"};
  private static final float[] HUES = {0.66f, 0.33f, 0};

  @TempDir private Path temp;

  @Test
  void runsOnRandomCropsOfTheUsualSize() throws IOException {
    Data data = data(1, 300, 256, Optional.of(224));
    assertThat(data.train().shape()).isEqualTo(new Shape(3, 256, 256));
    assertThat(data.augmentations()).containsExactly(new RandomResizedCrop(0.08, 1), new Flip(0.5));
    try (Network wide = resnet(data);
        Network thin = wide.resized(narrowed(wide, 16))) {
      assertThat(thin.batch(1)).isEqualTo(new Shape(1, 3, 224, 224));
      // The usual one's 1.8 billion.
      assertThat(Cost.of(wide).macs()).isBetween(1_800_000_000L, 1_830_000_000L);
      assertSlim(thin, run(thin, data, 3, 2));
    }
  }

  @Test
  void learnsFromRandomCropsOfSmallImages() throws IOException {
    Data data = data(8, 70, 64, Optional.empty());
    try (Network wide = resnet(data);
        Network thin = wide.resized(narrowed(wide, 8))) {
      List<Ticket> tickets = run(thin, data, 12, 45);
      assertSlim(thin, tickets);
      for (Ticket ticket : tickets) {
        if (ticket.branch().equals(Ticket.TICKET)) {
          // One of three classes.
          assertThat(test(ticket).score()).isGreaterThan(0.8);
        }
      }
    }
  }

  private static Network resnet(Data data) {
    return new Resnet.Resnet18(Resnet.Stem.IMAGENET, CodeFamily.SYNFLOW).build(data.task());
  }

  private static Widths narrowed(Network wide, int times) {
    Map<String, Integer> widths = new HashMap<>();
    wide.groups().forEach(group -> widths.put(group.name(), group.size() / times));
    return Widths.of(widths);
  }

  /** Two generations. */
  private static List<Ticket> run(Network network, Data data, int batch, int iterations) {
    Training training =
        new Training(
            new Sgd(0.02, 0.9, false, 1e-4, List.of()),
            new Cosine(),
            Span.iterations(0),
            batch,
            Span.iterations(iterations),
            Span.iterations(iterations));
    try (LocalTrial trial = new LocalTrial(network, data, training, new Seed(1, 0))) {
      new KnowledgeEvolution(new KnowledgeEvolution.Settings(2, 0.5, new Kels())).run(trial);
      return trial.tickets();
    }
  }

  private static void assertSlim(Network network, List<Ticket> tickets) {
    assertThat(tickets)
        .extracting(ticket -> ticket.round() + " " + ticket.branch())
        .containsExactly(
            "1 ticket", "1 fit", "1 reset", "1 slim", "2 ticket", "2 fit", "2 reset", "2 slim");
    Map<String, Integer> half = new HashMap<>();
    for (Group group : network.groups()) {
      half.put(group.name(), (group.size() + 1) / 2);
    }
    Cost slim = Cost.of(network, Widths.of(half));
    // A quarter, but half of the first convolution, which reads the whole image, and the
    // classifier.
    assertThat((double) slim.macs() / Cost.of(network).macs()).isBetween(0.25, 0.4);
    for (int g = 0; g < 8; g += 4) {
      assertThat(tickets.get(g).mask().layers()).isEqualTo(network.layers());
      assertThat(tickets.get(g + 3).mask().size())
          .isEqualTo(tickets.get(g + 1).mask().kept())
          .isLessThan(tickets.get(g).mask().size() / 3);
      Evaluation fit = test(tickets.get(g + 1));
      assertThat(test(tickets.get(g + 3)).loss()).isCloseTo(fit.loss(), within(1e-3));
      assertThat(fit.loss()).isFinite();
    }
  }

  private static Evaluation test(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test();
  }

  /** Noise in three colours: some training images of each, and half as many to test. */
  private Data data(int each, int pixels, int size, Optional<Integer> crop) throws IOException {
    Path images = temp.resolve("images");
    Random random = new Random(1);
    for (String part : List.of("train", "test")) {
      int count = part.equals("train") ? each : (each + 1) / 2;
      for (int colour = 0; colour < COLOURS.length; colour++) {
        for (int i = 0; i < count; i++) {
          BufferedImage image = new BufferedImage(pixels + 10, pixels, BufferedImage.TYPE_INT_RGB);
          for (int p = 0; p < (pixels + 10) * pixels; p++) {
            float brightness = 0.4f + 0.5f * random.nextFloat();
            Color shade = Color.getHSBColor(HUES[colour], 0.6f, brightness);
            image.setRGB(p % (pixels + 10), p / (pixels + 10), shade.getRGB());
          }
          Path file = images.resolve(part + "/" + COLOURS[colour] + "/" + i + ".png");
          Files.createDirectories(file.getParent());
          ImageIO.write(image, "png", file.toFile());
        }
      }
    }
    return new ImageFolder(
            images.toString(),
            size,
            crop,
            Optional.of(ImageScale.IMAGENET),
            Colour.RGB,
            Optional.empty())
        .load(new PreparedFiles(temp.resolve("prepared")))
        .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
  }
}
