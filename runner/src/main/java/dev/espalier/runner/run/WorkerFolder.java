// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder of one worker in a run, {@code workers/name}. No other process writes there:
 *
 * <pre>
 * worker.claim   the process; see {@link Claims}
 * events.jsonl   its events
 * status.json    its state; see {@link WorkerStatus}
 * run.log        its log
 * output.txt     its output, if this machine started it
 * </pre>
 */
final class WorkerFolder implements EventLog, AutoCloseable {

  /** The output of a worker that this machine started. */
  static final String OUTPUT = "output.txt";

  private static final String CLAIM = "worker" + Claims.ENDING;

  private final Path path;
  private final Claims.Claim claim;
  private final EventFile events;

  /**
   * Opens or creates the folder of a worker.
   *
   * @throws RunHeld if another worker has this name
   * @throws NotWritten if the folder cannot be written
   */
  WorkerFolder(Path run, String name) throws NotWritten {
    path = of(run, name);
    try {
      claim = RunHeld.claim(path.resolve(CLAIM), "the worker in " + path);
      events = EventFile.open(path.resolve(RunLayout.EVENTS));
    } catch (IOException e) {
      throw new NotWritten(path, e);
    }
  }

  /** The folder of a worker. */
  static Path of(Path run, String name) {
    return run.resolve(RunLayout.WORKERS).resolve(name);
  }

  /** The folders of all workers that a run has had. */
  static List<Path> all(Path run) throws IOException {
    try (Stream<Path> folders = Files.list(run.resolve(RunLayout.WORKERS))) {
      return folders.filter(Files::isDirectory).sorted().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** Whether the worker of a folder is not known to have ended. */
  static boolean isHeld(Path worker) throws IOException {
    return Claims.ofProcess().isHeld(worker.resolve(CLAIM));
  }

  /** Refuses if a worker of a run is at work. */
  static void checkFree(Path run) throws IOException {
    for (Path worker : all(run)) {
      if (isHeld(worker)) {
        Path claim = worker.resolve(CLAIM);
        throw new RunHeld(
            "the run in " + run,
            "its worker, " + Claims.ofProcess().holder(claim).orElse("unknown"));
      }
    }
  }

  Path file(String name) {
    return path.resolve(name);
  }

  @Override
  public void event(String name, Map<String, ?> details) {
    events.event(name, details);
  }

  /** Replaces the worker's state. */
  void write(WorkerStatus status) throws IOException {
    AtomicFile.write(file(WorkerStatus.FILE), status.json());
  }

  /** Frees the folder. */
  @Override
  public void close() {
    claim.close();
  }
}
