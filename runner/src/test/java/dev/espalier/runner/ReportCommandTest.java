// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
}
