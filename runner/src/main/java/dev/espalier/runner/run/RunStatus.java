// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a run with workers, from the files that they write.
 *
 * @param cells the number of cells; 0 for a run that has had no workers
 * @param ended the number of cells that have ended
 * @param failed the number of these that failed
 * @param givenUp the number of these that were given up
 * @param left the time left, from the last cells that ended; empty before the first
 * @param workers the workers at work
 */
public record RunStatus(
    int cells,
    long ended,
    long failed,
    long givenUp,
    Optional<Duration> left,
    List<OfWorker> workers) {

  /** The number of cells from which the rate is found. */
  private static final int RECENT = 20;

  /**
   * A worker at work.
   *
   * @param name its name
   * @param status its last state; empty before its first
   */
  public record OfWorker(String name, Optional<WorkerStatus> status) {

    private String line() {
      return name
          + status
              .map(it -> " (" + it.host() + ", " + it.device() + "): " + it.state())
              .orElse(": starts");
    }
  }

  /** Reads the state of a run. */
  public static RunStatus of(Path run) throws IOException {
    Cells cells = new Cells(run);
    int all = WorkPlan.read(run).map(WorkPlan::cells).orElse(0);
    List<OfWorker> workers = new ArrayList<>();
    for (Path worker : WorkerFolder.all(run)) {
      if (WorkerFolder.isHeld(worker)) {
        workers.add(new OfWorker(worker.getFileName().toString(), WorkerStatus.read(worker)));
      }
    }
    Map<Cells.Mark, Long> counts = cells.counts();
    long failed = counts.get(Cells.Mark.FAILED);
    long givenUp = counts.get(Cells.Mark.GIVEN_UP);
    long ended = counts.get(Cells.Mark.DONE) + failed + givenUp;
    return new RunStatus(
        all, ended, failed, givenUp, left(cells.endings(), all - ended), List.copyOf(workers));
  }

  /** The time left at the rate of the last cells. */
  private static Optional<Duration> left(List<Instant> endings, long cells) {
    int last = endings.size() - 1;
    int first = Math.max(0, last - RECENT);
    return last <= 0 || cells == 0
        ? Optional.empty()
        : Optional.of(
            Duration.between(endings.get(first), endings.get(last))
                .multipliedBy(cells)
                .dividedBy(last - first));
  }

  /** Whether every cell of a run has ended, and its results were written after that. */
  public static boolean isWritten(Path run) throws IOException {
    Path report = run.resolve(RunLayout.REPORT);
    if (!of(run).isEnded() || Files.notExists(report)) {
      return false;
    }
    Instant written = Files.getLastModifiedTime(report).toInstant();
    return new Cells(run).endings().stream().noneMatch(written::isBefore);
  }

  /** Whether every cell has ended. */
  public boolean isEnded() {
    return cells > 0 && ended >= cells;
  }

  /** The counts on one line. */
  public String summary() {
    return "cells "
        + ended
        + "/"
        + cells
        + (failed == 0 ? "" : ", " + failed + " failed")
        + (givenUp == 0 ? "" : ", " + givenUp + " given up")
        + ", "
        + workers.size()
        + (workers.size() == 1 ? " worker" : " workers")
        + left.map(time -> ", about " + ProgressFrame.time(time.toMillis() / 1e3) + " left")
            .orElse("");
  }

  /** A line for each worker, and one with the counts; each fits a width. */
  public List<String> lines(ScreenWidth width) {
    List<String> lines = new ArrayList<>();
    workers.forEach(worker -> lines.add(cut(worker.line(), width)));
    lines.add(cut(summary(), width));
    return lines;
  }

  private static String cut(String line, ScreenWidth width) {
    int columns = width.columns();
    return line.length() < columns ? line : line.substring(0, columns - 4) + "...";
  }
}
