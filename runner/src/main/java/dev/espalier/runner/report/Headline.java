// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import dev.espalier.runner.results.AnalysisTable;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.MetricFormat;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.results.Verdict.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The result of a run in one or two sentences. */
final class Headline {

  private final List<Level> levels;
  private final List<Level> judged;
  private final MetricFormat metric;

  private Headline(List<Level> levels) {
    this.levels = levels;
    metric = new MetricFormat(levels.get(0).metric());
    judged = levels.stream().filter(level -> level.verdict().isPresent()).toList();
  }

  /** The sentence about the sparsest winning or matching ticket; without one, about the closest. */
  static String of(List<Level> levels) {
    return new Headline(levels).sentence();
  }

  private String sentence() {
    if (judged.isEmpty()) {
      return withoutVerdicts();
    }
    if (judged.stream().allMatch(level -> level.rows().size() == 1)) {
      return ofOneReplicate(sparsest(judged.stream()).orElseThrow());
    }
    Optional<Level> matching = sparsest(judged(Kind.MATCHING));
    Optional<Level> winning = sparsest(judged(Kind.WINNING));
    if (winning.isPresent()) {
      return winning(winning.get(), matching);
    }
    return matching.map(this::matching).orElseGet(this::closest);
  }

  private String ofOneReplicate(Level ticket) {
    return "The sparsest ticket "
        + keeps(ticket)
        + " and reaches "
        + scores(ticket)
        + ". One replicate alone has no intervals, and decides nothing.";
  }

  private String winning(Level ticket, Optional<Level> matching) {
    return "The sparsest winning ticket "
        + keeps(ticket)
        + " and reaches "
        + scores(ticket)
        + speed(ticket)
        + "."
        + matching
            .filter(other -> density(other) < density(ticket))
            .map(other -> " A ticket that matches the dense network " + keeps(other) + ".")
            .orElse("");
  }

  private String matching(Level ticket) {
    return "The sparsest ticket that matches the dense network "
        + keeps(ticket)
        + " and reaches "
        + scores(ticket)
        + speed(ticket)
        + ". None is surely a winning one: "
        + ticket.verdict().orElseThrow().why()
        + ".";
  }

  private String closest() {
    List<Level> undecided = judged(Kind.UNDECIDED).toList();
    Level closest = closest(undecided.isEmpty() ? judged.stream() : undecided.stream());
    return (undecided.isEmpty()
            ? "No ticket matches the dense network."
            : "No ticket surely matches the dense network yet.")
        + " The closest "
        + keeps(closest)
        + " and reaches "
        + scores(closest)
        + (undecided.isEmpty() ? "" : more(closest))
        + ".";
  }

  private static String more(Level level) {
    OptionalInt more = level.verdict().orElseThrow().more();
    return more.isEmpty()
        ? ""
        : "; "
            + more.getAsInt()
            + (more.getAsInt() == 1 ? " more replicate" : " more replicates")
            + " would probably decide it";
  }

  /**
   * The sentence for a run without verdicts. It selects a network by validation examples; test
   * examples alone select none.
   */
  private String withoutVerdicts() {
    List<Level> trained =
        levels.stream()
            .filter(level -> level.score().n() > 0)
            .filter(Headline::isMeaningful)
            .toList();
    if (trained.isEmpty()) {
      return "The networks of this run were found and not trained.";
    }
    List<Level> tickets = trained.stream().filter(Level::isOfTickets).toList();
    List<Level> candidates = tickets.isEmpty() ? trained : tickets;
    if (candidates.size() == 1) {
      return reaches("The network", candidates.get(0));
    }
    return candidates.stream().allMatch(level -> level.earlyStop().n() == level.rows().size())
        ? reaches(
            "The network with the "
                + (metric.isLowerBetter() ? "lowest" : "highest")
                + " validation "
                + metric.name(),
            most(candidates, this::validation))
        : range(candidates);
  }

  /**
   * Whether measurements say something: those of a ticket that was found and not trained are of
   * random weights. Other networks without a training are parts of a trained one.
   */
  static boolean isMeaningful(Level level) {
    return !level.isOfTickets() || !level.rows().stream().allMatch(TicketResult::isOnlyMeasured);
  }

  private String reaches(String which, Level level) {
    return which
        + " ("
        + name(level)
        + ") reaches a test "
        + metric.name()
        + " of "
        + score(level)
        + " with "
        + percent(density(level))
        + " of the weights.";
  }

  private String range(List<Level> levels) {
    Level least = most(levels, level -> -level.score().mean());
    Level most = most(levels, level -> level.score().mean());
    return (metric.isAccuracy() ? "Test accuracies are" : "The test " + metric.name() + " is")
        + " between "
        + score(least)
        + " ("
        + name(least)
        + ") and "
        + score(most)
        + " ("
        + name(most)
        + "). Without validation examples, no network is selected.";
  }

  private static Level most(List<Level> levels, ToDoubleFunction<Level> value) {
    return levels.stream().max(Comparator.comparingDouble(value)).orElseThrow();
  }

  /** The gain in validation examples over a value of 0. */
  private double validation(Level level) {
    double mean = level.of(row -> row.validation().orElseThrow()).mean();
    return level.metric().gain(mean, 0);
  }

  private Stream<Level> judged(Kind kind) {
    return judged.stream().filter(level -> level.verdict().orElseThrow().kind() == kind);
  }

  private static Optional<Level> sparsest(Stream<Level> levels) {
    return levels.min(Comparator.comparingDouble(Headline::density));
  }

  private static Level closest(Stream<Level> levels) {
    return levels
        .max(
            Comparator.comparingDouble(
                level ->
                    level.againstDense().orElseThrow().difference().gain(level.metric()).mean()))
        .orElseThrow();
  }

  private static double density(Level level) {
    return level.of(TicketResult::density).mean();
  }

  private static String keeps(Level level) {
    return "(" + name(level) + ") keeps " + percent(density(level)) + " of the weights";
  }

  private static String percent(double fraction) {
    return AnalysisTable.percent(Double.parseDouble(String.format(Locale.ROOT, "%.2e", fraction)))
        + " %";
  }

  private String scores(Level level) {
    return "a test "
        + metric.name()
        + " of "
        + score(level)
        + levels.stream()
            .filter(other -> other.first().variant().equals(level.first().variant()))
            .filter(other -> other.rows().stream().allMatch(row -> row.density() == 1))
            .findFirst()
            .map(dense -> ", the dense network " + score(dense))
            .orElse("");
  }

  private static String speed(Level level) {
    Estimate speed = level.againstDense().orElseThrow().speed();
    return speed.n() == 0
        ? ""
        : String.format(
            Locale.ROOT, ", at its early stop after %.2f times as many iterations", speed.mean());
  }

  private String score(Level level) {
    return metric.value(level.score());
  }

  private static String name(Level level) {
    TicketResult row = level.first();
    String branch = row.isTicket() ? "" : ", " + row.branch();
    return (row.variant().isEmpty() ? "" : row.variant() + ", ") + "round " + row.round() + branch;
  }
}
