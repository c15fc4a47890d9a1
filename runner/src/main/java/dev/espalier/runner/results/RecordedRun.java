// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A run read from its folder, ended or not.
 *
 * @param folder the folder
 * @param experiment its experiment.conf, with every setting and provenance
 * @param tickets the records of its tickets and of the networks they are compared with, in the
 *     order of results.csv
 */
public record RecordedRun(Path folder, Config experiment, List<StoredTicketResult> tickets) {

  private static final String AGAIN = "Run its experiment, or import its tickets, again";

  /**
   * Reads a run. No record is skipped: a table of a part of them would claim too few replicates, or
   * too many.
   *
   * @throws ConfigProblem if the folder is not a run's, or has no tickets yet; naming each record
   *     that is damaged, missing, or of a network that has another one
   */
  public static RecordedRun at(Path folder) {
    Path conf = folder.resolve(RunLayout.EXPERIMENT);
    if (!Files.isRegularFile(conf)) {
      throw new ConfigProblem(
          "found no experiment.conf in "
              + folder
              + ", allowed is the folder of a run, such as runs/demo-1a2b3c4d");
    }
    List<StoredTicketResult> tickets = StoredTicketResult.at(folder);
    Config experiment = experiment(conf);
    List<String> variants = List.copyOf(RecordedExperiment.read(conf).variants().keySet());
    List<Problem> problems =
        new ArrayList<>(
            RecordCheck.of(experiment, variants).stream()
                .map(found -> new Problem(conf.toString(), -1, found + ". " + AGAIN))
                .toList());
    Map<String, Path> places = new HashMap<>();
    for (StoredTicketResult ticket : tickets) {
      RecordCheck.of(ticket.row(), experiment, variants)
          .forEach(
              found ->
                  problems.add(new Problem(ticket.file().toString(), -1, found + ". " + AGAIN)));
      if (!ticket.row().metrics().isComparable(tickets.get(0).row().metrics())) {
        problems.add(
            TicketFolder.problem(
                ticket.file(),
                "a record of the metric " + ticket.row().metrics().first().name(),
                "that of the others, " + tickets.get(0).row().metrics().first().name(),
                AGAIN));
      }
      Path other = places.putIfAbsent(ticket.row().name(), ticket.file());
      if (other != null) {
        problems.add(
            TicketFolder.problem(
                ticket.file(),
                "a second record of the network in " + other.getFileName(),
                "one for each replicate",
                "Move one of them away"));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
    Map<String, Integer> order = new HashMap<>();
    variants.forEach(variant -> order.put(variant, order.size()));
    return new RecordedRun(
        folder,
        experiment,
        tickets.stream()
            .sorted(
                Comparator.<StoredTicketResult>comparingInt(
                        ticket -> order.getOrDefault(ticket.row().variant(), -1))
                    .thenComparingInt(ticket -> ticket.row().replicate())
                    .thenComparing(StoredTicketResult::row, TicketResult.BY_ROUND))
            .toList());
  }

  /**
   * Reads what figures and tables need of a run: its tickets, or results.csv where it has none.
   *
   * @param path the folder of a run, or the results.csv in a folder with its experiment.conf
   * @throws ConfigProblem as {@link #at}, and if results.csv cannot be read
   */
  public static RecordedRun ofTables(Path path) {
    boolean isTable = path.getFileName() != null && path.getFileName().toString().endsWith(".csv");
    Path folder = isTable ? path.toAbsolutePath().getParent() : path;
    Path table = isTable ? path : folder.resolve(RunLayout.RESULTS);
    Path conf = folder.resolve(RunLayout.EXPERIMENT);
    boolean hasTickets = Files.isDirectory(folder.resolve(RunLayout.TICKETS));
    if (!isTable && (hasTickets || !Files.isRegularFile(table))) {
      return at(path);
    }
    for (Path file : List.of(table, conf)) {
      if (!Files.isRegularFile(file)) {
        throw new ConfigProblem(
            "found no "
                + file
                + ", allowed is a results.csv in a folder with its experiment.conf. Copy both from"
                + " the folder of the run");
      }
    }
    Config experiment = experiment(conf);
    try {
      List<StoredTicketResult> tickets =
          CsvRun.rows(table, experiment).stream()
              .map(row -> new StoredTicketResult(table, List.of(), row.name(), row, List.of()))
              .toList();
      if (tickets.isEmpty()) {
        throw new IOException("no row");
      }
      return new RecordedRun(folder, experiment, tickets);
    } catch (IOException e) {
      throw new ConfigProblem(
          List.of(
              TicketFolder.problem(
                  table,
                  e.getMessage(),
                  "the results.csv of a run whose metric is accuracy",
                  "Give the folder of the run, with its tickets")));
    }
  }

  private static Config experiment(Path conf) {
    try {
      return ConfigFactory.parseFile(
              conf.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
          .resolve();
    } catch (ConfigException e) {
      throw new ConfigProblem(
          List.of(
              TicketFolder.problem(
                  conf, "no experiment of a run", "what every run writes", AGAIN)));
    }
  }

  /** The number of replicates that the experiment plans. */
  public int planned() {
    return experiment.getInt("replicates");
  }

  /** The name of the run: that of its folder. */
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The values of a setting in all variants, in the order of the variants. */
  public Stream<String> values(String path) {
    Config common = experiment.withoutPath("variants");
    return rows().stream()
        .map(TicketResult::variant)
        .distinct()
        .map(variant -> "variants." + ConfigUtil.quoteString(variant))
        .map(
            section ->
                experiment.hasPath(section)
                    ? experiment.getConfig(section).withFallback(common)
                    : common)
        .filter(config -> config.hasPath(path))
        .map(config -> config.getString(path))
        .distinct();
  }

  /** Network, data and run in words. */
  public String subject() {
    return values("model.id").collect(Collectors.joining(", "))
        + " on "
        + values("data.id").collect(Collectors.joining(", "))
        + ", run "
        + name();
  }

  public List<TicketResult> rows() {
    return tickets.stream().map(StoredTicketResult::row).toList();
  }

  /** The largest loss of the metric that verdicts ignore. */
  public double margin() {
    return experiment.getDouble("margin");
  }

  public List<Level> levels() {
    return Level.of(rows(), margin());
  }
}
