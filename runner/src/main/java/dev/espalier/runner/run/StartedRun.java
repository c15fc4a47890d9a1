// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.run.RunStatus.OfWorker;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A run that this or another machine has started. */
public final class StartedRun {

  private final Path run;

  private StartedRun(Path run) {
    this.run = run;
  }

  /**
   * Finds a run.
   *
   * @param run its folder
   * @throws ConfigProblem if it is none
   */
  public static StartedRun of(Path run) {
    boolean isBegun =
        RunLayout.isBegun(run)
            || Files.exists(run.resolve(RunLayout.CELLS))
            || Files.exists(run.resolve(RunLayout.CLUSTER));
    if (!isBegun) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "run",
                  run + ", which is no run that was started",
                  "a folder such as " + Path.of(RunLayout.RUNS, "demo-1234abcd"))));
    }
    return new StartedRun(run);
  }

  /** The process that holds the run and writes its results, in words; empty without one. */
  public Optional<String> holder() throws IOException {
    Path claim = run.resolve(RunLayout.LOCK);
    return Claims.ofProcess().isHeld(claim) ? Claims.ofProcess().holder(claim) : Optional.empty();
  }

  /**
   * Ends the workers on this machine, each with a checkpoint, and waits for them.
   *
   * @param screen receives what was done
   * @throws ConfigProblem naming the workers that have not ended, such as those of other machines
   */
  public void cancel(Screen screen) throws IOException {
    List<OfWorker> workers = RunStatus.of(run).workers();
    if (workers.isEmpty()) {
      screen.out().println("no worker of this run is at work");
      return;
    }
    List<String> left = new ArrayList<>();
    List<ProcessHandle> ending = new ArrayList<>();
    for (OfWorker worker : workers) {
      Optional<ProcessHandle> process =
          worker
              .status()
              .filter(status -> status.host().equals(Claims.hostName()))
              .flatMap(status -> ProcessHandle.of(status.pid()));
      if (process.isPresent() && process.get().destroy()) {
        ending.add(process.get());
      } else {
        left.add(
            worker.name()
                + worker
                    .status()
                    .map(it -> ", process " + it.pid() + " on " + it.host())
                    .orElse(", which is starting"));
      }
    }
    screen.out().println("requested a checkpoint and the end of " + ending.size() + " workers");
    for (ProcessHandle process : ending) {
      await(process);
    }
    if (!left.isEmpty()) {
      throw new ConfigProblem(
          "these workers are not ended from here: "
              + String.join("; ", left)
              + ". End them there, with kill");
    }
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(Interruption.SECONDS_TO_SAVE, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
