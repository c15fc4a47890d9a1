// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import dev.espalier.runner.config.ModelSettings;
import dev.espalier.runner.config.Seeds;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A column of a comparison: a run, or one of its variants.
 *
 * @param name its name, which differs from the others
 * @param run the run
 * @param variant the variant; empty for a run without variants
 * @param settings the settings of the variant
 * @param levels its tickets, one level per round, with the dense network where the run has it
 */
record Contender(
    String name, RecordedRun run, String variant, Config settings, List<Level> levels) {

  /**
   * Creates a contender for every variant of every run. A run has its experiment's name if no other
   * has the same, else that of its folder, else the path to the folder. The variants of a single
   * run have their own names.
   */
  static List<Contender> of(List<RecordedRun> runs) {
    List<String> names = names(runs);
    List<Contender> contenders = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      RecordedRun run = runs.get(i);
      String name = names.get(i);
      List<Level> levels = run.levels();
      run.rows().stream()
          .map(TicketResult::variant)
          .distinct()
          .forEach(variant -> contenders.add(of(run, variant, runs.size() == 1, name, levels)));
    }
    return contenders;
  }

  private static Contender of(
      RecordedRun run, String variant, boolean isOnly, String name, List<Level> levels) {
    List<Level> all =
        levels.stream().filter(level -> level.first().variant().equals(variant)).toList();
    List<Level> tickets = new ArrayList<>(all.stream().filter(Level::isOfTickets).toList());
    if (tickets.stream().noneMatch(Level::isDense)) {
      all.stream().filter(Level::isDense).findFirst().ifPresent(dense -> tickets.add(0, dense));
    }
    if (variant.isEmpty()) {
      return new Contender(name, run, variant, run.experiment(), tickets);
    }
    return new Contender(
        isOnly ? variant : name + "/" + variant,
        run,
        variant,
        run.experiment()
            .getConfig("variants." + ConfigUtil.quoteString(variant))
            .withFallback(run.experiment()),
        tickets);
  }

  private static List<String> names(List<RecordedRun> runs) {
    List<Function<RecordedRun, String>> ways =
        List.of(
            run -> run.experiment().getString("name"),
            RecordedRun::name,
            run -> run.folder().toString());
    return runs.stream()
        .map(
            run ->
                ways.stream()
                    .map(way -> runs.stream().map(way).filter(way.apply(run)::equals).toList())
                    .filter(same -> same.size() == 1)
                    .findFirst()
                    .map(same -> same.get(0))
                    .orElseThrow())
        .toList();
  }

  /** The metrics of its results. */
  Metrics metrics() {
    return levels.get(0).first().metrics();
  }

  /** The method's id. */
  String method() {
    return settings.getString("method.id");
  }

  /** The id of the model, with the settings that distinguish it from others; no weights. */
  Config model() {
    return settings.getConfig("model").withoutPath(ModelSettings.WEIGHTS);
  }

  /** The digest of the training, validation or test examples. */
  String digest(String examples) {
    Config digests = settings.getConfig("provenance.data-digests");
    return (variant.isEmpty() ? digests : digests.getConfig(ConfigUtil.quoteString(variant)))
        .getString(examples);
  }

  /** Whether both are tested on the same examples. */
  boolean hasTestOf(Contender other) {
    return digest("test").equals(other.digest("test"));
  }

  /** Whether replicates of both draw the same random values, as far as possible. */
  boolean isPairedWith(Contender other) {
    return Seeds.of(settings).equals(Seeds.of(other.settings))
        && Set.of("train", "validation", "test").stream()
            .allMatch(examples -> digest(examples).equals(other.digest(examples)));
  }

  /** The number of replicates of its levels, and the planned number if some lack one. */
  String replicates() {
    return levels.stream()
            .map(level -> level.rows().size())
            .distinct()
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(" or "))
        + (isUneven() ? " of " + run.planned() : "");
  }

  /** Whether some of its levels have fewer replicates than planned. */
  boolean isUneven() {
    return levels.stream().anyMatch(level -> level.rows().size() != run.planned());
  }

  /** The record of one of its results. */
  StoredTicketResult ticket(TicketResult row) {
    return run.tickets().stream()
        .filter(ticket -> ticket.row().equals(row))
        .findFirst()
        .orElseThrow();
  }
}
