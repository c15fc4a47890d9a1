// SPDX-License-Identifier: Apache-2.0
package dev.espalier.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Spark on this machine: a standalone master and two workers of one core. */
@Tag("slow")
class SparkIT {

  private static final String EXPERIMENT =
      """
      name = cells
      device = cpu
      replicates = 4
      model { id = mlp, hidden = [32] }
      data { id = digits, per-class = 50, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 600
      }
      controls = [reinit]
      method { id = imp, rounds = 2, schedule { id = geometric, rate = 0.4 } }
      """;

  private static final String ATTACHED = "--attached";
  private static final int LIMIT_SECONDS = 180;

  @TempDir private static Path shared;
  private static final List<Process> SPARK = new ArrayList<>();
  private static Path espalier;
  private static String master;

  @TempDir private Path work;

  @BeforeAll
  static void startSpark() throws IOException, InterruptedException {
    espalier = Path.of(System.getProperty("espalier.distribution", ""));
    assumeThat(espalier.resolve("espalier.jar")).exists();
    Path log = shared.resolve("master.log");
    String deploy = "org.apache.spark.deploy.";
    String[] anyPort = {"--host", "127.0.0.1", "--port", "0", "--webui-port", "0"};
    SPARK.add(spark(log, "-Xmx256m", deploy + "master.Master", anyPort));
    Pattern address = Pattern.compile("Starting Spark master at (spark://\\S+)");
    until("the master listens", () -> address.matcher(read(log)).find());
    Matcher found = address.matcher(read(log));
    assertThat(found.find()).isTrue();
    master = found.group(1);
    for (int i = 0; i < 2; i++) {
      List<String> options = new ArrayList<>(List.of(anyPort));
      options.addAll(List.of("--cores", "1", "--memory", "1g"));
      options.addAll(List.of("--work-dir", shared.resolve("work" + i).toString(), master));
      SPARK.add(
          spark(
              shared.resolve("worker" + i + ".log"),
              "-Xmx256m",
              deploy + "worker.Worker",
              options.toArray(String[]::new)));
    }
    until("two workers are there", () -> read(log).split("Registering worker", -1).length == 3);
  }

  @AfterAll
  static void endSpark() {
    SPARK.forEach(Process::destroy);
  }

  @Test
  void workersOfWhichOneIsKilledComputeTheBytesOfOneProcess()
      throws IOException, InterruptedException {
    Path experiment = Files.writeString(work.resolve("cells.conf"), EXPERIMENT);
    Process alone =
        start(
            work.resolve("alone.log"),
            espalierCommand(
                "run", experiment.toString(), "--dir", work.resolve("alone").toString()),
            Map.of());
    assertThat(exit(alone)).as(read(work.resolve("alone.log"))).isZero();

    Path log = work.resolve("driver.log");
    Path many = work.resolve("many");
    Process driver = submit(log, 2, "work", experiment.toString(), "--dir", many.toString());
    until("a worker has a cell", () -> has(many, ".*/cells/.*\\.claim"));
    children().findFirst().orElseThrow().destroyForcibly();
    assertThat(exit(driver)).as(read(log)).isZero();

    assertThat(read(log)).contains("ended with exit code 137");
    Path one = onlyRun(work.resolve("alone"));
    Path run = onlyRun(many);
    List<Path> results = files(one, ".*/(results\\.csv|verdicts\\.csv|tickets/.*\\.safetensors)");
    assertThat(results).hasSizeGreaterThan(10);
    for (Path file : results) {
      assertThat(run.resolve(one.relativize(file))).hasSameBinaryContentAs(file);
    }
    assertThat(files(many, ".*/(store|cells)/.*\\.(claim|stale|checkpoint)")).isEmpty();
  }

  @Test
  void aMistakeOfTheUserEndsTheJobWithItsMessage() throws IOException, InterruptedException {
    Path log = work.resolve("driver.log");
    Process driver = submit(log, 2, "work", work.resolve("missing.conf").toString());
    assertThat(exit(driver)).as(read(log)).isEqualTo(2);
    assertThat(read(log).lines().filter(line -> line.startsWith("espalier: ")))
        .singleElement()
        .asString()
        .contains("missing.conf");
  }

