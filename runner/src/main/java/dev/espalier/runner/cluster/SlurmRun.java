// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.runner.cluster.Slurm.Task;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.run.Board;
import dev.espalier.runner.run.RunStatus;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The jobs of one run on a Slurm cluster: their submission, their state and their end. */
public final class SlurmRun {

  /** The number of tasks whose failures are named. */
  private static final int SHOWN = 5;

  /** Workers save a checkpoint in this time; see {@code Interruption}. */
  private static final Duration TO_SAVE = Duration.ofSeconds(90);

  private final Path run;
  private final Slurm slurm;
  private final Board board;
  private final Duration every;

  /**
   * Creates the jobs of a run, with the programs of Slurm on the PATH.
   *
   * @param run the folder of the run
   * @param screen receives progress
   */
  public SlurmRun(Path run, Screen screen) {
    this(run, Slurm.onPath(), screen, Duration.ofSeconds(5));
  }

  /**
   * Creates the jobs of a run.
   *
   * @param every the time between two questions to Slurm
   */
  SlurmRun(Path run, Slurm slurm, Screen screen, Duration every) {
    this.run = run;
    this.slurm = slurm;
    this.every = every;
    board = new Board(screen);
  }

  /**
   * Checks that jobs can be submitted from this machine.
   *
   * @throws ConfigProblem if there is no sbatch
   */
  public static void check() {
    Slurm.onPath().check();
  }

  /** Whether Slurm has jobs of this run that have not ended. */
  boolean isActive() throws IOException {
    Optional<ClusterJobs> jobs = ClusterJobs.read(run);
    return jobs.isPresent() && slurm.tasks(jobs.get().jobs()).stream().anyMatch(t -> !t.isEnded());
  }

  /**
   * Submits the workers, and a job that follows them. That job computes what they left, which is
   * nothing as a rule, and writes the results unless one of them did.
   *
   * @param experiment the file that workers read
   * @throws ConfigProblem if Slurm refuses a job; then none is left
   */
  void submit(SlurmScript script, String experiment) throws IOException {
    AtomicFile.write(SlurmScript.experiment(run), experiment);
    Path file = run.resolve(RunLayout.CLUSTER).resolve("job.sh");
    AtomicFile.write(file, script.text());
    String array = slurm.submit(file);
    try {
      String last = slurm.submit(file, "--dependency=afterany:" + array, "--array=0-0");
      new ClusterJobs(List.of(array, last)).write(run);
      board.line("job " + array + ": " + script.words());
      board.line("job " + last + ": follows, and writes the results if no worker did");
    } catch (ConfigProblem e) {
      slurm.cancel(List.of(array));
      throw e;
    }
  }

  void line(String text) {
    board.line(text);
  }

  /** Names the commands for jobs that go on. */
  void explain() {
    board.line(
        "'espalier status " + run + "' shows the jobs; 'espalier cancel " + run + "' ends them");
  }

  /**
   * Shows the progress until the jobs have ended.
   *
   * @throws ConfigProblem if cells are missing or have failed then
   */
  void await() throws IOException {
    ClusterJobs jobs = ClusterJobs.read(run).orElseThrow();
    board.line("Ctrl-C ends this command, and leaves the jobs in the queue");
    Thread hook =
        new Thread(
            () -> {
              board.line("the jobs go on");
              explain();
            },
            "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    List<Task> tasks = watch(jobs);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the JVM is shutting down
    }
    finish(jobs, tasks);
  }

