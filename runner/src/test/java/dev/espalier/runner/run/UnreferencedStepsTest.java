// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
    try (UnreferencedSteps steps = new UnreferencedSteps(root)) {
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
    try (UnreferencedSteps steps = new UnreferencedSteps(root)) {
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
}