  @Test
  void workersEndWithTheDriverAndKeepTheirCheckpoints() throws IOException, InterruptedException {
    Path experiment =
        Files.writeString(
            work.resolve("long.conf"),
            EXPERIMENT.replace("iterations = 600", "iterations = 1000000"));
    Path many = work.resolve("many");
    Process driver =
        submit(
            work.resolve("driver.log"), 2, "work", experiment.toString(), "--dir", many.toString());
    until("two steps are claimed", () -> files(many, ".*/store/.*\\.claim").size() == 2);
    driver.destroy();
    until("no worker is left", () -> children().findAny().isEmpty());
    assertThat(files(many, ".*/store/.*\\.checkpoint")).hasSize(2);
    assertThat(files(many, ".*\\.claim")).isEmpty();
  }

  private static Process submit(Path log, int workers, String... worker) throws IOException {
    List<String> options = new ArrayList<>(List.of("--master", master));
    for (String setting :
        List.of(
            "spark.ui.enabled=false",
            "spark.driver.host=127.0.0.1",
            "spark.driver.bindAddress=127.0.0.1",
            "spark.executor.cores=1",
            "spark.executor.memory=512m")) {
      options.addAll(List.of("--conf", setting));
    }
    options.add(espalier.resolve("engines").resolve("espalier-spark.jar").toString());
    options.addAll(List.of("--workers", Integer.toString(workers), "--"));
    options.addAll(espalierCommand(worker));
    return spark(
        log, "-Xmx512m", "org.apache.spark.deploy.SparkSubmit", options.toArray(String[]::new));
  }

  private static List<String> espalierCommand(String... arguments) {
    List<String> command = new ArrayList<>(List.of(java(), "-Xmx1g", "-jar"));
    command.add(espalier.resolve("espalier.jar").toAbsolutePath().normalize().toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts a main class of Spark. */
  private static Process spark(Path log, String heap, String main, String... arguments)
      throws IOException {
    Path home = Path.of(System.getProperty("spark.home"));
    List<String> command = new ArrayList<>(List.of(java(), heap));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().split(" ")));
    command.addAll(List.of("-cp", home.resolve("jars") + "/*", main));
    command.addAll(List.of(arguments));
    Map<String, String> environment =
        Map.of(
            "SPARK_HOME",
            home.toString(),
            "SPARK_SCALA_VERSION",
            "2.13",
            "SPARK_LOCAL_IP",
            "127.0.0.1",
            "SPARK_PUBLIC_DNS",
            "127.0.0.1");
    return start(log, command, environment);
  }

  private static Process start(Path log, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder.redirectOutput(log.toFile()).start();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static int exit(Process process) throws InterruptedException {
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("a process does not end");
    }
    return process.exitValue();
  }

  private static void until(String what, BooleanSupplier condition) throws InterruptedException {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - limit).as("waiting until " + what).isNegative();
      Thread.sleep(50);
    }
  }

  /** The processes of Espalier for an experiment of this test. */
  private Stream<ProcessHandle> children() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().commandLine().orElse("").contains(ATTACHED))
        .filter(process -> process.info().commandLine().orElse("").contains(work.toString()))
        .filter(process -> !process.info().commandLine().orElse("").contains("SparkSubmit"));
  }

  private static Path onlyRun(Path folder) throws IOException {
    try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
      return runs.reduce((a, b) -> a.compareTo(b) < 0 ? a : b).orElseThrow();
    }
  }

  private static boolean has(Path folder, String pattern) {
    return !files(folder, pattern).isEmpty();
  }

  private static List<Path> files(Path folder, String pattern) {
    if (Files.notExists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().matches(pattern)).toList();
    } catch (IOException | UncheckedIOException e) { // a file has been deleted meanwhile
      return List.of();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
