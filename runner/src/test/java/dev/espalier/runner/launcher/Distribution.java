// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A copy of the distribution folder, started as a user does: {@code java -jar espalier.jar}. */
final class Distribution {

  /** A tiny experiment that trains in a second. */
  static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [16] }
      data { id = digits, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 40
      }
      method {
        id = imp
        rounds = 2
        schedule { id = geometric, rate = 0.4 }
      }
      """;

  private static final int LIMIT_SECONDS = 120;

  private final Path home;
  private int started;

  /**
   * Copies the distribution; jars are linked.
   *
   * @param parent an empty folder
   */
  Distribution(Path parent) throws IOException {
    String built = System.getProperty("espalier.distribution");
    assertThat(built).as("system property espalier.distribution").isNotNull();
    home = Files.createDirectories(parent.resolve("espalier"));
    Path from = Path.of(built);
    Files.copy(from.resolve("espalier.jar"), home.resolve("espalier.jar"));
    Files.copy(
        from.resolve("espalier"),
        home.resolve("espalier"),
        StandardCopyOption.COPY_ATTRIBUTES); // the script is executable
    for (String folder : List.of("lib", "plugins", "natives")) {
      Files.createDirectories(home.resolve(folder));
      for (Path jar : jars(from.resolve(folder))) {
        link(jar, home.resolve(folder).resolve(jar.getFileName()));
      }
    }
  }

  private static void link(Path jar, Path link) throws IOException {
    try {
      Files.createLink(link, jar);
    } catch (IOException | UnsupportedOperationException e) {
      // On another disk.
      Files.createSymbolicLink(link, jar);
    }
  }

  private static List<Path> jars(Path folder) throws IOException {
    try (Stream<Path> jars = Files.list(folder)) {
      return jars.sorted().toList();
    }
  }

  /** Where it is. */
  Path home() {
    return home;
  }

  /** Where third-party jars go. */
  Path plugins() {
    return home.resolve("plugins");
  }

  /** All the jars that a plugin is compiled against. */
  List<Path> lib() throws IOException {
    return jars(home.resolve("lib"));
  }

  /** What a command that has ended gave. */
  record Ended(int code, String out, String err) {

    Ended succeeded() {
      assertThat(code).as("exit code; out: %s\nerr: %s", out, err).isZero();
      return this;
    }
  }

  /** A command that goes on, its output in files. */
  final class Going implements AutoCloseable {

    private final Process process;
    private final Path out;
    private final Path err;

    private Going(Path folder, List<String> args) {
      int number = started++;
      out = home.resolve("out-" + number + ".txt");
      err = home.resolve("err-" + number + ".txt");
      // A shell's background jobs ignore SIGINT, and so would every process they start.
      List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
      command.addAll(args);
      try {
        process =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    long pid() {
      return process.pid();
    }

    /** Sends a signal, such as INT. */
    void signal(String name) throws IOException, InterruptedException {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
      assertThat(kill.waitFor()).as("exit code of kill").isZero();
    }

    /** Waits until something is so, which must be before the process ends. */
    void until(String what, BooleanSupplier so) throws InterruptedException {
      long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
      while (!so.getAsBoolean()) {
        assertThat(System.nanoTime()).as("waiting until %s", what).isLessThan(limit);
        boolean ended = process.waitFor(20, TimeUnit.MILLISECONDS);
        assertThat(ended && !so.getAsBoolean())
            .as("ended before %s: %s %s", what, text(out), text(err))
            .isFalse();
      }
    }

    /** Kills it, if it has not ended yet. */
    void kill() {
      process.destroyForcibly();
    }

    /** Whether it ends within some milliseconds; waits as long for it. */
    boolean endsWithin(long millis) throws InterruptedException {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    }

    Ended end() throws InterruptedException {
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(ended).as("ended; %s %s", text(out), text(err)).isTrue();
      return new Ended(process.exitValue(), text(out), text(err));
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** The command line of a command. */
  List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Processes of some seconds: the second compiler and a parallel collector would cost more.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-jar");
    command.add(home.resolve("espalier.jar").toString());
    command.addAll(List.of(args));
    return command;
  }

  /** Starts a command in a folder. */
  Going start(Path folder, String... args) {
    return new Going(folder, command(args));
  }

  /** Runs a command in a folder to its end. */
  Ended run(Path folder, String... args) throws InterruptedException {
    try (Going going = start(folder, args)) {
      return going.end();
    }
  }

  /** Runs commands of a shell in a folder; {@code $ESPALIER} is the script of the distribution. */
  Ended shell(Path folder, String commands) throws InterruptedException {
    String script = "ESPALIER=$1; " + commands;
    List<String> command =
        List.of("sh", "-c", script, "sh", home.resolve("espalier").toAbsolutePath().toString());
    try (Going going = new Going(folder, command)) {
      return going.end();
    }
  }

  /** A file's text, empty if it is not there. */
  static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one run in a folder. */
  static Path onlyRun(Path folder) throws IOException {
    assertThat(runs(folder)).hasSize(1);
    return runs(folder).get(0);
  }

  /** The folders of all runs. */
  static List<Path> runs(Path folder) throws IOException {
    try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
      return runs.sorted().toList();
    }
  }

  /** One column of a run's results.csv, a number for each row. */
  static List<Double> column(Path run, String name) throws IOException {
    List<String[]> rows =
        Files.readAllLines(run.resolve("results.csv")).stream()
            .map(line -> line.split(",", -1))
            .toList();
    int column = Arrays.asList(rows.get(0)).indexOf(name);
    return rows.stream().skip(1).map(row -> Double.parseDouble(row[column])).toList();
  }
}
