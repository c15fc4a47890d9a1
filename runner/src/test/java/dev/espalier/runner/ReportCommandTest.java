// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest extends CommandTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [8] }
      data { id = digits }
      training { optimizer { id = adam, learning-rate = 0.01 }, batch-size = 20, iterations = 4 }
      method { id = imp, rounds = 1 }
      """;

  @TempDir private Path root;

  @Test
  void aRunEndsByNamingItsReportWhichIsMadeAnewFromItsFolder() throws IOException {
    Path experiment = Files.writeString(root.resolve("tiny.conf"), TINY);
    assertThat(espalier("run", experiment.toString(), "--dir", root.toString())).isZero();
    List<String> lines = out.lines().toList();
    String last = lines.get(lines.size() - 1);
    assertThat(last).startsWith("report: ");
    Path report = Path.of(last.substring("report: ".length()));
    String page = Files.readString(report);
    Files.delete(report);
    Files.delete(report.resolveSibling("tickets").resolve("replicate-0-round-01.safetensors"));

    assertThat(espalier("report", report.getParent().toString())).isZero();
    assertThat(out).isEqualTo(last + "\n");
    assertThat(err).isEmpty();
    assertThat(page).contains("\"round\":1,\"density\":", "\"counts\":");
    assertThat(report)
        .as("without the picture of what is gone")
        .content()
        .hasSizeLessThan(page.length())
        .contains("\"counts\":");
  }

  @Test
  void whatIsNoRunIsRefused() throws IOException {
    Files.createDirectories(root.resolve("begun/tickets"));
    Files.writeString(root.resolve("begun/experiment.conf"), "margin = 0.005, name = begun");
    for (String folder : List.of("nowhere", "begun", "")) {
      assertThat(espalier("report", root.resolve(folder).toString())).isEqualTo(2);
      assertThat(err).contains("found no ", "allowed is the folder of a run");
      assertThat(err).doesNotContain("\tat ");
    }
    assertThat(root.resolve("begun")).isDirectoryNotContaining("glob:**report.html");
  }

  @Test
  void figuresNeedOnlyTheResultsAndTheExperiment() throws IOException {
    Path experiment = Files.writeString(root.resolve("tiny.conf"), TINY + "controls = [ reinit ]");
    assertDone(espalier("run", experiment, "--dir", root, "--set", "replicates=3"));
    Path run = only(root.resolve("runs"));
    Path copy = Files.createDirectories(root.resolve("copy").resolve(run.getFileName()));
    for (String file : List.of("results.csv", "experiment.conf")) {
      Files.copy(run.resolve(file), copy.resolve(file));
    }
    assertDone(espalier("report", run, "--figures", root.resolve("all")));
    assertThat(out).isEqualTo("figures: 5 files in " + root.resolve("all") + "\n");
    assertDone(espalier("report", copy, "--figures", root.resolve("folder")));
    assertDone(espalier("report", copy.resolve("results.csv"), "--figures", root.resolve("table")));
    for (String other : List.of("folder", "table")) {
      try (Stream<Path> files = Files.list(root.resolve("all"))) {
        assertThat(files)
            .allSatisfy(
                file ->
                    assertThat(root.resolve(other).resolve(file.getFileName()))
                        .hasSameBinaryContentAs(file));
      }
    }
    assertThat(root.resolve("all/table-results.csv")).content().contains("reinit %");

    Files.writeString(copy.resolve("published.md"), "The paper has none.\n");
    assertDone(espalier("report", copy, run, "--markdown", root.resolve("page.md")));
    assertThat(root.resolve("page.md"))
        .content()
        .contains("- Command: `espalier run tiny`", "mlp on digits", "The paper has none.")
        .contains("](copy/" + run.getFileName() + "/figure-test-accuracy-by-density.svg)");
  }

  @Test
  void figuresThatCannotBeMadeAreRefused() throws IOException {
    Path table = Files.writeString(root.resolve("results.csv"), "variant,round\n");
    Path figures = root.resolve("figures");
    assertMistake(
        espalier("report", root.resolve("nowhere"), "--figures", figures),
        "found no experiment.conf in ");
    assertMistake(
        espalier("report", table, "--figures", figures), "experiment.conf", "Copy both from");
    Files.writeString(root.resolve("experiment.conf"), "margin = 0.005, replicates = 1");
    assertMistake(
        espalier("report", table, "--figures", figures),
        "results.csv: found columns [variant, round], allowed is the results.csv of a run");
    assertMistake(
        espalier("report", table, table, "--figures", figures),
        "--figures: found 2 runs, allowed is one run.");
    assertThat(figures).doesNotExist();
  }

  @Test
  void figuresThatCannotBeWrittenAreRefused() throws IOException {
    Path run = Path.of("..", "docs", "gallery", "init-lenet");
    Path file = Files.writeString(root.resolve("file"), "");
    assertMistake(
        espalier("report", run, "--figures", file),
        "the figures " + file + " cannot be written (there is a file in place of a folder)");
  }

  private static Path only(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    }
  }
}
