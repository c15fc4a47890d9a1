// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run leaves behind, by the commands that look after it. */
class LineageAndGcTest extends CommandTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [4] }
      data { id = digits, per-class = 20 }
      training { optimizer { id = adam, learning-rate = 0.01 }, batch-size = 20, iterations = 10 }
      method { id = imp, rounds = 1, schedule { id = geometric, rate = 0.4 } }
      """;

  @TempDir private Path root;
  private Path run;

  @BeforeEach
  void run() throws IOException {
    Path experiment = Files.writeString(root.resolve("tiny.conf"), TINY);
    assertDone(inRoot("run", experiment));
    try (Stream<Path> runs = Files.list(root.resolve("runs"))) {
      run = runs.findFirst().orElseThrow();
    }
  }

  private int inRoot(Object... args) {
    return espalier(Stream.concat(Stream.of(args), Stream.of("--dir", root)).toArray());
  }

  private List<Path> store() throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve("store"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aRunsLastLineNamesItsReport() {
    assertThat(out.stripTrailing().lines().toList())
        .last()
        .isEqualTo("report: " + run.resolve("report.html"));
    assertThat(run.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void lineageShowsTheStepsOfOneTicketOrOfAll() {
    assertDone(inRoot("lineage", run.resolve("tickets/replicate-0-round-01")));
    assertThat(out)
        .contains("replicate-0-round-01\n", "   3  train  ", "in all: 400 examples")
        .doesNotContain("round-00");
    assertDone(inRoot("lineage", run));
    assertThat(out).contains("replicate-0-round-00\nfound by: no step\n", "replicate-0-round-01");
  }

  @Test
  void lineageOfWhatIsNoTicketIsAMistake() {
    assertMistake(inRoot("lineage", root.resolve("nothing")), "found no ticket at");
  }

  @Test
  void gcSaysWhatItWouldRemoveAndRemovesItWhenAsked() throws IOException {
    List<Path> all = store();
    assertThat(all).hasSize(3);
    assertDone(inRoot("gc"));
    assertThat(out)
        .isEqualToIgnoringNewLines(
            "0 files, 0.0 MB, that none of 1 runs refers to; 3 stay in the store");

    delete(run);
    Path notes = Files.writeString(root.resolve("store/NOTES.txt"), "mine");
    assertDone(inRoot("gc"));
    assertThat(out).contains(all.get(0).toString(), "3 files, ", "nothing was removed");
    assertThat(store()).hasSize(4);

    assertDone(inRoot("gc", "--remove"));
    assertThat(out).contains(all.get(0).toString()).endsWith("removed" + System.lineSeparator());
    assertThat(store()).containsExactly(notes);
  }

  @Test
  void commandsOnARunNeedNoIntermediateStep() throws IOException {
    List<Path> all = store();
    String ledger = Files.readString(run.resolve("ledger.csv"));
    assertDone(inRoot("gc", "--intermediate"));
    assertThat(out)
        .contains("1 files, ", " MB, that none of 1 runs will read again; 2 stay in the store")
        .contains("nothing was removed; gc --intermediate --remove removes them");
    assertThat(store()).isEqualTo(all);
    assertDone(inRoot("gc", "--intermediate", "--remove"));
    assertThat(store()).hasSize(2);

    Path page = run.resolve("report.html");
    Files.delete(page);
    assertDone(espalier("report", run));
    assertThat(page).isNotEmptyFile();
    assertDone(inRoot("lineage", run));
    assertThat(out.lines().filter(line -> line.endsWith("; no longer in the store")))
        .hasSize(2) // behind each of the tickets
        .allMatch(line -> line.startsWith("   1  train"));
    assertThat(out).contains("in all: 400 examples");
    assertDone(espalier("export", run, "--to", root.resolve("out")));
    assertThat(root.resolve("out/replicate-0-round-01.safetensors")).exists();
    assertMistake(
        espalier("export", run, "--to", root.resolve("out"), "--scores"),
        "a training behind its mask that is not in",
        "Run its experiment again");
    assertDone(inRoot("run", root.resolve("tiny.conf")));
    assertThat(out).contains("trainings: 2, of which remembered: 1");
    assertThat(store()).isEqualTo(all);
    assertThat(Files.readString(run.resolve("ledger.csv")).lines().count())
        .isEqualTo(ledger.lines().count());
    assertDone(espalier("export", run, "--to", root.resolve("scored"), "--scores"));

    assertDone(inRoot("run", root.resolve("tiny.conf"), "--set", "seed=2", "--set", "name=other"));
    assertDone(inRoot("gc", "--intermediate", "--remove"));
    assertDone(espalier("compare", run, otherRun(), "--to", root.resolve("compared")));
  }

  private Path otherRun() throws IOException {
    try (Stream<Path> runs = Files.list(root.resolve("runs"))) {
      return runs.filter(folder -> !folder.equals(run)).findFirst().orElseThrow();
    }
  }

  @Test
  void gcWhereNothingWasRunIsAMistake() throws IOException {
    Path other = Files.createDirectories(root.resolve("other"));
    assertMistake(espalier("gc", "--dir", other), "found no folder " + other.resolve("store"));
    delete(root.resolve("runs"));
    assertMistake(inRoot("gc", "--remove"), "found no folder " + root.resolve("runs"));
    assertThat(store()).hasSize(3);
  }
}
