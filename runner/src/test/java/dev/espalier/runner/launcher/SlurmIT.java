// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.runner.launcher.Distribution.Ended;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs on a real Slurm: a cluster of one node, which {@code .ci/slurm-up} starts. Their workers are
 * killed, cancelled and queued again, and all end in the bytes of one process.
 */
@Tag("slow")
class SlurmIT {

  /** Six trainings, each long enough for a signal to come in its middle. */
  private static final String EXPERIMENT =
      """
      name = tiny
      device = cpu
      replicates = 2
      model { id = mlp, hidden = [100] }
      data { id = digits, validation = 500 }
      training { optimizer { id = adam, learning-rate = 0.01 }, batch-size = 20, iterations = 1500 }
      method { id = imp, rounds = 2, schedule { id = geometric, rate = 0.4 } }
      """;

  private static final Path TOP = Path.of("").toAbsolutePath().getParent();
  private static final Pattern TRAINED =
      Pattern.compile("\"event\":\"train\".*\"key\":\"(\\w+)\".*\"found\":false");

  private static final int LIMIT_SECONDS = 60;

  @TempDir private static Path shared;
  private static Path cluster;
  private static Distribution espalier;
  private static Path alone;

  /** A name that Slurm and shells would take for something else. */
  private Path work;

  @BeforeAll
  static void startTheClusterAndRunOnce() throws IOException, InterruptedException {
    assumeTrue(isInstalled("slurmctld"), "Slurm is not installed (Debian: slurm-wlm)");
    assumeTrue(isInstalled("munged"), "munge is not installed");
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can start Slurm");
    cluster = shared.resolve("slurm");
    ProcessBuilder up = new ProcessBuilder(TOP + "/.ci/slurm-up", cluster.toString());
    up.environment().put("SLURMCTLD_PORT", freePort());
    up.environment().put("SLURMD_PORT", freePort());
    assertThat(up.inheritIO().start().waitFor()).as("exit code of slurm-up").isZero();
    espalier = new Distribution(shared);
    Path folder = Files.createDirectories(shared.resolve("alone"));
    Files.writeString(folder.resolve("tiny.conf"), EXPERIMENT);
    espalier.run(folder, "run", "tiny.conf").succeeded();
    alone = Distribution.onlyRun(folder);
  }

  @AfterAll
  static void endTheCluster() throws IOException, InterruptedException {
    if (cluster != null) { // a job that has nothing more to do may go on
      ProcessBuilder cancel = new ProcessBuilder("scancel", "--user=root");
      cancel.environment().put("SLURM_CONF", cluster.resolve("slurm.conf").toString());
      cancel.start().waitFor();
      new ProcessBuilder(TOP + "/.ci/slurm-down", cluster.toString()).start().waitFor();
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return Integer.toString(socket.getLocalPort());
    }
  }

  /** Writes the experiment and the settings of the site into a new folder. */
  private void folder(String name, String settings) throws IOException {
    work = Files.createDirectories(shared.resolve(name));
    Files.writeString(work.resolve("tiny.conf"), EXPERIMENT);
    Files.writeString(work.resolve("cluster.conf"), "cluster { " + settings + " }");
  }

  /** Runs a command of a shell that reaches the cluster. */
  private Ended shell(String command) throws InterruptedException {
    return espalier.shell(
        work,
        "export SLURM_CONF='"
            + cluster
            + "/slurm.conf' ESPALIER_OPTS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'; "
            + command);
  }

  private Path run() throws IOException {
    return Distribution.onlyRun(work);
  }

  /** The texts of all files of the run with a name. */
  private String texts(Predicate<Path> name) {
    try (Stream<Path> files = Files.walk(run())) {
      return files
          .filter(Files::isRegularFile)
          .filter(name)
          .map(Distribution::text)
          .collect(joining());
    } catch (IOException | java.io.UncheckedIOException e) {
      return ""; // a file that has just gone
    }
  }

  private String events() {
    return texts(file -> file.toString().matches(".*/workers/.*/events\\.jsonl"));
  }

  private String logs() {
    return texts(file -> file.toString().matches(".*/cluster/.*\\.log"));
  }

  /** The files in the store with an ending. */
  private List<Path> stored(String ending) throws IOException {
    Path store = work.resolve("store");
    if (Files.notExists(store)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(store)) {
      return files.filter(file -> file.toString().endsWith(ending)).toList();
    } catch (java.io.UncheckedIOException e) {
      return List.of(); // a file that has just gone
    }
  }

