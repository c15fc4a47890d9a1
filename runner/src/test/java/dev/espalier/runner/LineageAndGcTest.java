// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run leaves behind, by the commands that look after it. */
class LineageAndGcTest {

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
  private String out;
  private String err;
  private Path run;

  @BeforeEach
  void run() throws IOException {
    Path experiment = Files.writeString(root.resolve("tiny.conf"), TINY);
    assertThat(espalier("run", experiment.toString())).as(err).isZero();
    try (Stream<Path> runs = Files.list(root.resolve("runs"))) {
      run = runs.findFirst().orElseThrow();
    }
  }

  private int espalier(String... args) {
    StringWriter screen = new StringWriter();
    StringWriter complaints = new StringWriter();
    List<String> all = new ArrayList<>(List.of(args));
    if (!all.contains("--dir")) {
      all.addAll(List.of("--dir", root.toString()));
    }
    int code =
        Main.execute(
            new PrintWriter(screen, true),
            new PrintWriter(complaints, true),
            all.toArray(String[]::new));
    out = screen.toString();
    err = complaints.toString();
    return code;
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
    assertThat(espalier("lineage", run.resolve("tickets/replicate-0-round-01").toString()))
        .isZero();
    assertThat(out)
        .contains("replicate-0-round-01\n", "   3  train  ", "in all: 400 examples")
        .doesNotContain("round-00");
    assertThat(espalier("lineage", run.toString())).isZero();
    assertThat(out).contains("replicate-0-round-00\nfound by: no step\n", "replicate-0-round-01");
  }

  @Test
  void lineageOfWhatIsNoTicketIsAMistake() {
    assertThat(espalier("lineage", root.resolve("nothing").toString())).isEqualTo(2);
    assertThat(err).contains("found no ticket at").doesNotContain("\tat ");
  }

  @Test
  void gcSaysWhatItWouldRemoveAndRemovesItWhenAsked() throws IOException {
    List<Path> all = store();
    assertThat(all).hasSize(3);
    assertThat(espalier("gc")).isZero();
    assertThat(out)
        .isEqualToIgnoringNewLines(
            "0 files, 0.0 MB, that none of 1 runs refers to; 3 stay in the store");

    delete(run);
    Path notes = Files.writeString(root.resolve("store/NOTES.txt"), "mine");
    assertThat(espalier("gc")).isZero();
    assertThat(out).contains(all.get(0).toString(), "3 files, ", "nothing was removed");
    assertThat(store()).hasSize(4);

    assertThat(espalier("gc", "--remove")).isZero();
    assertThat(out).contains(all.get(0).toString()).endsWith("removed" + System.lineSeparator());
    assertThat(store()).containsExactly(notes);
  }

  @Test
  void gcWhereNothingWasRunIsAMistake() throws IOException {
    Path other = Files.createDirectories(root.resolve("other"));
    assertThat(espalier("gc", "--dir", other.toString())).isEqualTo(2);
    assertThat(err).contains("found no folder " + other.resolve("store"));
    delete(root.resolve("runs"));
    assertThat(espalier("gc", "--remove")).isEqualTo(2);
    assertThat(err).contains("found no folder " + root.resolve("runs"));
    assertThat(store()).hasSize(3);
  }
}
