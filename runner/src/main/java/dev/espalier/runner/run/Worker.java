// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.PluginProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A worker: it computes cells of a run until each has ended, and writes only to the store and to
 * its own folder. A cell in which it meets a step of another process is left for later. Any number
 * of workers compute one run.
 */
public final class Worker {

  private static final long FIRST_WAIT = 500;
  private static final long LONGEST_WAIT = 5000;

  private final Registry registry;
  private final ExperimentRun run;
  private final ContextLoader contexts;
  private final Store store;
  private final Progress progress;
  private final String name;

  /** The steps of other processes at which cells were left. */
  private final Map<Cell, Digest> blocked = new HashMap<>();

  private Cells cells;
  private Trackers trackers;
  private WorkerFolder own;
  private String device;
  private int trainings;

  /**
   * Creates a worker.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
   * @param screen receives progress
   * @param options of the run
   * @param name its name, which no other worker of the run has
   */
  public Worker(
      Registry registry, Path root, Screen screen, ExperimentRun.Options options, String name) {
    this.registry = registry;
    run = new ExperimentRun(registry, root, screen, options);
    contexts =
        new ContextLoader(registry, root, new SharedSteps.Policy(false, options.retryBefore()));
    store = new Store(root.resolve(RunLayout.STORE), damage -> {});
    progress = new Progress(screen, frame -> status(frame.line()));
    this.name = name;
  }

  /** A name that no other process has at the same time: its machine and its number. */
  public static String defaultName() {
    return Claims.hostName() + "-" + ProcessHandle.current().pid();
  }

