// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.store.OtherProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {

  private static final String[] TWO = {"replicates=2", "method.rounds=1", "controls=[reinit]"};

  private final StringWriter screen = new StringWriter();

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void plugins() {
    runs = new Runs(root.resolve("shared"));
  }

  private Worker worker(String name) {
    return new Worker(
        runs.registry(),
        root.resolve("shared"),
        new Screen(new PrintWriter(screen, true)),
        ExperimentRun.Options.DEFAULT,
        name);
  }

  private void work(String name, String... sets) {
    try (Interruption interruption = new Interruption()) {
      worker(name).work(runs.draft(sets), interruption, log -> {});
    }
  }

  private Path finish(String... sets) {
    Draft draft = runs.draft(sets);
    try (Interruption interruption = new Interruption()) {
      worker("last").finish(draft, interruption, log -> {});
    }
    return runs.folder(sets);
  }

  @Test
  void aRunOfWorkersHasTheBytesOfARunByOneProcess() throws IOException {
    Path alone = new Runs(root.resolve("alone")).run(TWO);
    work("a", TWO);
    Path run = runs.folder(TWO);
    assertThat(run.resolve("results.csv")).as("a worker does not write results").doesNotExist();
    assertThat(run.resolve("cells/replicate-0.done")).exists();
    assertThat(finish(TWO)).isEqualTo(run);
    for (String file : List.of("results.csv", "verdicts.csv")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(alone.resolve(file));
    }
    assertThat(Runs.found(run)).as("the worker has trained all").doesNotContain(false);
    assertThat(Runs.found(run.resolve("workers/a"))).hasSize(6).containsOnly(false);
    assertThat(RunStatus.of(run).summary()).isEqualTo("cells 2/2, 0 workers");
    byte[] events = Files.readAllBytes(run.resolve("events.jsonl"));
    assertThat(finish(TWO)).isEqualTo(run);
    assertThat(run.resolve("events.jsonl")).as("written once").hasBinaryContent(events);
    Files.delete(run.resolve("report.html"));
    finish(TWO);
    assertThat(run.resolve("report.html")).exists();
  }

  @Test
  void aCellOfAnotherWorkerIsLeftToIt() throws IOException, InterruptedException {
    Path run = runs.folder(TWO);
    OtherProcess other = new OtherProcess(run.resolve("cells/replicate-0.claim"));
    Thread thread = new Thread(() -> work("a", TWO));
    thread.start();
    Path second = run.resolve("cells/replicate-1.done");
    while (Files.notExists(second) && thread.isAlive()) {
      Thread.onSpinWait();
    }
    assertThat(thread.isAlive()).as("it waits for the other one").isTrue();
    assertThat(run.resolve("cells/replicate-0.done")).doesNotExist();
    RunStatus status = RunStatus.of(run);
    assertThat(status.ended()).isEqualTo(1);
    assertThat(status.lines(new ScreenWidth(60)))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(60));
    assertThat(status.lines(ScreenWidth.UNLIMITED).get(0)).startsWith("a (").contains("cpu");
    other.close();
    thread.join();
    assertThat(run.resolve("cells/replicate-0.done")).exists();
  }

  @Test
  void aCellThatEndsThreeWorkersIsGivenUpAndNamed() throws Exception {
    Path run = runs.folder(TWO);
    for (int i = 0; i < Cells.TRIES; i++) {
      OtherProcess.dies(run.resolve("cells/replicate-1.claim"));
      Cell cell = new Cell("", 1);
      try (var claim = new Cells(run).claim(cell).orElseThrow()) {
        if (i < Cells.TRIES - 1) { // the worker under test takes the last one over
          assertThat(new Cells(run).tried(cell, claim.before().orElseThrow())).isFalse();
        }
      }
    }
    OtherProcess.dies(run.resolve("cells/replicate-1.claim"));
    work("a", TWO);
    assertThat(RunStatus.of(run).summary()).isEqualTo("cells 2/2, 1 given up, 0 workers");
    assertThatThrownBy(() -> finish(TWO))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContainingAll("replicate-1: 3 workers ended in it", "process");
    assertThat(Runs.column(run, "replicate")).containsOnly("0");
  }

  @Test
  void aCellThatFailsDoesNotEndTheOthers() throws IOException {
    String[] broken = {"replicates=2", "training.optimizer={ id = sgd, learning-rate = 1e30 }"};
    work("a", broken);
    Path run = runs.folder(broken);
    assertThat(RunStatus.of(run).summary()).isEqualTo("cells 2/2, 2 failed, 0 workers");
    assertThat(Files.readString(run.resolve("cells/replicate-0.failed"))).contains("learning rate");
    assertThatThrownBy(() -> finish(broken))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContainingAll("replicate 0", "replicate 1");
  }

  @Test
  void aWorkerOfAnotherKindIsRefused() throws IOException {
    work("a", TWO);
    Path plan = runs.folder(TWO).resolve("cells/plan.json");
    Files.writeString(
        plan, Files.readString(plan).replace("\"device\":\"cpu\"", "\"device\":\"gpu\""));
    assertThatThrownBy(() -> work("b", TWO))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("device: found cpu", "gpu, as the workers of", "cells");
    assertThatThrownBy(() -> runs.run(TWO))
        .as("a login node does not train")
        .isInstanceOf(ConfigProblem.class);
    Files.writeString(
        plan,
        Files.readString(plan)
            .replace("\"device\":\"gpu\"", "\"device\":\"cpu\"")
            .replaceFirst("\"espalier\":\"[^\"]*\"", "\"espalier\":\"0.0.1\""));
    assertThatThrownBy(() -> work("b", TWO))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("espalier: found", "0.0.1");
    runs.run(TWO);
    assertThat(Files.readString(plan)).as("no worker is at work").doesNotContain("0.0.1");
    assertThat(runs.folder(TWO).resolve("cells/replicate-0.done")).doesNotExist();
  }

  @Test
  void aWorkerOnAnotherModelOfCpuWorks() throws IOException {
    work("a", TWO);
    Path run = runs.folder(TWO);
    Path plan = run.resolve("cells/plan.json");
    String text = Files.readString(plan);
    assertThat(text).contains("\"model\":");
    Files.writeString(plan, text.replaceFirst("\"model\":\"[^\"]*\"", "\"model\":\"Z80\""));
    Files.delete(run.resolve("cells/replicate-0.done"));
    work("b", TWO);
    assertThat(run.resolve("cells/replicate-0.done")).exists();
  }

  @Test
  void twoWorkersOfOneNameAreRefused() throws IOException {
    try (WorkerFolder first = new WorkerFolder(runs.folder(TWO), "a")) {
      assertThatThrownBy(() -> work("a", TWO))
          .isInstanceOf(RunHeld.class)
          .hasMessageContaining(first.file("").toString());
    }
  }
}
