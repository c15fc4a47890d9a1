// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The folder of one run. One process at a time holds it, and writes these files:
 *
 * <pre>
 * experiment.conf   the experiment with every default, and provenance
 * events.jsonl      the events, one line each, appended
 * results.csv       a row for each ticket and each network that it is compared with
 * verdicts.csv      each level against its dense network and controls
 * ledger.csv        the cost of tickets
 * results.png       the results as a picture
 * findings.csv      the findings of the method, a row each
 * tickets/          masks, starting and trained weights, and a record of each; a folder a variant
 * structures.csv    the widths of the networks that replicates found; see {@link
 *                   dev.espalier.runner.similarity.Similarity}
 * similarity*       the correlations of these widths
 * tensorboard/      learning curves, if requested
 * json-lines/       events of trainings, if requested
 * report.html       the page about the run
 * run.log           the log, with the trace of a failure
 * </pre>
 *
 * <p>Workers write only {@code cells} and {@code workers}; see {@link Cells} and {@link
 * WorkerFolder}. Their trackers write the files of the replicates that they compute.
 */
final class RunFolder implements EventLog, AutoCloseable {

  private final Path path;
  private final EventFile events;
  private final Claims.Claim lock;

  /**
   * Opens or creates a run's folder and takes its lock.
   *
   * @throws RunHeld if another process has the lock
   * @throws NotWritten if the folder cannot be written
   */
  RunFolder(Path path) throws NotWritten {
    this.path = path;
    try {
      lock = RunHeld.claim(file(RunLayout.LOCK), "the run in " + path);
      events = EventFile.open(file(RunLayout.EVENTS));
    } catch (IOException e) {
      throw new NotWritten(path, e);
    }
  }

  /**
   * Returns the folder of an experiment's run, which is named by its digest.
   *
   * @param root the parent folder of {@code runs}
   */
  static Path of(Path root, ExperimentReader reader, Sweep sweep) {
    String name = sweep.first().name() + "-" + reader.digest(sweep).prefix(8);
    return root.resolve(RunLayout.RUNS).resolve(name);
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  @Override
  public void event(String name, Map<String, ?> details) {
    events.event(name, details);
  }

  /** Releases the lock. */
  @Override
  public void close() {
    lock.close();
  }
}
