// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The names of the folders and files that Espalier keeps; see docs/results.md. */
public final class RunLayout {

  // Below the root folder.

  /** A folder for each run. */
  public static final String RUNS = "runs";

  /** The folder of the remembered steps of all runs; see {@link Store}. */
  public static final String STORE = "store";

  /** The folder of data sets in their mapped form; see {@link PreparedFiles}. */
  public static final String PREPARED = "prepared";

  // Below the folder of a run.

  /** The experiment with every default, and provenance. */
  public static final String EXPERIMENT = "experiment.conf";

  /** Events, one line each, appended. */
  public static final String EVENTS = "events.jsonl";

  /** The claim of the process that holds the run; see {@link Claims}. */
  public static final String LOCK = "run" + Claims.ENDING;

  /** A mark for each cell, which is a replicate of a variant. */
  public static final String CELLS = "cells";

  /** A folder for each worker. */
  public static final String WORKERS = "workers";

  /** The script and the logs of jobs on a cluster. */
  public static final String CLUSTER = "cluster";

  /** The log, with the trace of a failure. */
  public static final String LOG = "run.log";

  /** The files of tickets; see {@link TicketFiles}. */
  public static final String TICKETS = "tickets";

  /** One row for each ticket and each network that it is compared with. */
  public static final String RESULTS = "results.csv";

  /** One row for each comparison of a level with its dense network or a control. */
  public static final String VERDICTS = "verdicts.csv";

  /** The costs of tickets. */
  public static final String LEDGER = "ledger.csv";

  /** One row for each finding of a method. */
  public static final String FINDINGS = "findings.csv";

  /** One row for each level; only a report contains it. */
  public static final String LEVELS = "levels.csv";

  /** The results as a picture. */
  public static final String PICTURE = "results.png";

  /** The page about a run. */
  public static final String REPORT = "report.html";

  /** The widths of the networks that replicates found. */
  public static final String STRUCTURES = "structures.csv";

  /** Correlations between these. */
  public static final String SIMILARITY = "similarity.csv";

  /** Means of the correlations. */
  public static final String SIMILARITY_MEAN = "similarity-mean.csv";

  /** The correlations as a picture. */
  public static final String SIMILARITY_PICTURE = "similarity.png";

  /** Event files for TensorBoard. */
  public static final String TENSORBOARD = "tensorboard";

  /** Events of trainings, a file of JSON lines for each replicate. */
  public static final String JSON_LINES = "json-lines";

  // In the folder of a comparison.

  /** The levels of the compared runs. */
  public static final String COMPARISON = "comparison.csv";

  /** The overlap of masks, layer by layer. */
  public static final String OVERLAP = "overlap.csv";

  /** The page about a comparison. */
  public static final String COMPARISON_PAGE = "comparison.html";

  private RunLayout() {}

  /**
   * The folder of the run that a folder with tickets belongs to: {@code runs/x} of {@code
   * runs/x/tickets} and of {@code runs/x/tickets/<variant>}; empty for other folders.
   */
  public static Optional<Path> runOf(Path tickets) {
    Path folder = tickets.toAbsolutePath().normalize();
    Path above = folder.getParent();
    if (above == null) {
      return Optional.empty();
    }
    boolean isOfRun = folder.endsWith(TICKETS);
    if (above.endsWith(TICKETS) && !(isOfRun && Files.exists(above.resolve(EXPERIMENT)))) {
      return Optional.ofNullable(above.getParent()); // a variant may be called tickets
    }
    return isOfRun ? Optional.of(above) : Optional.empty();
  }

  /**
   * Whether an experiment was started into a folder. A folder of imported tickets has no events.
   */
  public static boolean isBegun(Path run) {
    return Files.exists(run.resolve(EVENTS));
  }
}
