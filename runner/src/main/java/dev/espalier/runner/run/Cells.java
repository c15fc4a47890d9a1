// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.SharedFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The marks of the cells of a run, in its folder {@code cells}. They tell workers what is left to
 * do, so that none repeats the cells of others; results depend on the store alone.
 *
 * <pre>
 * cell.claim      a worker computes the cell; see {@link Claims}
 * cell.done       the cell has ended
 * cell.failed     the cell has ended with the failure that the file names
 * cell.tries      the workers that ended in the cell without a result, a line each
 * cell.given-up   the last of these, after three
 * </pre>
 */
final class Cells {

  /** How a cell has ended. */
  enum Mark {
    DONE(".done"),
    FAILED(".failed"),
    GIVEN_UP(".given-up");

    private final String ending;

    Mark(String ending) {
      this.ending = ending;
    }
  }

  /** The number of workers that a cell may end. */
  static final int TRIES = 3;

  private static final String TRIED = ".tries";

  private final Path folder;

  /**
   * Creates the marks of a run.
   *
   * @param run its folder
   */
  Cells(Path run) {
    folder = run.resolve(RunLayout.CELLS);
  }

  /** Claims a cell; empty if another worker has it. */
  Optional<Claims.Claim> claim(Cell cell) throws NotWritten {
    return Claims.ofProcess().claim(file(cell, Claims.ENDING));
  }

  /** Marks a cell as ended. */
  void mark(Cell cell, Mark mark, String why) throws IOException {
    AtomicFile.write(file(cell, mark.ending), why);
  }

  /** Whether a cell has ended. */
  boolean isEnded(Cell cell) {
    return Stream.of(Mark.values()).anyMatch(mark -> Files.exists(file(cell, mark.ending)));
  }

  /** The cells that have ended, of some. */
  Set<Cell> ended(List<Cell> cells) {
    Set<String> files = new HashSet<>(files());
    return cells.stream()
        .filter(
            cell ->
                Stream.of(Mark.values())
                    .anyMatch(mark -> files.contains(cell.name() + mark.ending)))
        .collect(Collectors.toSet());
  }

  /** The numbers of cells with each mark. */
  Map<Mark, Long> counts() {
    List<String> files = files();
    Map<Mark, Long> counts = new EnumMap<>(Mark.class);
    for (Mark mark : Mark.values()) {
      counts.put(mark, files.stream().filter(file -> file.endsWith(mark.ending)).count());
    }
    return counts;
  }

  /** The times at which cells ended, in order. */
  List<Instant> endings() throws IOException {
    List<Instant> times = new ArrayList<>();
    for (String name : files()) {
      if (Stream.of(Mark.values()).anyMatch(mark -> name.endsWith(mark.ending))) {
        times.add(Files.getLastModifiedTime(folder.resolve(name)).toInstant());
      }
    }
    times.sort(null);
    return times;
  }

  /** The reason for which a cell was given up. */
  Optional<String> givenUp(Cell cell) throws IOException {
    return SharedFile.text(file(cell, Mark.GIVEN_UP.ending));
  }

  /**
   * Notes that a worker ended in a cell without a result. The caller has its claim.
   *
   * @param why the worker, and the reason if it is known
   * @return whether the cell is given up
   */
  boolean tried(Cell cell, String why) throws IOException {
    Path file = file(cell, TRIED);
    String all = SharedFile.text(file).orElse("") + why.lines().findFirst().orElse("") + "\n";
    AtomicFile.write(file, all);
    if (all.lines().count() < TRIES) {
      return false;
    }
    mark(
        cell,
        Mark.GIVEN_UP,
        cell.name() + ": " + TRIES + " workers ended in it without a result, the last: " + why);
    return true;
  }

  /** Removes all marks, so that the cells are looked at again. */
  void forget() {
    try {
      for (String name : files()) {
        if (!name.endsWith(Claims.ENDING) && !name.equals(WorkPlan.FILE)) {
          Files.deleteIfExists(folder.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> files() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(Cell cell, String ending) {
    return folder.resolve(cell.name() + ending);
  }
}
