// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The records of a folder with tickets, and the reasons for which some cannot be read. In a run
 * every row of results.csv has a record: a run writes the record first, so this holds also while
 * the run writes. Elsewhere every {@code .safetensors} has one. Tickets of a variant are in a
 * folder below; runs of earlier versions have all in one folder.
 *
 * @param tickets the tickets, in the order of their files' names
 * @param problems the damaged and the missing records
 */
public record TicketFolder(List<StoredTicketResult> tickets, List<Problem> problems) {

  /**
   * Reads the records of a folder, and skips none without a problem.
   *
   * @param folder the folder {@code tickets} of a run, that of one variant, or one with exported
   *     tickets
   */
  public static TicketFolder read(Path folder) {
    List<StoredTicketResult> tickets = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    // Before the records, which may become more.
    Map<Path, Path> expected = expected(folder, problems);
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
    expected.forEach(
        (file, earlier) -> {
          if (!found.contains(file) && !found.contains(earlier)) {
            problems.add(problem(file, "no record", "the record of a ticket", remedy(folder)));
          }
        });
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

  /** The records that a folder must have, each with its place in a run of an earlier version. */
  private static Map<Path, Path> expected(Path folder, List<Problem> problems) {
    Path results =
        RunLayout.runOf(folder)
            .map(run -> run.resolve(RunLayout.RESULTS))
            .orElse(folder.resolveSibling(RunLayout.RESULTS));
    Map<Path, Path> expected = new TreeMap<>();
    if (Files.exists(results)) {
      try {
        for (List<String> row : CsvTable.columns(results, TicketResult.KEY)) {
          String variant = row.get(0);
          String name = TicketResult.name(row);
          Path earlier = new TicketFiles(folder.resolve(name)).description();
          if (!isOfVariant(folder)) {
            expected.put(TicketFiles.of(folder, variant, name).description(), earlier);
          } else if (folder.endsWith(variant)) {
            String inVariant = name.substring(variant.length() + 1);
            expected.put(new TicketFiles(folder.resolve(inVariant)).description(), earlier);
          }
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
          .map(file -> TicketFiles.of(file).description())
          .forEach(file -> expected.put(file, file));
    }
    return expected;
  }

  /** Whether a run writes its tickets into a folder, so that some may be incomplete. */
  private static boolean isOfRun(Path folder) {
    return RunLayout.isBegun(RunLayout.runOf(folder).orElse(folder.toAbsolutePath().getParent()));
  }

  /** Whether a folder is that of one variant in a run. */
  private static boolean isOfVariant(Path folder) {
    Optional<Path> run = RunLayout.runOf(folder);
    return run.isPresent() && !run.get().equals(folder.toAbsolutePath().normalize().getParent());
  }

  /** The files of a folder; of the folder {@code tickets} also those of the variants. */
  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of(); // the run has no ticket yet
    }
    boolean hasVariants = RunLayout.runOf(folder).isPresent() && !isOfVariant(folder);
    try (Stream<Path> files =
        Files.walk(folder, hasVariants ? 2 : 1, FileVisitOption.FOLLOW_LINKS)) {
      return files.filter(Files::isRegularFile).sorted().toList();
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