  private List<Task> watch(ClusterJobs jobs) throws IOException {
    String shown = "";
    boolean isSilent = false;
    while (true) {
      try {
        List<Task> tasks = slurm.tasks(jobs.jobs());
        isSilent = false;
        RunStatus status = RunStatus.of(run);
        String jobsLine = "tasks: " + words(tasks);
        String line = (status.cells() == 0 ? "" : status.summary() + "; ") + jobsLine;
        if (board.isDrawn()) {
          board.draw(
              width -> {
                List<String> lines =
                    new ArrayList<>(status.cells() == 0 ? List.of() : status.lines(width));
                lines.add(jobsLine);
                return lines;
              });
        } else if (!line.equals(shown)) {
          board.line(line);
          shown = line;
        }
        boolean isOver = tasks.stream().filter(jobs::isOfArray).allMatch(Task::isEnded);
        if (isOver && (RunStatus.isWritten(run) || tasks.stream().allMatch(Task::isEnded))) {
          board.clear();
          return tasks;
        }
      } catch (IOException e) { // a busy controller does not answer for a while
        if (!isSilent) {
          board.line("Slurm does not answer (" + e.getMessage() + "), and is asked again");
        }
        isSilent = true;
      }
      try {
        Thread.sleep(every.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return List.of();
      }
    }
  }

  private void finish(ClusterJobs jobs, List<Task> tasks) throws IOException {
    RunStatus status = RunStatus.of(run);
    if (status.isEnded()) {
      slurm.cancelWaiting(jobs.jobs()); // the job that follows has nothing to do
    }
    failures(tasks).forEach(board::line);
    if (!status.isEnded()) {
      throw new ConfigProblem(
          "the jobs have ended, and "
              + (status.cells() == 0
                  ? "no worker has begun"
                  : (status.cells() - status.ended()) + " of " + status.cells() + " cells have not")
              + ". The logs are in "
              + run.resolve(RunLayout.CLUSTER)
              + "; start the same command again to go on");
    }
    board.line("results: " + run.resolve(RunLayout.RESULTS));
    board.line("report: " + run.resolve(RunLayout.REPORT));
    if (status.failed() + status.givenUp() > 0) {
      throw new ConfigProblem(
          status.summary() + "; the reasons are in " + run.resolve(RunLayout.CELLS));
    }
  }

  /** Prints the state of the jobs, if the run has jobs. */
  public void status() throws IOException {
    Optional<ClusterJobs> jobs = ClusterJobs.read(run);
    if (jobs.isPresent()) {
      List<Task> tasks = slurm.tasks(jobs.get().jobs());
      board.line("jobs " + String.join(", ", jobs.get().jobs()) + ": " + words(tasks));
      failures(tasks).forEach(board::line);
    }
  }

  /**
   * Ends the jobs: those that wait leave the queue, and those that run save a checkpoint.
   *
   * @return whether there were jobs
   */
  public boolean cancel() throws IOException {
    Optional<ClusterJobs> jobs = ClusterJobs.read(run);
    if (jobs.isEmpty() || !isActive()) {
      return false;
    }
    List<String> ids = jobs.get().jobs();
    slurm.cancelWaiting(ids);
    board.line(
        "jobs "
            + String.join(", ", ids)
            + ": what waits leaves the queue, what runs saves its state");
    slurm.interrupt(ids);
    long limit = System.nanoTime() + TO_SAVE.toNanos();
    try {
      while (isActive() && System.nanoTime() - limit < 0) {
        Thread.sleep(every.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (isActive()) {
      board.line(
          "some tasks have not ended in " + TO_SAVE.toSeconds() + " s and are ended by Slurm");
      slurm.cancel(ids);
    }
    board.line("the jobs have ended; start the same command again to go on");
    return true;
  }

  /** The states of tasks with their numbers, and why those that wait do. */
  static String words(List<Task> tasks) {
    Map<String, Long> counts = new TreeMap<>();
    for (Task task : tasks) {
      String state = task.state().toLowerCase(Locale.ROOT).replace('_', ' ');
      boolean isNamed = task.state().equals("PENDING") && !task.reason().equals("None");
      counts.merge(state + (isNamed ? " (" + task.reason() + ")" : ""), 1L, Long::sum);
    }
    return tasks.isEmpty()
        ? "Slurm has forgotten them"
        : counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", "));
  }

  /** Lines about tasks that failed, each with the last message of its log. */
  private List<String> failures(List<Task> tasks) {
    List<Task> failed =
        tasks.stream()
            .filter(task -> task.isEnded() && !task.state().equals("COMPLETED"))
            .filter(task -> !task.state().equals("CANCELLED"))
            .toList();
    List<String> lines = new ArrayList<>();
    failed.stream()
        .limit(SHOWN)
        .forEach(
            task ->
                lines.add(
                    "task "
                        + task.id()
                        + ": "
                        + task.state()
                        + " ("
                        + task.reason()
                        + "); "
                        + lastMessage(run.resolve(RunLayout.CLUSTER).resolve(task.id() + ".log"))));
    if (failed.size() > SHOWN) {
      lines.add("and " + (failed.size() - SHOWN) + " more tasks");
    }
    return lines;
  }

  /** The last message of Espalier in a log. */
  private static String lastMessage(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.startsWith("espalier: "))
              .toList();
      return lines.isEmpty()
          ? "its log is " + log
          : lines.get(lines.size() - 1).substring("espalier: ".length());
    } catch (IOException e) {
      return "it has no log " + log + ", as if its node did not see this folder";
    }
  }
}