  /** What a state of the files is waited for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private void until(String what, Condition condition) throws IOException, InterruptedException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("waiting until %s; %s", what, logs()).isLessThan(limit);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /**
   * Waits until the claims of steps are the same for a while: prunings hold theirs for a moment.
   */
  private void untilATrainingGoesOn() throws IOException, InterruptedException {
    until(
        "a training goes on",
        () -> {
          List<Path> before = stored(".claim");
          TimeUnit.MILLISECONDS.sleep(300);
          return !before.isEmpty() && before.equals(stored(".claim"));
        });
  }

  private void hasTheBytesOfOneProcessAndTrainedEachKeyOnce() throws IOException {
    assertThat(run().resolve("results.csv")).hasSameBinaryContentAs(alone.resolve("results.csv"));
    assertThat(run().resolve("verdicts.csv")).hasSameBinaryContentAs(alone.resolve("verdicts.csv"));
    try (Stream<Path> files = Files.walk(alone.resolve("tickets"))) {
      List<Path> tickets = files.filter(file -> file.toString().endsWith(".safetensors")).toList();
      assertThat(tickets).isNotEmpty();
      for (Path ticket : tickets) {
        assertThat(run().resolve(alone.relativize(ticket))).hasSameBinaryContentAs(ticket);
      }
    }
    List<String> keys =
        TRAINED.matcher(events()).results().map((MatchResult found) -> found.group(1)).toList();
    assertThat(keys).hasSize(6).doesNotHaveDuplicates();
  }

  @Test
  void twoTasksHaveAGpuEachAndAKilledWorkerIsTakenOver() throws Exception {
    folder(
        "it's 50% \"work\"",
        "workers = 2, gres = \"gpu:1\", setup = [\"echo \\\"GPU $CUDA_VISIBLE_DEVICES.\\\"\"]");
    Ended submitted = shell("\"$ESPALIER\" run tiny.conf --on slurm --detach").succeeded();
    assertThat(submitted.out()).contains("2 tasks, each with 1 worker", "espalier cancel runs/");
    until("a training is done", () -> TRAINED.matcher(events()).find());
    untilATrainingGoesOn(); // a kill between a step and its event would lose the event
    kill(texts(file -> file.toString().endsWith("replicate-0.claim")));
    Ended ended = shell("\"$ESPALIER\" run tiny.conf --on slurm").succeeded();
    assertThat(ended.out())
        .contains("in the queue already", "results: runs/")
        .doesNotContain("each with");
    assertThat(logs()).contains("GPU 0.", "GPU 1.", "exit code 137; it is started again");
    assertThat(events()).contains("\"event\":\"taken-over\"");
    hasTheBytesOfOneProcessAndTrainedEachKeyOnce();
  }

  private static void kill(String claim) {
    long worker = Long.parseLong(claim.split("\t", -1)[2]);
    assertThat(ProcessHandle.of(worker).map(ProcessHandle::destroyForcibly)).contains(true);
  }

  @Test
  void aTaskNearItsLimitIsQueuedAgainAndACancelledOneKeepsItsCheckpoint() throws Exception {
    folder("limit", "workers = 1, setup = [\"echo RESTART $SLURM_RESTART_COUNT.\"]");
    shell("\"$ESPALIER\" run tiny.conf --on slurm --detach").succeeded();
    untilATrainingGoesOn();
    String array =
        texts(file -> file.endsWith("cluster.json"))
            .replaceFirst(".*\"jobs\":\\[\"(\\d+).*\\s*", "$1");
    shell("scancel --signal=USR1 --batch " + array + "_0")
        .succeeded(); // as Slurm does at the limit
    until("the task is queued again", () -> logs().contains("the task is queued again"));
    assertThat(stored(".checkpoint")).isNotEmpty();
    until("the task has begun again", () -> logs().contains("RESTART 1."));
    until("a worker goes on", () -> texts(file -> file.endsWith("replicate-0.claim")).length() > 0);

    Ended cancelled = shell("\"$ESPALIER\" cancel runs/tiny-*").succeeded();
    assertThat(cancelled.out()).contains("the jobs have ended; start the same command again");
    assertThat(shell("squeue -h").succeeded().out()).isEmpty();
    assertThat(shell("\"$ESPALIER\" status runs/tiny-*").succeeded().out())
        .contains("cells ", "0 workers", "cancelled");

    shell("\"$ESPALIER\" run tiny.conf --on slurm").succeeded();
    hasTheBytesOfOneProcessAndTrainedEachKeyOnce();
  }

  @Test
  void slurmRefusesAPartitionThatDoesNotExistInItsWords() throws Exception {
    folder("refused", "partition = gpus");
    Ended refused = shell("\"$ESPALIER\" run tiny.conf --on slurm");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err())
        .contains("Slurm does not take the job: ", "invalid partition specified: gpus")
        .doesNotContain("\tat ");
    assertThat(run().resolve("cluster.json")).doesNotExist();
  }
}
