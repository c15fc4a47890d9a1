// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.TicketResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The method {@code instability} with a store, a ledger and a report. */
class InstabilityRunTest {

  private static final String[] BATCH_NORM = {
    "model=null",
    "model={ id = batch-normed }",
    "data.validation=0",
    "data.per-class=5",
    "method=null",
    "method={ id = instability, points = 3, rewind-to = [1, 2] }",
    "training.iterations=3",
    "training.evaluate-every=3",
  };

  private static final String[] LINEAR = {
    "method={ id = instability, rounds = 1, points = 3, rewind-to = [0, 10] }",
    "training.iterations=20",
    "data.validation=0",
    "data.per-class=50",
  };

  /** A convolution and a linear layer, with batch norm between them. */
  public record BatchNormed() implements Model {
    @Override
    public Network build(Task task) {
      NamedBlocks block =
          new NamedBlocks()
              .add(
                  "conv",
                  Conv2d.builder()
                      .setKernelShape(new Shape(4, 4))
                      .optStride(new Shape(4, 4))
                      .setFilters(2)
                      .build())
              .add("bn", BatchNorm.builder().build())
              .add(Blocks.batchFlattenBlock())
              .add("out", Linear.builder().setUnits(10).build());
      return Network.builder("batch-normed", block, task.input()).build();
    }
  }

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void runs() {
    runs =
        new Runs(root, catalog -> catalog.model("batch-normed", BatchNormed.class).summary("Tiny"));
  }

  @Test
  void stepsAreThoseOfMagnitudePruning() throws IOException {
    runs.run(LINEAR[1], LINEAR[2], LINEAR[3], "method={ id = imp, rounds = 1, rewind-to = 10 }");
    Path run = runs.run(LINEAR);
    // k = 0: two levels of two copies; k = 10: theta_k, and the copies, of which imp had one each.
    assertThat(Runs.found(run))
        .containsExactly(false, false, false, false, true, true, false, true, false);
    assertThat(Runs.column(run, "branch"))
        .containsExactly(
            "ticket",
            "k-0-copy",
            "k-0-middle",
            "k-10",
            "k-10-copy",
            "k-10-middle",
            "ticket",
            "k-0-copy",
            "k-0-middle",
            "k-10",
            "k-10-copy",
            "k-10-middle");
    String page = Files.readString(run.resolve("report.html"));
    assertThat(page).contains("\"barrier\"", "\"rewind-to\"", "\"curves\"");
    assertThat(runs.screen()).contains("barrier ").doesNotContain("alphas");
    assertThat(run.resolve("results.png")).isNotEmptyFile();
  }

  @Test
  void aResumedRunIsEqualBitForBitAndTheLedgerHasTheForwardPasses() throws IOException {
    Path run = runs.run(BATCH_NORM);
    List<TicketResult> rows = RecordedRun.at(run).rows();
    List<StepRecord> statistics =
        rows.stream()
            .filter(row -> row.branch().equals("k-1-middle"))
            .flatMap(row -> row.account().steps())
            .filter(step -> step.kind().equals(StepRecord.STATISTICS))
            .toList();
    assertThat(statistics).hasSize(3);
    StepRecord training =
        rows.stream()
            .filter(row -> row.branch().equals("k-1-copy"))
            .flatMap(row -> row.account().training().stream())
            .findFirst()
            .orElseThrow();
    for (StepRecord step : statistics) {
      assertThat(step.spent().examples()).isEqualTo(50);
      assertThat(3 * step.spent().macs() / 50)
          .as("a forward pass is a third of a training's pass")
          .isEqualTo(training.spent().macs() / training.spent().examples());
    }
    String results = Runs.results(run);
    String findings = Files.readString(run.resolve("findings.csv"));
    List<Path> stored = Runs.files(root.resolve("store"));
    for (int i = 0; i < stored.size(); i += 2) {
      Files.delete(stored.get(i));
    }
    Files.delete(run.resolve("results.csv"));
    Files.delete(run.resolve("findings.csv"));
    runs.run(BATCH_NORM);
    assertThat(Runs.found(run)).contains(true, false);
    assertThat(Runs.results(run)).isEqualTo(results);
    assertThat(run.resolve("findings.csv")).hasContent(findings);
  }
}