  /**
   * Computes cells until each has ended.
   *
   * @param draft the experiment
   * @param interruption requests an early end
   * @param log receives the worker's log file before it begins
   * @throws ConfigProblem if the experiment is invalid, or the run has workers of another kind
   */
  public void work(Draft draft, Interruption interruption, Consumer<Path> log) {
    Checked<CheckedData> checked = contexts.check(draft, true);
    Sweep sweep = checked.sweep();
    Path folder = run.folder(sweep);
    cells = new Cells(folder);
    trackers = new Trackers(folder);
    Device chosen = Devices.choose(sweep.first().device());
    device = Devices.words(chosen);
    try (WorkerFolder opened = new WorkerFolder(folder, name)) {
      own = opened;
      log.accept(own.file(RunLayout.LOG));
      WorkPlan.of(sweep, chosen).agree(folder);
      checked.log();
      progress.line(Devices.line(sweep.first().device()));
      run.record(checked, folder);
      own.event("begin", Map.of("worker", name, "host", Claims.hostName(), "device", device));
      status("begins");
      workUntilEnded(sweep, interruption);
      status("has ended");
      own.event("end", Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes the results of the run, unless another process does or has.
   *
   * @throws TrialFailed if a cell failed
   */
  public void finish(Draft draft, Interruption interruption, Consumer<Path> log) {
    Path folder = run.folder(draft.complete());
    try {
      if (RunStatus.isWritten(folder)) {
        progress.line("the results are in " + folder);
      } else {
        run.finish(draft, interruption, log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RunHeld e) {
      progress.line(e.getMessage().replaceFirst("; wait.*", ", which writes the results"));
    }
  }

  private void workUntilEnded(Sweep sweep, Interruption interruption) throws IOException {
    List<Cell> all = Cell.of(sweep);
    long wait = FIRST_WAIT;
    while (true) {
      Set<Cell> ended = cells.ended(all);
      if (ended.size() == all.size()) {
        return;
      }
      Map<String, List<Cell>> left = new LinkedHashMap<>();
      all.stream()
          .filter(cell -> !ended.contains(cell))
          .forEach(
              cell -> left.computeIfAbsent(cell.variant(), unknown -> new ArrayList<>()).add(cell));
      boolean hasWorked = false;
      for (Map.Entry<String, List<Cell>> variant : left.entrySet()) {
        hasWorked |= work(sweep, variant.getKey(), variant.getValue(), interruption);
      }
      if (hasWorked) {
        wait = FIRST_WAIT;
      } else {
        status("waits for other workers");
        interruption.await(wait, TimeUnit.MILLISECONDS);
        wait = Math.min(2 * wait, LONGEST_WAIT);
      }
      if (interruption.asked()) {
        throw new Interruption.Interrupted();
      }
    }
  }

  /** Computes the cells of a variant that are free, and returns whether there was one. */
  private boolean work(Sweep sweep, String variant, List<Cell> left, Interruption interruption)
      throws IOException {
    boolean hasWorked = false;
    try (OpenVariant opened = new OpenVariant(sweep, variant, interruption)) {
      for (Cell cell : left) {
        Optional<Claims.Claim> taken = isBlocked(cell) ? Optional.empty() : cells.claim(cell);
        if (taken.isPresent()) {
          try (Claims.Claim claim = taken.get()) {
            hasWorked |= work(opened, cell, claim);
          }
        }
      }
    }
    return hasWorked;
  }

  /** Whether the step at which a cell was left is still computed by another process. */
  private boolean isBlocked(Cell cell) throws IOException {
    Digest key = blocked.get(cell);
    return key != null && !store.has(key) && Claims.ofProcess().isHeld(store.claim(key));
  }

  /** Computes a cell, and returns whether it came further. */
  private boolean work(OpenVariant opened, Cell cell, Claims.Claim claim) throws IOException {
    if (cells.isEnded(cell)) {
      return true; // by another worker, since the marks were read
    }
    if (claim.before().isPresent()) {
      String dead = claim.before().get();
      own.event("taken-over", Map.of("cell", cell.name(), "from", dead));
      if (cells.tried(cell, dead + " ended")) {
        return true;
      }
    }
    try {
      opened.compute(cell);
      cells.mark(cell, Cells.Mark.DONE, "");
    } catch (SharedSteps.HeldElsewhere e) {
      blocked.put(cell, e.key());
      return false;
    } catch (TrialFailed e) {
      cells.mark(cell, Cells.Mark.FAILED, e.getMessage());
    } catch (Interruption.Interrupted | ConfigProblem | PluginProblem e) {
      throw e;
    } catch (RuntimeException | Error e) {
      cells.tried(cell, "worker " + name + ": " + e);
      throw e;
    }
    blocked.remove(cell);
    return true;
  }

  /** A variant whose network is built, and whose data are read, for the first cell. */
  private final class OpenVariant implements AutoCloseable {

    private final Sweep sweep;
    private final String variant;
    private final Interruption interruption;
    private ExperimentContext context;
    private RunContext shared;
    private Metrics metrics;

    OpenVariant(Sweep sweep, String variant, Interruption interruption) {
      this.sweep = sweep;
      this.variant = variant;
      this.interruption = interruption;
    }

    private void compute(Cell cell) {
      if (context == null) {
        context = contexts.open(sweep, variant);
      }
      if (shared == null) {
        shared = context.shared(own, progress, interruption);
        metrics = CheckedData.metrics(context.data(), registry);
        progress.plan(TrainingPlan.of(shared, context.replicate(0), context.method()), metrics);
      }
      String label = context.label(cell.replicate());
      Replicate replicate =
          new Replicate(
              shared,
              context.replicate(cell.replicate()),
              label,
              (network, ticket, account, isControl) -> progress.found(label, ticket),
              trackers.begin(shared, metrics, variant, cell.replicate()));
      try {
        replicate.run(context.method());
      } catch (CollapsePolicy.Stopped e) {
        // The policy printed why; the cell has ended.
      } finally {
        progress.replicateEnded();
        trainings += replicate.steps().trainings() - replicate.steps().found();
      }
    }

    @Override
    public void close() {
      if (context != null) {
        context.close();
      }
    }
  }

  private void status(String state) {
    try {
      own.write(WorkerStatus.ofProcess(device, state, trainings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
