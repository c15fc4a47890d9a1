// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.runner.config.ConfigProblem;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs of Slurm: sbatch, squeue, scancel and sinfo. */
final class Slurm {

  /** States from which a job does not come back. */
  private static final Set<String> ENDED =
      Set.of(
          "BOOT_FAIL",
          "CANCELLED",
          "COMPLETED",
          "DEADLINE",
          "FAILED",
          "NODE_FAIL",
          "OUT_OF_MEMORY",
          "REVOKED",
          "TIMEOUT");

  private final String path;

  /**
   * Creates the programs of a search path.
   *
   * @param path folders, as in the variable PATH
   */
  Slurm(String path) {
    this.path = path;
  }

  /** The programs on the PATH of this process. */
  static Slurm onPath() {
    return new Slurm(Optional.ofNullable(System.getenv("PATH")).orElse(""));
  }

  /**
   * A job, or one task of a job array.
   *
   * @param id its number, with that of the task
   * @param state its state in words of Slurm, such as RUNNING
   * @param reason why it waits or has ended, in words of Slurm; None if there is no reason
   */
  record Task(String id, String state, String reason) {

    boolean isEnded() {
      return ENDED.contains(state);
    }
  }

  /** The end of a program. */
  private record Ended(int code, String out, String err) {

    /** What the program printed about its failure. */
    String words() {
      String words = err.isBlank() ? out.strip() : err.strip();
      return words.isEmpty() ? "exit code " + code : words;
    }
  }

  /**
   * Checks that jobs can be submitted here.
   *
   * @throws ConfigProblem if there is no sbatch
   */
  void check() {
    program("sbatch");
  }

  /**
   * Submits a job, and returns its number.
   *
   * @throws ConfigProblem if Slurm refuses it, with its words
   */
  String submit(Path script, String... options) {
    List<String> command = new ArrayList<>(List.of("sbatch", "--parsable"));
    command.addAll(Arrays.asList(options));
    command.add(script.toString());
    Ended ended = call(command);
    if (ended.code != 0) {
      throw new ConfigProblem("Slurm does not take the job: " + ended.words());
    }
    return ended.out.strip().replaceFirst(";.*", ""); // a name of the cluster may follow
  }

  /**
   * Lists the tasks of jobs that Slurm still knows, also ended ones.
   *
   * @throws IOException if Slurm does not answer, with its words
   */
  List<Task> tasks(List<String> jobs) throws IOException {
    List<Task> tasks = new ArrayList<>();
    for (String job : jobs) { // one that is forgotten would hide the others
      Ended ended = call(List.of("squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%r", "-j", job));
      if (ended.code == 0) {
        ended
            .out
            .lines()
            .map(line -> line.strip().split("\\|", 3))
            .filter(parts -> parts.length == 3)
            .forEach(parts -> tasks.add(new Task(parts[0], parts[1], parts[2])));
      } else if (!ended.err.contains("Invalid job id")) { // forgotten some minutes after its end
        throw new IOException(ended.words());
      }
    }
    return tasks;
  }

  /** Sends TERM to the scripts of running tasks. */
  void interrupt(List<String> jobs) {
    scancel(jobs, "--signal=TERM", "--batch");
  }

  /** Removes waiting tasks from the queue. */
  void cancelWaiting(List<String> jobs) {
    scancel(jobs, "--state=PENDING");
  }

  /** Ends all tasks. */
  void cancel(List<String> jobs) {
    scancel(jobs);
  }

  private void scancel(List<String> jobs, String... options) {
    List<String> command = new ArrayList<>(List.of("scancel", "--quiet"));
    command.addAll(Arrays.asList(options));
    command.addAll(jobs);
    Ended ended = call(command);
    // Without words there was nothing to cancel.
    if (ended.code != 0 && !ended.err.isBlank() && !ended.err.contains("Invalid job id")) {
      throw new ConfigProblem("Slurm does not cancel: " + ended.words());
    }
  }

  /**
   * The names of the nodes.
   *
   * @throws ConfigProblem if Slurm does not answer, with its words
   */
  Set<String> nodes() {
    Ended ended = call(List.of("sinfo", "-h", "-N", "-o", "%N"));
    if (ended.code != 0) {
      throw new ConfigProblem("Slurm does not answer: " + ended.words());
    }
    return ended.out.lines().map(String::strip).collect(Collectors.toSet());
  }

  private Path program(String name) {
    return Stream.of(path.split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> file(folder, name))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigProblem(
                    "found no program "
                        + name
                        + " on the PATH, needed is a machine that submits jobs to Slurm, such as a"
                        + " login node. '--on slurm --print' shows the script"));
  }

  private static Optional<Path> file(String folder, String name) {
    try {
      return Optional.of(Path.of(folder, name)).filter(Files::isExecutable);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private Ended call(List<String> command) {
    List<String> words = new ArrayList<>(command);
    words.set(0, program(command.get(0)).toString());
    try {
      Path err = Files.createTempFile("espalier", ".err");
      try {
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(err.toFile());
        builder.environment().put("LC_ALL", "C"); // its words are read
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
        int code = process.waitFor();
        return new Ended(code, out, Files.readString(err, Charset.defaultCharset()));
      } finally {
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Ended(-1, "", "interrupted");
    }
  }
}
