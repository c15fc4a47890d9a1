// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import com.sun.management.OperatingSystemMXBean;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Workers as processes of this machine. Each has a GPU, if there are GPUs, and an equal part of the
 * memory. One that dies is replaced; all end with this process.
 */
final class LocalWorkers implements Workers {

  /** As many workers as GPUs, or else as processors allow. */
  static final int AUTO = 0;

  private static final long EVERY = 250;
  private static final Duration DRAW_EVERY = Duration.ofSeconds(1);
  private static final Duration LINE_EVERY = Duration.ofSeconds(30);

  // Exit codes of a worker.
  private static final int DONE = 0;
  private static final int MISTAKE = 2;
  private static final int INTERRUPTED = 130;
  private static final int TERMINATED = 143; // by the signal TERM, with a checkpoint

  /** The number of times in a row that a worker may end before any cell has. */
  private static final int DEATHS = 3;

  private final Path root;
  private final int count;
  private final ExperimentRun.Options options;
  private final Board board;
  private final List<Child> children = new ArrayList<>();
  private Path run;
  private Cells cells;
  private long nextShow = System.nanoTime();

  /**
   * Creates workers, which begin with the run.
   *
   * @param root the parent folder of {@code runs} and {@code store}
   * @param screen shows a line for each worker
   * @param count their number, or {@link #AUTO}
   */
  LocalWorkers(Path root, Screen screen, int count, ExperimentRun.Options options) {
    this.root = root;
    this.count = count;
    this.options = options;
    board = new Board(screen);
  }

  /** A worker's process, and what is needed to start it again. */
  private static final class Child {

    private final String name;
    private final ProcessBuilder builder;
    private Process process;
    private boolean isOver;
    private int deaths;
    private long endedAtDeath = -1;

    Child(String name, ProcessBuilder builder) throws IOException {
      this.name = name;
      this.builder = builder;
      process = builder.start();
    }
  }

  @Override
  public void begin(Path folder, Sweep sweep) throws IOException {
    run = folder;
    cells = new Cells(run);
    WorkPlan.of(sweep, Devices.choose(sweep.first().device())).renew(run);
    if (RunStatus.of(run).workers().isEmpty()) {
      cells.forget(); // what is remembered is found again; what failed may have been mended
    }
    int workers = Math.min(count == AUTO ? auto(sweep.first()) : count, Cell.of(sweep).size());
    long heap = memory() / (2L * workers + 2);
    List<String> gpus = gpus(sweep.first());
    for (int i = 0; i < workers; i++) {
      children.add(new Child("local-" + i, builder("local-" + i, heap, gpus, i)));
    }
  }

  private ProcessBuilder builder(String name, long heap, List<String> gpus, int number)
      throws IOException {
    List<String> command = new ArrayList<>(Distribution.command(Math.min(heap, memory() / 4)));
    command.addAll(List.of("work", run.resolve(RunLayout.EXPERIMENT).toString()));
    command.addAll(List.of("--dir", root.toAbsolutePath().toString(), "--name", name));
    command.addAll(List.of("--retry-failed=" + options.retryBefore(), "--no-results"));
    command.add("--attached");
    Files.createDirectories(WorkerFolder.of(run, name));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output(name).toFile()));
    Map<String, String> environment = builder.environment();
    environment.putIfAbsent(NativeEnvironment.WAIT_POLICY, "passive");
    if (!gpus.isEmpty()) {
      environment.put(Devices.VISIBLE, gpus.get(number % gpus.size()));
    }
    return builder;
  }

  /** One worker for each visible GPU, or for as many processors as an operation uses. */
  private static int auto(Experiment experiment) {
    int gpus = gpus(experiment).size();
    return gpus > 0
        ? gpus
        : Math.max(1, Runtime.getRuntime().availableProcessors() / experiment.threads());
  }

  /** The names of the GPUs that workers may use; empty if all use one device. */
  private static List<String> gpus(Experiment experiment) {
    Device device = Devices.choose(experiment.device());
    if (!device.isGpu() || experiment.device().contains(":")) {
      return List.of();
    }
    String visible = System.getenv(Devices.VISIBLE);
    return visible == null
        ? IntStream.range(0, Devices.gpus()).mapToObj(String::valueOf).toList()
        : List.of(visible.split(","));
  }

  private static long memory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  @Override
  public Optional<String> await(Cell cell, Interruption interruption) throws IOException {
    try {
      while (!cells.isEnded(cell)) {
        supervise();
        show();
        interruption.await(EVERY, TimeUnit.MILLISECONDS);
        if (interruption.asked()) {
          throw new Interruption.Interrupted();
        }
      }
    } finally {
      board.clear();
    }
    return cells.givenUp(cell);
  }

  /** Shows the state; reading that of many cells takes at most a twentieth of the time. */
  private void show() throws IOException {
    long begin = System.nanoTime();
    if (begin - nextShow > 0) {
      RunStatus status = RunStatus.of(run);
      if (board.isDrawn()) {
        board.draw(status::lines);
      } else {
        board.line(status.summary());
      }
      long end = System.nanoTime();
      Duration every = board.isDrawn() ? DRAW_EVERY : LINE_EVERY;
      nextShow = end + Math.max(every.toNanos(), 20 * (end - begin));
    }
  }

  /** Replaces workers that died, and ends all if one found a mistake of the user. */
  private void supervise() throws IOException {
    for (Child child : children) {
      if (!child.isOver && !child.process.isAlive()) {
        ended(child);
      }
    }
    if (children.stream().allMatch(child -> child.isOver)) {
      RunStatus status = RunStatus.of(run);
      if (!status.isEnded()) {
        throw new ConfigProblem(
            "all workers have ended, and "
                + (status.cells() - status.ended())
                + " of "
                + status.cells()
                + " cells have not; see "
                + run.resolve(RunLayout.WORKERS)
                + ". Start the same command again to go on");
      }
    }
  }

  private void ended(Child child) throws IOException {
    int exit = child.process.exitValue();
    if (exit == DONE || exit == INTERRUPTED || exit == TERMINATED) {
      child.isOver = true;
    } else if (exit == MISTAKE) {
      throw new ConfigProblem("worker " + child.name + " ended: " + lastMessage(child.name));
    } else {
      long ended = RunStatus.of(run).ended();
      child.deaths = ended > child.endedAtDeath ? 1 : child.deaths + 1;
      child.endedAtDeath = ended;
      child.isOver = child.deaths == DEATHS;
      board.line(
          "worker "
              + child.name
              + " died with exit code "
              + exit
              + (child.isOver ? " and is not replaced again" : " and is replaced")
              + "; its output is in "
              + output(child.name));
      if (!child.isOver) {
        child.process = child.builder.start();
      }
    }
  }

  /** The last message in the output of a worker. */
  private String lastMessage(String name) throws IOException {
    String output = Files.readString(output(name));
    String begin = "espalier: ";
    return output.substring(output.lastIndexOf(begin) + begin.length()).strip();
  }

  private Path output(String name) {
    return WorkerFolder.of(run, name).resolve(WorkerFolder.OUTPUT);
  }

  /** Ends all workers, each with a checkpoint, and waits for them. */
  @Override
  public void close() {
    board.clear();
    children.forEach(child -> child.process.destroy());
    for (Child child : children) {
      try {
        if (!child.process.waitFor(Interruption.SECONDS_TO_SAVE, TimeUnit.SECONDS)) {
          child.process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        child.process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
