// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.store.OtherProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnreferencedStepsTest {

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private List<Path> store() throws IOException {
    return Runs.files(root.resolve("store"));
  }

  private List<Path> unreferenced() {
    try (UnreferencedSteps steps = new UnreferencedSteps(root, true)) {
      return steps.files();
    }
  }

  private static void delete(Path folder) throws IOException {
    for (Path file : Runs.files(folder)) {
      Files.delete(file);
    }
  }

  @Test
  void whatRunsReferToStays() throws IOException {
    runs.run("controls=[reinit]");
    runs.run("method.rounds=1", "seed=2");
    assertThat(store()).hasSize(7 + 3);
    assertThat(unreferenced()).isEmpty();
  }

  @Test
  void stepsOfARunThatIsGoneGoButNotThoseThatAnotherShares() throws IOException {
    Path long_ = runs.run();
    List<Path> all = store();
    Path brief = runs.run("method.rounds=1");
    assertThat(store()).isEqualTo(all);
    delete(long_);
    List<Path> gone = unreferenced();
    assertThat(gone).hasSize(2);
    assertThat(store()).isEqualTo(all);
    try (UnreferencedSteps steps = new UnreferencedSteps(root, true)) {
      steps.remove();
      assertThat(steps.kept()).isEqualTo(3);
    }
    assertThat(store()).hasSize(3).doesNotContainAnyElementsOf(gone);
    runs.run("method.rounds=1");
    assertThat(Runs.found(brief)).containsOnly(true);
  }

  /**
   * What a start that was interrupted asked for is not done yet, and what the one before gave is
   * there.
   */
  @Test
  void aRunRefersToAllSinceItsLastCompleteStartBegan() throws IOException {
    Path run = runs.run("method.rounds=1");
    Path events = run.resolve("events.jsonl");
    List<String> complete = Files.readAllLines(events);
    Path step = store().get(0);
    String other = "a".repeat(64);
    String begun =
        complete.get(0) + "\n{\"event\":\"train\",\"key\":\"" + other + "\",\"found\":false";
    Path left = root.resolve("store/aa/" + other.substring(2));
    Files.createDirectories(left.getParent());
    Files.copy(step, left);
    Path checkpoint = Files.copy(step, left.resolveSibling(other.substring(2) + ".checkpoint"));

    assertThat(unreferenced()).containsExactly(left, checkpoint);
    Files.write(events, Stream.concat(complete.stream(), begun.lines()).toList());
    assertThat(unreferenced()).containsExactly(checkpoint); // as the step is done
    Files.delete(left);
    assertThat(unreferenced()).isEmpty();
    Files.write(events, Stream.concat(begun.lines(), complete.stream()).toList());
    assertThat(unreferenced()).containsExactly(checkpoint);
  }

  @Test
  void temporaryFilesGoWhenTheyAreOld() throws IOException {
    Path run = runs.run("method.rounds=0");
    Path inStore = Files.writeString(store().get(0).resolveSibling("x.1.tmp"), "half");
    Path inRun = Files.writeString(run.resolve("tickets/y.2.tmp"), "half");
    assertThat(unreferenced()).isEmpty();
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    Files.setLastModifiedTime(inStore, old);
    Files.setLastModifiedTime(inRun, old);
    assertThat(unreferenced()).containsExactly(inStore, inRun);
  }

  @Test
  void whileARunGoesOnNothingIsLookedFor() throws IOException {
    Path run = runs.run("method.rounds=0");
    try (RunFolder held = new RunFolder(run)) {
      assertThatThrownBy(() -> unreferenced())
          .isInstanceOf(RunHeld.class)
          .hasMessageContaining(held.path().toString());
    }
    assertThat(unreferenced()).isEmpty();
  }

  @Test
  void whileAWorkerOrAStepGoesOnNothingIsLookedFor() throws IOException, InterruptedException {
    Path run = runs.run("method.rounds=0");
    Path step = store().get(0);
    for (Path claim :
        List.of(
            run.resolve("workers/a/worker.claim"),
            step.resolveSibling(step.getFileName() + ".claim"))) {
      OtherProcess other = new OtherProcess(claim);
      assertThatThrownBy(() -> unreferenced())
          .isInstanceOf(RunHeld.class)
          .hasMessageContaining("process 1 on elsewhere");
      other.close();
      assertThat(unreferenced()).isEmpty();
      OtherProcess.dies(claim);
      assertThat(unreferenced()).as("its process is dead").isEmpty();
      Files.setLastModifiedTime(claim, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
      assertThat(unreferenced()).containsExactly(claim);
      Files.delete(claim);
    }
  }

  /** Until a run has read them, steps belong to it by the events of its workers. */
  @Test
  void stepsOfWorkersAreReferred() throws IOException {
    Path run = runs.run("method.rounds=0");
    Path events = run.resolve("events.jsonl");
    Path worker = Files.createDirectories(run.resolve("workers/a"));
    Files.move(events, worker.resolve("events.jsonl"));
    delete(Runs.files(run.resolve("tickets")));
    Files.delete(run.resolve("results.csv"));
    Files.createDirectories(run.resolve("cells"));
    Path done = Files.writeString(run.resolve("cells/replicate-0.done"), "");
    assertThat(unreferenced()).isEmpty();
    Files.delete(worker.resolve("events.jsonl"));
    assertThat(unreferenced()).hasSameSizeAs(store());
    try (UnreferencedSteps steps = new UnreferencedSteps(root, true)) {
      steps.remove();
    }
    assertThat(done).as("the cell is computed again").doesNotExist();
  }

  private static final String CHAIN = "method.rewind-to=10";

  private List<Path> intermediate() {
    try (UnreferencedSteps steps = new UnreferencedSteps(root, false)) {
      return steps.files();
    }
  }

  private static void delete(List<Path> files) throws IOException {
    for (Path file : files) {
      Files.delete(file);
    }
  }

  /** The rewinding weights, and the levels that are pruned; the last level and masks stay. */
  @Test
  void ofACompleteRunTrainingsGoThatOnlyLaterStepsRead() throws IOException {
    Path run = runs.run(CHAIN, "controls=[reinit]");
    assertThat(store()).hasSize(1 + 3 + 2 + 2);
    List<Path> gone = intermediate();
    assertThat(gone)
        .extracting(file -> file.getParent().getFileName() + "" + file.getFileName())
        .containsExactlyInAnyOrderElementsOf(
            Runs.events(run, "train").stream()
                .map(event -> event.get("key").getAsString())
                .limit(3 + 1) // theta_k, level 0, level 1 and its control
                .filter(key -> !isControl(run, key))
                .toList());
    assertThat(unreferenced()).isEmpty();
  }

  private static boolean isControl(Path run, String key) {
    return StoredTicketResult.at(run).stream()
        .filter(ticket -> ticket.row().branch().equals("reinit"))
        .flatMap(ticket -> ticket.row().account().training().stream())
        .anyMatch(step -> step.key().hex().equals(key));
  }

  @Test
  void withoutIntermediateStepsARunIsRepeatedToEqualBytesAndComputesOnlyThese() throws IOException {
    Path run = runs.run(CHAIN, "controls=[reinit]");
    Map<Path, byte[]> before = contents(run);
    Map<Path, byte[]> steps = contents(root.resolve("store"));
    List<Path> gone = intermediate();
    delete(gone);
    assertThat(runs.run(CHAIN, "controls=[reinit]")).isEqualTo(run);
    assertThat(Runs.found(run)).containsExactly(false, false, false, true, true, true);
    assertThat(Runs.events(run, "prune")).allMatch(event -> event.get("found").getAsBoolean());
    assertThat(store()).containsExactlyInAnyOrderElementsOf(steps.keySet());
    contents(run)
        .forEach(
            (file, bytes) -> {
              if (file.toString().endsWith(".safetensors") || file.endsWith("results.csv")) {
                assertThat(bytes).as(file.toString()).isEqualTo(before.get(file));
              }
            });
  }

  private static Map<Path, byte[]> contents(Path folder) throws IOException {
    Map<Path, byte[]> contents = new HashMap<>();
    for (Path file : Runs.files(folder)) {
      contents.put(file, Files.readAllBytes(file));
    }
    return contents;
  }

  @Test
  void aRunThatIsNotCompleteKeepsAll() throws IOException {
    Path run = runs.run(CHAIN);
    Path events = run.resolve("events.jsonl");
    List<String> complete = Files.readAllLines(events);
    assertThat(intermediate()).hasSize(3);
    Files.write(events, complete.subList(0, complete.size() - 1));
    assertThat(complete.get(complete.size() - 1)).contains("\"end\"");
    assertThat(intermediate()).isEmpty();
    Files.write(events, Stream.concat(complete.stream(), Stream.of(complete.get(0))).toList());
    assertThat(intermediate()).isEmpty(); // started again
  }

  @Test
  void aStepThatARunInProgressSharesStays() throws IOException {
    runs.run(CHAIN);
    List<Path> gone = intermediate();
    Path other = runs.run(CHAIN, "method.rounds=1");
    Path events = other.resolve("events.jsonl");
    List<String> complete = Files.readAllLines(events);
    Files.write(events, complete.subList(0, complete.size() - 1));
    // Theta_k and level 0 are steps of both; level 1 of the other run is kept for it, too.
    assertThat(intermediate()).isEmpty();
    assertThat(gone).hasSize(3);
  }

  @Test
  void checkpointsOfStepsOfACompleteRunGo() throws IOException {
    runs.run(CHAIN);
    Path step = intermediate().get(0);
    Path checkpoint = Files.copy(step, step.resolveSibling(step.getFileName() + ".checkpoint"));
    assertThat(intermediate()).contains(step, checkpoint);
  }
}
