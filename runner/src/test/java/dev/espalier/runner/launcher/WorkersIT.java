// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.runner.launcher.Distribution.Ended;
import dev.espalier.runner.launcher.Distribution.Going;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs by several processes, some of which are killed: all end in the bytes of one process. */
@Tag("slow")
class WorkersIT {

  /** Twelve cells: 84 trainings of which none is shared. */
  private static final String CELLS =
      """
      name = cells
      device = cpu
      replicates = 6
      model { id = mlp, hidden = [32] }
      data { id = digits, per-class = 50, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 300
        evaluate-every = 100
      }
      controls = [reinit]
      variants {
        slow { method { id = imp, rounds = 3, schedule { id = geometric, rate = 0.4 } } }
        fast {
          training.optimizer.learning-rate = 0.02
          method { id = imp, rounds = 3, schedule { id = geometric, rate = 0.4 } }
        }
      }
      """;

  private static final int KILLS = 10;

  @TempDir private static Path shared;
  private static Distribution espalier;

  @TempDir private Path work;

  private final Random random = new Random(1);

  @BeforeAll
  static void copy() throws IOException {
    espalier = new Distribution(shared);
  }

  @Test
  void fourWorkersOfWhichSomeAreKilledDoEachStepOnceToTheSameBytes()
      throws IOException, InterruptedException {
    Files.writeString(work.resolve("cells.conf"), CELLS);
    espalier.run(work, "run", "cells.conf", "--dir", "alone").succeeded();
    Path alone = Distribution.onlyRun(work.resolve("alone"));
    int kills;
    Ended ended;
    try (Going going =
        espalier.start(work, "run", "cells.conf", "--dir", "many", "--workers", "4")) {
      going.until("a worker has a cell", () -> !cells(".claim").isEmpty());
      kills = kill(going);
      ended = going.end().succeeded();
    }
    Path run = Distribution.onlyRun(work.resolve("many"));
    for (String file : List.of("results.csv", "verdicts.csv")) {
      assertThat(run.resolve(file)).hasSameBinaryContentAs(alone.resolve(file));
    }
    List<Path> tickets = arrays(alone);
    assertThat(tickets).hasSameSizeAs(arrays(run)).isNotEmpty();
    for (Path ticket : tickets) {
      assertThat(run.resolve(alone.relativize(ticket))).hasSameBinaryContentAs(ticket);
    }
    assertThat(kills).as("kills; %s", ended.out()).isEqualTo(KILLS);
    assertThat(ended.out()).contains("died with exit code 137 and is replaced");
    List<String> computed = computed();
    assertThat(computed).as("trainings that workers finished").doesNotHaveDuplicates();
    assertThat(ended.out())
        .contains("trainings: " + computed.size() + ", of which remembered: " + computed.size());
    assertThat(files(work.resolve("many")))
        .as("claims and temporary files")
        .noneMatch(file -> file.toString().matches(".*\\.(claim|stale|checkpoint)"));
  }

  @Test
  void workersEndWithTheirParentAndTheSameCommandGoesOn() throws IOException, InterruptedException {
    Files.writeString(work.resolve("cells.conf"), CELLS);
    String[] run = slow("many", "--workers", "2");
    try (Going going = espalier.start(work, run)) {
      going.until("two workers have a cell", () -> cells(".claim").size() == 2);
      going.until("a training goes on", () -> isStepInProgress(going));
      going.signal("INT");
      Ended ended = going.end();
      assertThat(ended.code()).as(ended.err()).isEqualTo(130);
      assertThat(cells(".claim")).as("a worker outlives its parent").isEmpty();
      assertThat(files(work.resolve("many/store")))
          .anyMatch(file -> file.toString().endsWith(".checkpoint"));
    }
    List<ProcessHandle> orphans;
    try (Going going = espalier.start(work, run)) {
      going.until("two workers train", () -> cells(".claim").size() == 2);
      orphans = ProcessHandle.of(going.pid()).orElseThrow().children().toList();
      assertThat(orphans).hasSize(2);
      going.kill();
    }
    for (ProcessHandle orphan : orphans) {
      orphan.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
    assertThat(cells(".claim")).isEmpty();
    espalier.run(work, run).succeeded();
    espalier.run(work, slow("alone")).succeeded();
    assertThat(Distribution.onlyRun(work.resolve("many")).resolve("results.csv"))
        .hasSameBinaryContentAs(Distribution.onlyRun(work.resolve("alone")).resolve("results.csv"));
  }

  /** Whether one step has its claim for a while: prunings have theirs for a moment. */
  private boolean isStepInProgress(Going going) {
    try {
      List<Path> before = stepClaims();
      return !before.isEmpty() && !going.endsWithin(200) && before.equals(stepClaims());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Path> stepClaims() throws IOException {
    return files(work.resolve("many/store")).stream()
        .filter(file -> file.toString().endsWith(".claim"))
        .toList();
  }

  /** The command for two cells in a folder. */
  private static String[] slow(String folder, String... more) {
    List<String> words = new ArrayList<>(List.of("run", "cells.conf", "--dir", folder));
    words.addAll(List.of("--variant", "slow", "--set", "replicates=2"));
    words.addAll(List.of("--set", "training.iterations=1000"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  /** Kills workers at random moments, but none three times in one cell, which gives it up. */
  private int kill(Going going) throws IOException, InterruptedException {
    int kills = 0;
    long ended = -1;
    int since = 0;
    while (kills < KILLS && !going.endsWithin(50 + random.nextInt(450))) {
      long now = cells(".done").size();
      since = now > ended ? 0 : since;
      ended = now;
      List<Path> claims = cells(".claim");
      if (since < 2 && !claims.isEmpty()) {
        Path claim = claims.get(random.nextInt(claims.size()));
        Path tries = Path.of(claim.toString().replace(".claim", ".tries"));
        if (Files.notExists(tries) || Files.readAllLines(tries).size() < 2) {
          kills += kill(claim);
          since++;
        }
      }
    }
    return kills;
  }

  /** Kills the holder of a claim, if it still has it. */
  private static int kill(Path claim) throws IOException {
    try {
      long pid = Long.parseLong(Files.readString(claim).split("\t", -1)[2]);
      return ProcessHandle.of(pid).filter(ProcessHandle::destroyForcibly).isPresent() ? 1 : 0;
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** The files in the folder of cells with an ending. */
  private List<Path> cells(String ending) {
    try {
      return files(work.resolve("many")).stream()
          .filter(file -> file.getParent().endsWith("cells") && file.toString().endsWith(ending))
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<Path> arrays(Path run) throws IOException {
    return files(run.resolve("tickets")).stream()
        .filter(file -> file.toString().endsWith(".safetensors"))
        .toList();
  }

  private static List<Path> files(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (java.io.UncheckedIOException e) {
      return List.of(); // a folder or file that has just gone
    }
  }

  /** The keys of the trainings that workers computed to their end. */
  private List<String> computed() throws IOException {
    List<String> keys = new ArrayList<>();
    for (Path events : files(Distribution.onlyRun(work.resolve("many")).resolve("workers"))) {
      if (events.endsWith("events.jsonl")) {
        for (String line : Files.readAllLines(events)) {
          JsonObject event = JsonParser.parseString(line).getAsJsonObject();
          if (event.get("event").getAsString().equals("train")
              && !event.get("found").getAsBoolean()) {
            keys.add(event.get("key").getAsString());
          }
        }
      }
    }
    return keys;
  }
}
