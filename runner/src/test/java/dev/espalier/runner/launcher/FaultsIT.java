// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.runner.launcher.Distribution.Ended;
import dev.espalier.runner.launcher.Distribution.Going;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are killed, share a store, or find the disk full: all end in the same bytes. */
@Tag("slow")
class FaultsIT {

  /** Ten trainings, one of them in two parts, with controls and findings. */
  private static final String SEVERAL =
      """
      name = several
      device = cpu
      model { id = mlp, hidden = [32] }
      data { id = digits, per-class = 50, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 160
        evaluate-every = 40
      }
      controls = [reinit]
      variants {
        imp { method { id = imp, rounds = 2, rewind-to = 5, schedule { id = geometric, rate = 0.4 } } }
        bird {
          method { id = early-bird, level = weights, distance = 0.4, window = 2, sparsities = [0.5] }
        }
      }
      """;

  private static final String[] SEVERAL_RUN = {"run", "several.conf"};

  private static final int KILLS = 10;

  /** The exit code of what SIGKILL ended. */
  private static final int KILLED = 137;

  @TempDir private static Path shared;
  private static Distribution espalier;

  @TempDir private Path work;

  @BeforeAll
  static void copy() throws IOException {
    espalier = new Distribution(shared);
  }

  private Path folder(String name) throws IOException {
    Path folder = Files.createDirectories(work.resolve(name));
    Files.writeString(folder.resolve("several.conf"), SEVERAL);
    Files.writeString(folder.resolve("tiny.conf"), Distribution.TINY);
    return folder;
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  /** Whether an entry of a store ends with the SHA-256 of what comes before. */
  private static boolean isWhole(Path entry) {
    try {
      byte[] bytes = Files.readAllBytes(entry);
      int length = bytes.length - 32;
      return Arrays.equals(
          MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, length)),
          Arrays.copyOfRange(bytes, length, bytes.length));
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertSameResults(Path run, Path expected) throws IOException {
    for (String name : List.of("results.csv", "findings.csv")) {
      assertThat(Distribution.text(run.resolve(name)))
          .as(name)
          .isEqualTo(Distribution.text(expected.resolve(name)));
    }
  }

  /** The lines of a run's events; none may be cut short. */
  private static List<JsonObject> events(Path run) throws IOException {
    return Distribution.text(run.resolve("events.jsonl"))
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  @Test
  void aRunKilledAtRandomMomentsEndsInTheSameBytes() throws IOException, InterruptedException {
    Path whole = folder("whole");
    Instant start = Instant.now();
    Instant begin;
    try (Going going = espalier.start(whole, SEVERAL_RUN)) {
      begin = untilItBegins(going, whole, 1);
      going.end().succeeded();
    }
    Instant end = Instant.now();
    Path expected = Distribution.onlyRun(whole);
    assertThat(expected.resolve("findings.csv")).isNotEmptyFile();

    Killer killer =
        new Killer(
            Duration.between(start, end).toMillis(), Duration.between(begin, end).toMillis());
    for (int cycle = 0; killer.kills < KILLS; cycle++) {
      Path folder = folder("cycle-" + cycle);
      killer.killUntilItEnds(folder);
      assertThat(Distribution.onlyRun(folder))
          .as("%s", killer.moments)
          .satisfies(
              run -> {
                assertSameResults(run, expected);
                assertThat(events(run)).last().matches(event -> isNamed("end", event));
              });
      assertThat(files(folder.resolve("store")))
          .as("%s", killer.moments)
          .noneMatch(file -> file.toString().endsWith(".checkpoint"))
          .filteredOn(file -> !file.toString().endsWith(".tmp"))
          // Of a process that was killed between the end of a step and that of its claim.
          .filteredOn(file -> !file.toString().endsWith(".claim"))
          .allMatch(FaultsIT::isWhole);
    }
  }

  /** Waits until a run has begun as many times, and returns when that was. */
  private static Instant untilItBegins(Going going, Path folder, int times)
      throws InterruptedException {
    going.until(
        "the run begins",
        () -> {
          try {
            return begins(folder) == times;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return Instant.now();
  }

  /** How many times the run in a folder has begun. */
  private static int begins(Path folder) throws IOException {
    return (int)
        files(folder.resolve("runs")).stream()
            .filter(file -> file.endsWith("events.jsonl"))
            .flatMap(file -> Distribution.text(file).lines())
            .filter(line -> line.contains("\"event\":\"begin\""))
            .count();
  }

  private static boolean isNamed(String name, JsonObject event) {
    return event.get("event").getAsString().equals(name);
  }

  /** Kills runs: a third of them at any moment, the others at any after they have begun. */
  private static final class Killer {

    private final long length;
    private final long lengthFromBegin;
    private final Random random = new Random(25);
    private final List<String> moments = new ArrayList<>();
    private int kills;

    Killer(long length, long lengthFromBegin) {
      this.length = length;
      this.lengthFromBegin = lengthFromBegin;
    }

    void killUntilItEnds(Path folder) throws IOException, InterruptedException {
      Ended ended;
      do {
        boolean isFromBegin = random.nextInt(3) > 0;
        long delay = random.nextLong(isFromBegin ? lengthFromBegin : length);
        // Every third is interrupted first, and killed while it keeps a checkpoint, or just has.
        long later = random.nextInt(3) == 0 ? random.nextLong(150) : -1;
        try (Going going = espalier.start(folder, SEVERAL_RUN)) {
          if (kills < KILLS) {
            if (isFromBegin) {
              untilItBegins(going, folder, begins(folder) + 1);
            }
            kill(going, delay, later);
          }
          ended = going.end();
        }
        moments.add(
            "%n%s: %d ms after its %s%s: code %d, %s"
                .formatted(
                    folder.getFileName(),
                    delay,
                    isFromBegin ? "begin" : "start",
                    later < 0 ? "" : " and " + later + " ms after SIGINT",
                    ended.code(),
                    progress(folder)));
        assertThat(ended.code()).as("exit code, %s", moments).isIn(0, 130, KILLED);
        assertThat(ended.out() + ended.err()).as("%s", moments).doesNotContain("damaged");
        if (ended.code() == KILLED) {
          kills++;
        }
        assertThat(moments).as("starts").hasSizeLessThan(10 * KILLS);
      } while (ended.code() != 0);
    }

    private static void kill(Going going, long delay, long later)
        throws IOException, InterruptedException {
      if (going.endsWithin(delay)) {
        return;
      }
      if (later >= 0) {
        going.signal("INT");
        going.endsWithin(later);
      }
      going.kill();
    }
  }

  /** How far a run has come: how many steps are finished, and what else is in the store. */
  private static String progress(Path folder) throws IOException {
    Map<Boolean, List<String>> names =
        files(folder.resolve("store")).stream()
            .map(FaultsIT::name)
            .collect(Collectors.partitioningBy(name -> name.matches("[0-9a-f]{62}")));
    return names.get(true).size()
        + " steps "
        + names.get(false).stream().map(name -> name.substring(name.indexOf('.'))).toList();
  }

  @Test
  void twoProcessesAtOnceOnOneStoreComputeEachStepOnce() throws IOException, InterruptedException {
    // All share the dense training; the second of each pair all that the first does, and more.
    List<String[]> experiments =
        List.of(
            new String[] {"run", "tiny.conf"},
            new String[] {"run", "tiny.conf", "--set", "method.rounds=3"},
            new String[] {"run", "tiny.conf", "--set", "method.criterion=movement"},
            new String[] {
              "run",
              "tiny.conf",
              "--set",
              "method.criterion=movement",
              "--set",
              "controls=[reinit, shuffle]"
            });
    Path together = folder("together");
    for (int first = 0; first < experiments.size(); first += 2) {
      try (Going one = espalier.start(together, experiments.get(first));
          Going other = espalier.start(together, experiments.get(first + 1))) {
        for (Going going : List.of(one, other)) {
          Ended ended = going.end().succeeded();
          assertThat(ended.err()).isEmpty();
          assertThat(ended.out()).doesNotContain("damaged");
        }
      }
    }
    List<String> computed = new ArrayList<>();
    for (Path run : Distribution.runs(together)) {
      events(run).stream()
          .filter(event -> isNamed("train", event) && !event.get("found").getAsBoolean())
          .forEach(event -> computed.add(event.get("key").getAsString()));
    }
    assertThat(computed).as("3 + 1 + 2 + 4 trainings").hasSize(10).doesNotHaveDuplicates();
    for (int i = 0; i < experiments.size(); i++) {
      Path alone = folder("alone-" + i);
      espalier.run(alone, experiments.get(i)).succeeded();
      Path run = Distribution.onlyRun(alone);
      assertSameResults(together.resolve("runs").resolve(name(run)), run);
    }
    assertThat(files(together.resolve("store")))
        .as("5 + 2 steps of the first pair, 2 x 2 and 4 more of the second")
        .hasSize(15)
        .allMatch(file -> name(file).matches("[0-9a-f]{62}"))
        .allMatch(FaultsIT::isWhole);
  }

  /**
   * Fills a disk of its own, runs, and makes some room, until the run comes to its end; what is on
   * the disk is copied each time.
   */
  private static final String FULL =
      """
      mkdir disk
      mount -t tmpfs -o size=2400k tmpfs disk || exit 77
      for i in $(seq 0 20); do
        head -c 200K /dev/zero > disk/ballast-$i || break
      done 2> ballast.txt
      for i in $(seq 0 20); do
        "$@" > out-$i.txt 2> err-$i.txt
        code=$?
        echo $code > code-$i.txt
        cp -r disk disk-$i
        rm -f disk-$i/ballast-*
        [ $code = 0 ] && exit 0
        rm -f disk/ballast-$i
      done
      """;

  @Test
  void aFullDiskIsSaidAndWhatIsFinishedIsKeptUntilThereIsRoom()
      throws IOException, InterruptedException {
    Path folder = folder("full");
    assumeThat(exitCode(folder, "unshare", "-rm", "true"))
        .as("exit code of unshare -rm: no disk of one's own can be mounted here")
        .isZero();
    List<String> command = new ArrayList<>(List.of("unshare", "-rm", "bash", "-c", FULL, "bash"));
    command.addAll(espalier.command("run", "tiny.conf", "--dir", "disk"));
    int code = exitCode(folder, command.toArray(String[]::new));
    assumeThat(code).as("77: no disk of one's own can be mounted here").isNotEqualTo(77);
    assertThat(code).isZero();

    Path alone = folder("alone");
    espalier.run(alone, "run", "tiny.conf").succeeded();
    Path expected = Distribution.onlyRun(alone);
    int last =
        IntStream.iterate(1, i -> i + 1)
                .filter(i -> Files.notExists(folder.resolve("code-" + i + ".txt")))
                .findFirst()
                .orElseThrow()
            - 1;
    assertThat(last).as("starts that found the disk full").isGreaterThanOrEqualTo(3);
    for (int i = 0; i < last; i++) {
      assertThat(folder.resolve("code-" + i + ".txt")).hasContent("2");
      assertThat(Distribution.text(folder.resolve("err-" + i + ".txt")))
          .containsPattern("^espalier: .*disk/.*No space left on device")
          .containsPattern("what is finished is kept|mend that")
          .doesNotContain("\tat ")
          .doesNotContain("Exception");
      assertKept(folder.resolve("disk-" + i), expected);
    }
    Path disk = folder.resolve("disk-" + last);
    assertKept(disk, expected);
    assertSameResults(Distribution.onlyRun(disk), expected);
    assertThat(events(Distribution.onlyRun(disk)))
        .filteredOn(event -> event.has("found") && !event.get("found").getAsBoolean())
        .extracting(event -> event.get("key").getAsString())
        .as("no step that was finished is done again")
        .doesNotHaveDuplicates();
  }

  private static void assertKept(Path disk, Path expected) throws IOException {
    assertThat(files(disk.resolve("store")))
        .allMatch(file -> name(file).matches("[0-9a-f]{62}"))
        .allMatch(FaultsIT::isWhole);
    if (Files.exists(disk.resolve("runs"))) {
      assertThat(Distribution.text(Distribution.onlyRun(disk).resolve("results.csv")).lines())
          .isSubsetOf(Files.readAllLines(expected.resolve("results.csv")));
    }
  }

  private static int exitCode(Path folder, String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("shell.txt").toFile())
              .start();
      try {
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).as("ended").isTrue();
        return process.exitValue();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return 127; // as a shell has it, where there is no such command
    }
  }
}
