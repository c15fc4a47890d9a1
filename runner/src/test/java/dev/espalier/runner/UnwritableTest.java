// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where something is in the way of what a command writes: there is no user whom root refuses. */
class UnwritableTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [4] }
      data { id = digits, per-class = 20 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 10
      }
      method { id = imp, rounds = 1, schedule { id = geometric, rate = 0.4 } }
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path temp;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectories(temp.resolve("root"));
  }

  private int espalier(String command, Path dir, String... more) throws IOException {
    Path file = temp.resolve("tiny.conf");
    Files.writeString(file, TINY);
    List<String> args = new ArrayList<>(List.of(command, file.toString(), "--dir", dir.toString()));
    args.addAll(List.of(more));
    return Main.execute(
        new PrintWriter(out, true), new PrintWriter(err, true), args.toArray(String[]::new));
  }

  private void assertRefused(Path folder) {
    assertThat(err.toString())
        .startsWith("espalier: the folder " + folder)
        .contains(" cannot be written (", "--dir")
        .doesNotContain("\tat ")
        .doesNotContain("Exception");
    assertThat(out.toString()).as("what happened before").isEmpty();
  }

  private static List<Path> in(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private Path onlyRun() throws IOException {
    assertThat(in(root.resolve("runs"))).hasSize(1);
    return in(root.resolve("runs")).get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "analyse", "collapse"})
  void aFileInPlaceOfTheStoreIsRefusedBeforeAnyTraining(String command) throws IOException {
    Path store = Files.createFile(root.resolve("store"));
    assertThat(espalier(command, root)).isEqualTo(2);
    assertRefused(store);
    assertThat(in(root)).containsExactly(store);
  }

  @Test
  void aFileInPlaceOfTheRunsIsRefusedBeforeAnyTraining() throws IOException {
    Path runs = Files.createFile(root.resolve("runs"));
    assertThat(espalier("run", root)).isEqualTo(2);
    assertRefused(runs);
    assertThat(in(root)).containsExactly(runs);
  }

  @Test
  void aFileInPlaceOfTheTicketsIsRefusedBeforeAnyTraining() throws IOException {
    assertThat(espalier("run", root)).isZero();
    Path run = onlyRun();
    for (Path ticket : in(run.resolve("tickets"))) {
      Files.delete(ticket);
    }
    Files.delete(run.resolve("tickets"));
    Files.createFile(run.resolve("tickets"));
    out.getBuffer().setLength(0);
    assertThat(espalier("run", root)).isEqualTo(2);
    assertRefused(run);
  }

  @Test
  void aFileInPlaceOfAllIsRefusedBeforeAnyTraining() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    assertThat(espalier("run", file)).isEqualTo(2);
    assertRefused(file.resolve("store"));
    assertThat(in(root)).containsExactly(file);
  }

  @Test
  void aSystemsFolderIsRefusedBeforeAnyTraining() throws IOException {
    Path folder = Path.of("/proc/espalier");
    assertThat(espalier("run", folder)).isEqualTo(2);
    assertRefused(folder.resolve("store"));
  }

  @Test
  void aFileInPlaceOfWhatIsPreparedIsRefusedBeforeAnyTraining() throws IOException {
    Path prepared = Files.createFile(root.resolve("prepared"));
    Path images = temp.resolve("images");
    for (String image : List.of("train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png")) {
      Path file = images.resolve(image);
      Files.createDirectories(file.getParent());
      ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    }
    String data = "data={ id = image-folder, path = \"" + images + "\", size = 4 }";
    assertThat(espalier("run", root, "--set", "data=null", "--set", data)).isEqualTo(2);
    assertRefused(prepared);
    assertThat(in(root)).containsExactly(prepared);
  }

  @Test
  void aFileThatCannotBeWrittenIsNamedAndWhatIsFinishedIsKept() throws IOException {
    assertThat(espalier("run", root)).isZero();
    Path run = onlyRun();
    String results = Files.readString(run.resolve("results.csv"));
    Path ticket = run.resolve("tickets/replicate-0-round-00.safetensors");
    Files.delete(ticket);
    Path inTheWay = Files.createDirectories(ticket.resolve("in the way"));
    out.getBuffer().setLength(0);

    assertThat(espalier("run", root)).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("espalier: cannot write " + ticket)
        .contains("is kept", "start the same command again")
        .doesNotContain("\tat ")
        .doesNotContain("Exception");
    assertThat(run.resolve("results.csv")).hasContent(results);

    Files.delete(inTheWay);
    Files.delete(ticket);
    assertThat(espalier("run", root)).isZero();
    assertThat(out.toString()).contains("trainings: 2, of which remembered: 2");
    assertThat(run.resolve("results.csv")).hasContent(results);
  }

  @Test
  void aLogThatCannotBeWrittenBreaksNoRun() throws IOException {
    assertThat(espalier("run", root)).isZero();
    Path run = onlyRun();
    Path log = run.resolve("run.log");
    Files.deleteIfExists(log);
    Files.createDirectories(log.resolve("in the way"));
    assertThat(espalier("run", root)).isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(log).isDirectory();
  }
}
