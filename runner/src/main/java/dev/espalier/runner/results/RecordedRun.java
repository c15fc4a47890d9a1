// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * A run read from its folder, ended or not.
 *
 * @param folder the folder
 * @param experiment its experiment.conf, with every setting and provenance
 * @param tickets the records of its tickets and of the networks they are compared with, in the
 *     order of results.csv
 */
public record RecordedRun(Path folder, Config experiment, List<StoredTicketResult> tickets) {

  /**
   * Reads a run.
   *
   * @throws ConfigProblem if the folder is not a run's, or has no tickets yet
   */
  public static RecordedRun at(Path folder) {
    Path conf = folder.resolve(RunLayout.EXPERIMENT);
    if (!Files.isRegularFile(conf)) {
      throw new ConfigProblem(
          "found no experiment.conf in "
              + folder
              + ", allowed is the folder of a run, such as runs/demo-1a2b3c4d");
    }
    try {
      Config experiment =
          ConfigFactory.parseFile(
                  conf.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
              .resolve();
      experiment.getDouble("margin");
      List<String> variants = variants(folder.resolve(RunLayout.RESULTS));
      return new RecordedRun(
          folder,
          experiment,
          StoredTicketResult.at(folder).stream()
              .sorted(
                  Comparator.<StoredTicketResult>comparingInt(
                          ticket -> variants.indexOf(ticket.row().variant()))
                      .thenComparingInt(ticket -> ticket.row().replicate())
                      .thenComparing(StoredTicketResult::row, TicketResult.BY_ROUND))
              .toList());
    } catch (ConfigException e) {
      throw new ConfigProblem(
          conf + " is damaged: found no experiment of a run in it; run its experiment again");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the order of the variants, which file names do not contain. */
  private static List<String> variants(Path results) throws IOException {
    return Files.exists(results)
        ? CsvTable.column(results, TicketResult.VARIANT).stream().distinct().toList()
        : List.of();
  }

  /** The name of the run: that of its folder. */
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  public List<TicketResult> rows() {
    return tickets.stream().map(StoredTicketResult::row).toList();
  }

  /** The largest difference of accuracy that verdicts ignore. */
  public double margin() {
    return experiment.getDouble("margin");
  }

  public List<Level> levels() {
    return Level.of(rows(), margin());
  }
}
