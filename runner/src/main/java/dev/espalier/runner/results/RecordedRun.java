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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A run read from its folder, ended or not.
 *
 * @param folder the folder
 * @param experiment its experiment.conf, with every setting and provenance
 * @param tickets the records of its tickets and of the networks they are compared with, in the
 *     order of results.csv
 */
public record RecordedRun(Path folder, Config experiment, List<StoredTicketResult> tickets) {

  /** The keys of an experiment.conf that tables and pages read. */
  private static final List<String> KEYS =
      List.of(
          "name",
          "seed",
          "replicates",
          "margin",
          "model.id",
          "data.id",
          "method.id",
          "training.iterations",
          "training.optimizer.id",
          "provenance.device",
          "provenance.data-digests");

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
    List<Problem> problems = new ArrayList<>(problems(conf, experiment, variants));
    Map<String, Path> places = new HashMap<>();
    for (StoredTicketResult ticket : tickets) {
      problems.addAll(problems(ticket, variants, experiment));
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
    return new RecordedRun(
        folder,
        experiment,
        tickets.stream()
            .sorted(
                Comparator.<StoredTicketResult>comparingInt(
                        ticket -> variants.indexOf(ticket.row().variant()))
                    .thenComparingInt(ticket -> ticket.row().replicate())
                    .thenComparing(StoredTicketResult::row, TicketResult.BY_ROUND))
            .toList());
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
                  conf,
                  "a file that cannot be read (" + e.getMessage() + ")",
                  "what every run writes",
                  "Run its experiment again")));
    }
  }

  /** The keys that an experiment.conf lacks. */
  private static List<Problem> problems(Path conf, Config experiment, List<String> variants) {
    Set<Config> all = new LinkedHashSet<>();
    variants.forEach(variant -> all.add(of(experiment, variant)));
    if (variants.isEmpty()) {
      all.add(experiment);
    }
    return KEYS.stream()
        .filter(key -> !all.stream().allMatch(one -> one.hasPath(key)))
        .map(
            key ->
                TicketFolder.problem(
                    conf, "no " + key, "what every run writes", "Run its experiment again"))
        .toList();
  }

  /** The reasons for which a record is of no ticket of this experiment. */
  private static List<Problem> problems(
      StoredTicketResult ticket, List<String> variants, Config experiment) {
    List<Problem> problems = new ArrayList<>();
    String variant = ticket.row().variant();
    if (variants.isEmpty() ? !variant.isEmpty() : !variants.contains(variant)) {
      problems.add(
          TicketFolder.problem(
              ticket.file(),
              "the variant \"" + variant + "\"",
              variants.isEmpty() ? "none" : "one of " + String.join(", ", variants),
              TicketFolder.remedy(ticket.file().getParent())));
    }
    int replicate = ticket.row().replicate();
    if (experiment.hasPath("replicates") && replicate >= experiment.getInt("replicates")) {
      problems.add(
          TicketFolder.problem(
              ticket.file(),
              "replicate " + replicate,
              "one of the " + experiment.getInt("replicates") + " of its experiment, from 0 on",
              TicketFolder.remedy(ticket.file().getParent())));
    }
    return problems;
  }

  private static Config of(Config experiment, String variant) {
    return experiment
        .getConfig(ConfigUtil.joinPath("variants", variant))
        .withFallback(experiment);
  }

  /** The number of replicates that the experiment plans. */
  public int planned() {
    return experiment.getInt("replicates");
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
