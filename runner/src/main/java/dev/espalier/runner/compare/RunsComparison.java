// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.data.Metric;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.MetricFormat;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A comparison of runs, with a column for each variant of each: their tickets at equal density and
 * at equal cost, and the overlap of their masks.
 *
 * @param contenders the columns
 * @param unit the unit of cost
 * @param byDensity a line per density
 * @param costs the cost of each contender's levels
 * @param byCost a line per budget
 * @param overlaps the overlaps of masks
 */
public record RunsComparison(
    List<Contender> contenders,
    CostUnit unit,
    List<AtDensity> byDensity,
    List<List<AtCost.CostedLevel>> costs,
    List<AtCost> byCost,
    Overlaps.All overlaps) {

  /** The largest number of contenders in a title. */
  private static final int NAMED = 4;

  /** The largest number of settings in a note. */
  private static final int DIFFERENCES = 5;

  /**
   * Compares runs.
   *
   * @param folders their folders
   * @param cost the name of a {@link CostUnit}, such as {@code effective-macs}
   * @throws ConfigProblem naming each folder that is no run's, an unknown unit, and the lack of a
   *     second contender
   */
  public static RunsComparison of(List<Path> folders, String cost) {
    List<Problem> problems = new ArrayList<>();
    Optional<CostUnit> unit =
        Arrays.stream(CostUnit.values()).filter(one -> Names.word(one).equals(cost)).findFirst();
    if (unit.isEmpty()) {
      problems.add(problem("--cost: found " + cost + ", allowed are " + CostUnit.words()));
    }
    List<RecordedRun> runs = new ArrayList<>();
    List<Path> seen = new ArrayList<>();
    for (Path folder : folders) {
      Path same = real(folder);
      if (seen.contains(same)) {
        problems.add(problem("found the run " + folder + " twice; name it once"));
        continue;
      }
      seen.add(same);
      try {
        runs.add(RecordedRun.at(folder));
      } catch (ConfigProblem e) {
        problems.addAll(e.problems());
      }
    }
    List<Contender> contenders = Contender.of(runs);
    if (contenders.size() < 2 && runs.size() == seen.size()) {
      problems.add(
          problem(
              "found nothing to compare "
                  + (runs.isEmpty() ? "" : runs.get(0).folder() + " ")
                  + "with, allowed are two runs or more, or one that has variants; name another"
                  + " run"));
    }
    metricProblem(contenders).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
    List<AtDensity> byDensity = AtDensity.of(contenders);
    List<List<AtCost.CostedLevel>> costs = AtCost.costs(contenders, unit.get());
    return new RunsComparison(
        contenders,
        unit.get(),
        byDensity,
        costs,
        AtCost.of(costs),
        Overlaps.of(contenders, byDensity));
  }

  /** The problem of contenders whose results have different metrics. */
  private static Optional<Problem> metricProblem(List<Contender> contenders) {
    List<Contender> measured =
        contenders.stream().filter(contender -> !contender.levels().isEmpty()).toList();
    if (measured.stream().allMatch(one -> one.metrics().isComparable(measured.get(0).metrics()))) {
      return Optional.empty();
    }
    return Optional.of(
        problem(
            "found runs of different metrics ("
                + measured.stream()
                    .map(one -> one.name() + ": " + one.metrics().first().name())
                    .collect(Collectors.joining(", "))
                + "), allowed are runs of one metric; compare those of each metric alone"));
  }

  /** The metrics of all contenders; the first decides. */
  List<Metric> metrics() {
    return Metrics.of(
        contenders.stream()
            .flatMap(contender -> contender.levels().stream())
            .flatMap(level -> level.rows().stream())
            .toList());
  }

  /** The text of the metric that decides. */
  MetricFormat format() {
    return new MetricFormat(metrics().get(0));
  }

  /** The path without links, under which a run counts once. */
  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) { // it does not exist, and is refused as no run
      return folder.toAbsolutePath().normalize();
    }
  }

  private static Problem problem(String message) {
    return new Problem("", -1, message);
  }

  /** A name for a folder, equal for comparisons of the same runs and for no others. */
  public String name() {
    List<String> compared =
        contenders.stream()
            .map(contender -> contender.run().name() + "/" + contender.variant())
            .collect(Collectors.toCollection(ArrayList::new));
    compared.add(Names.word(unit));
    return "comparison-" + Digest.of(compared).prefix(8);
  }

  /** The names of the contenders, some of many. */
  String names() {
    return contenders.stream().limit(NAMED).map(Contender::name).collect(Collectors.joining(", "))
        + (contenders.size() > NAMED ? " and " + (contenders.size() - NAMED) + " more" : "");
  }

  /**
   * Writes comparison.csv, overlap.csv and the page; replaces existing files.
   *
   * @throws ConfigProblem if the folder cannot be written
   */
  public void write(Path folder) {
    write(
        folder,
        "--to",
        () -> {
          ComparisonCsv csv = new ComparisonCsv(this);
          AtomicFile.write(folder.resolve(RunLayout.COMPARISON), csv.comparison());
          AtomicFile.write(folder.resolve(RunLayout.OVERLAP), csv.overlap());
          AtomicFile.write(
              folder.resolve(RunLayout.COMPARISON_PAGE), ComparisonPage.of(this).html());
        });
  }

  /**
   * Writes the figures and tables as files for a paper; replaces existing files.
   *
   * @return the names of the files
   * @throws ConfigProblem if the folder cannot be written
   */
  public List<String> writeFigures(Path folder) {
    List<String> files = new ArrayList<>();
    write(
        folder,
        "--figures",
        () -> files.addAll(new ComparisonFigures(this).figures().write(folder)));
    return files;
  }

  private interface Writing {
    void write() throws IOException;
  }

  private static void write(Path folder, String option, Writing writing) {
    try {
      writing.write();
    } catch (NotWritten e) {
      throw new ConfigProblem(
          "the folder "
              + folder
              + " cannot be written ("
              + e.why()
              + "); choose another with "
              + option);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The tables for the screen, folded. */
  public String tables(ScreenWidth width) {
    return new ComparisonTables(this).fold(width);
  }

  /** The reference, with which others are compared. */
  Contender first() {
    return contenders.get(0);
  }

  /** The cost of a contender's level. */
  AtCost.CostedLevel cost(int contender, Level level) {
    return costs.get(contender).get(contenders.get(contender).levels().indexOf(level));
  }

  /**
   * Computes the difference of a contender's level to the first one's.
   *
   * @return empty if one of them is missing, or they were tested on other examples
   */
  Optional<Difference> difference(
      int contender, Optional<Level> level, Optional<Level> firstLevel) {
    Contender other = contenders.get(contender);
    if (contender == 0 || level.isEmpty() || firstLevel.isEmpty() || !other.hasTestOf(first())) {
      return Optional.empty();
    }
    return Optional.of(
        other.isPairedWith(first())
            ? Difference.paired(level.get(), firstLevel.get())
            : Difference.welch(level.get().score(), firstLevel.get().score()));
  }

  /** The settings of the training that differ from the first one's, some of many. */
  private Optional<String> training(Contender contender) {
    int place = contenders.indexOf(contender);
    List<String> differences =
        SettingDifference.of(contenders).stream()
            .filter(SettingDifference::isTraining)
            .filter(setting -> setting.isOf(place))
            .map(setting -> setting.words(place))
            .toList();
    if (differences.isEmpty()) {
      return Optional.empty();
    }
    int more = differences.size() - DIFFERENCES;
    return Optional.of(
        contender.name()
            + " trains otherwise than "
            + first().name()
            + ": "
            + differences.stream().limit(DIFFERENCES).collect(Collectors.joining("; "))
            + (more > 0 ? "; and " + more + " more, listed in the page" : "")
            + ".");
  }

  /** The notes that readers of the tables need, a sentence each. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (Contender contender : contenders.subList(1, contenders.size())) {
      String name = contender.name();
      if (!contender.hasTestOf(first())) {
        notes.add(
            name
                + " was tested on other examples than "
                + first().name()
                + ": no difference is taken.");
      } else if (!contender.isPairedWith(first())) {
        notes.add(
            name
                + " has another seed or other data than "
                + first().name()
                + ": its differences are not paired, intervals are Welch's.");
      }
      if (!contender.model().equals(first().model())) {
        notes.add(
            name
                + " is of another model than "
                + first().name()
                + ": each density is a fraction of that model's weights.");
      }
      training(contender).ifPresent(notes::add);
    }
    for (int i = 0; i < contenders.size(); i++) {
      if (costs.get(i).stream().anyMatch(AtCost.CostedLevel::isByTest)) {
        notes.add(
            contenders.get(i).name()
                + " has no validation examples: its best tickets are chosen by test "
                + format().name()
                + ", which"
                + " flatters.");
      }
    }
    notes.addAll(replicates());
    if (overlaps.left() > 0) {
      notes.add(
          (overlaps.left() == 1
                  ? "1 pair of masks is left out"
                  : overlaps.left() + " pairs of masks are left out")
              + ": of networks that have different layers, or are narrow.");
    }
    return notes;
  }

  /** The notes about networks that lack replicates or a training. */
  private List<String> replicates() {
    List<String> notes = new ArrayList<>();
    for (Contender contender : contenders) {
      if (contender.levels().stream().anyMatch(level -> !level.isTrained())) {
        notes.add(
            contender.name()
                + " has networks that were not trained: at equal cost they are left out.");
      }
      if (contender.isUneven()) {
        notes.add(
            contender.name()
                + " lacks replicates of some networks: "
                + contender.replicates()
                + ".");
      }
    }
    Level.intervalNote(
            contenders.stream().flatMap(contender -> contender.levels().stream()),
            RunLayout.COMPARISON)
        .ifPresent(notes::add);
    return notes;
  }
}
