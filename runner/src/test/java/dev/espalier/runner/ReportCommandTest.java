// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {

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
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int espalier(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void aRunEndsByNamingItsReportWhichIsMadeAnewFromItsFolder() throws IOException {
    Path experiment = Files.writeString(root.resolve("tiny.conf"), TINY);
    assertThat(espalier("run", experiment.toString(), "--dir", root.toString())).isZero();
    List<String> lines = out.toString().lines().toList();
    String last = lines.get(lines.size() - 1);
    assertThat(last).startsWith("report: ");
    Path report = Path.of(last.substring("report: ".length()));
    String page = Files.readString(report);
    Files.delete(report);
    Files.delete(report.resolveSibling("tickets").resolve("replicate-0-round-01.safetensors"));

    assertThat(espalier("report", report.getParent().toString())).isZero();
    assertThat(out).hasToString(last + "\n");
    assertThat(err.toString()).isEmpty();
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
      assertThat(err.toString()).contains("found no ", "allowed is the folder of a run");
      assertThat(err.toString()).doesNotContain("\tat ");
    }
    assertThat(root.resolve("begun")).isDirectoryNotContaining("glob:**report.html");
  }
}
