// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The records of a folder with tickets, and the reasons for which some cannot be read. In a run
 * every row of results.csv has a record: a run writes the record first, so this holds also while
 * the run writes. Elsewhere every {@code .safetensors} has one.
 *
 * @param tickets the tickets, in the order of their files' names
 * @param problems the damaged and the missing records
 */
public record TicketFolder(List<StoredTicketResult> tickets, List<Problem> problems) {

  /**
   * Reads the records of a folder, and skips none without a problem.
   *
   * @param folder the folder {@code tickets} of a run, or one with exported tickets
   */
  public static TicketFolder read(Path folder) {
    List<StoredTicketResult> tickets = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    Set<Path> expected = expected(folder, problems); // before the records, which may become more
    Set<Path> found = new HashSet<>();
    for (Path file : files(folder)) {
      if (TicketFiles.isDescription(file)) {
        found.add(file);
        try {
          StoredTicketResult.read(file).ifPresent(tickets::add);
        } catch (ConfigProblem e) {
          problems.addAll(e.problems());
        }
      }
    }
    expected.stream()
        .filter(file -> !found.contains(file))
        .sorted()
        .map(file -> problem(file, "no record", "the record of a ticket", remedy(folder)))
        .forEach(problems::add);
    return new TicketFolder(tickets, problems);
  }

  /**
   * The tickets, if all records can be read.
   *
   * @throws ConfigProblem naming each damaged and each missing record
   */
  public List<StoredTicketResult> complete() {
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
    return tickets;
  }

  /** The records that a folder must have. */
  private static Set<Path> expected(Path folder, List<Problem> problems) {
    Path results = folder.resolveSibling(RunLayout.RESULTS);
    Set<Path> expected = new HashSet<>();
    if (Files.exists(results)) {
      try {
        for (List<String> row : CsvTable.columns(results, TicketResult.KEY)) {
          expected.add(folder.resolve(TicketResult.name(row) + ".json"));
        }
      } catch (IOException | NumberFormatException e) {
        problems.add(
            problem(
                results,
                "a damaged table (" + e.getMessage() + ")",
                "the table that the run wrote",
                "Remove it and run the experiment again"));
      }
    } else if (!isOfRun(folder)) {
      files(folder).stream()
          .filter(TicketFiles::isArrays)
          .forEach(file -> expected.add(TicketFiles.of(file).description()));
    }
    return expected;
  }

  /** Whether a run writes its tickets into a folder, so that some may be incomplete. */
  private static boolean isOfRun(Path folder) {
    return RunLayout.isBegun(folder.toAbsolutePath().getParent());
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of(); // the run has no ticket yet
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The remedy for a record that cannot be read. */
  static String remedy(Path folder) {
    return isOfRun(folder)
        ? "Run its experiment again: it repairs the record"
        : "Move its files away, and export or import the ticket again";
  }

  static Problem problem(Path file, String found, String allowed, String remedy) {
    return new Problem(file.toString(), -1, new Refusal("", found, allowed, remedy).toString());
  }
}
