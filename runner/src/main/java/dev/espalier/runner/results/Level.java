// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Ticket;
import dev.espalier.api.data.Metric;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The joint results of the replicates of one ticket, or of one network that tickets are compared
 * with.
 *
 * @param rows a row per replicate, of one variant, round and branch
 * @param comparisons with the dense network, unless this is the dense network, and of a ticket with
 *     the other networks of its round
 * @param verdict the verdict of a trained ticket that has a dense network
 */
public record Level(
    List<TicketResult> rows, List<Comparison> comparisons, Optional<Verdict> verdict) {

  /** The name of the dense network in comparisons. */
  public static final String DENSE = "dense";

  /**
   * A comparison of two levels, replicate by replicate, so that the influence of a seed on both
   * cancels.
   *
   * @param against {@link #DENSE}, or the branch that this one is compared with
   * @param isWithControl whether the other level is of a control
   * @param difference of the test values of their metric: this one's minus the other's
   * @param speed the ratio of their early-stop iterations: below 1 this one learns faster. Empty
   *     where validation examples are missing
   */
  public record Comparison(
      String against, boolean isWithControl, Estimate difference, Estimate speed) {

    /** Compares the replicates that both levels have. */
    public static Comparison of(String against, Level level, Level other) {
      return of(against, pairs(level.rows(), other.rows()));
    }

    private static Comparison of(String against, Map<TicketResult, TicketResult> pairs) {
      return new Comparison(
          against,
          pairs.values().stream().anyMatch(TicketResult::isControl),
          estimate(pairs, (row, other) -> row.score() - other.score()),
          estimate(pairs, Comparison::speed));
    }

    private static double speed(TicketResult row, TicketResult other) {
      if (row.earlyStop().isEmpty() || other.earlyStop().isEmpty()) {
        return Double.NaN;
      }
      long before = other.earlyStop().get().iteration();
      return before == 0 ? Double.NaN : (double) row.earlyStop().get().iteration() / before;
    }

    private interface OfPair {
      double of(TicketResult row, TicketResult other);
    }

    private static Estimate estimate(Map<TicketResult, TicketResult> pairs, OfPair value) {
      return Estimate.of(
          pairs.entrySet().stream()
              .mapToDouble(pair -> value.of(pair.getKey(), pair.getValue()))
              .filter(number -> !Double.isNaN(number))
              .toArray());
    }
  }

  /** The key of a level. */
  private record LevelKey(String variant, int round, String branch) {
    static LevelKey of(TicketResult row) {
      return new LevelKey(row.variant(), row.round(), row.branch());
    }

    LevelKey ofTickets() {
      return new LevelKey(variant, round, Ticket.TICKET);
    }
  }

  /**
   * All levels: variants in their order, then round and branch.
   *
   * @throws IllegalArgumentException if a replicate has two results of one network
   */
  public static List<Level> of(List<TicketResult> rows, double margin) {
    Set<String> names = new HashSet<>();
    for (TicketResult row : rows) {
      if (!names.add(row.name())) { // else it would count as a further replicate
        throw new IllegalArgumentException("found two results of " + row.name());
      }
    }
    Map<LevelKey, List<TicketResult>> places =
        rows.stream()
            .sorted(
                TicketResult.byVariant(rows)
                    .thenComparing(TicketResult.BY_ROUND)
                    .thenComparingInt(TicketResult::replicate))
            .collect(Collectors.groupingBy(LevelKey::of, LinkedHashMap::new, Collectors.toList()));
    Map<String, List<TicketResult>> dense = dense(places);
    Map<LevelKey, Map<String, List<TicketResult>>> others = new HashMap<>();
    places.forEach(
        (place, level) -> {
          if (!isOfTickets(place)) {
            others
                .computeIfAbsent(place.ofTickets(), ticket -> new LinkedHashMap<>())
                .put(place.branch(), level);
          }
        });
    return places.entrySet().stream()
        .map(
            level ->
                of(
                    level.getValue(),
                    Optional.ofNullable(dense.get(level.getKey().variant())),
                    others.getOrDefault(level.getKey(), Map.of()),
                    margin))
        .toList();
  }

  /**
   * A level with its comparisons.
   *
   * @param ofVariant the dense reference of its variant
   * @param others the other networks of a ticket's round, by branch
   */
  private static Level of(
      List<TicketResult> level,
      Optional<List<TicketResult>> ofVariant,
      Map<String, List<TicketResult>> others,
      double margin) {
    List<Comparison> comparisons = new ArrayList<>();
    Optional<List<TicketResult>> dense = ofVariant.filter(other -> other != level);
    dense.ifPresent(other -> comparisons.add(Comparison.of(DENSE, pairs(level, other))));
    if (!level.get(0).isTicket()) {
      return new Level(level, comparisons, Optional.empty());
    }
    others.forEach((branch, rows) -> comparisons.add(Comparison.of(branch, pairs(level, rows))));
    return new Level(
        level,
        comparisons,
        dense.isPresent() && !isDense(level) && isTrained(level)
            ? Optional.of(Verdict.of(comparisons, margin, metric(level)))
            : Optional.empty());
  }

  /**
   * The reference for tickets of each variant: the ticket of round 0, where it is dense and others
   * are not. Generations that are all dense have none, nor has a dense network whose weights are
   * selected and not trained.
   */
  private static Map<String, List<TicketResult>> dense(Map<LevelKey, List<TicketResult>> places) {
    Map<String, List<TicketResult>> dense = new HashMap<>();
    Set<String> pruned = new HashSet<>();
    places.forEach(
        (place, level) -> {
          if (isOfTickets(place)) {
            if (!isDense(level)) {
              pruned.add(place.variant());
            } else if (place.round() == 0) {
              dense.put(place.variant(), level);
            }
          }
        });
    dense.keySet().retainAll(pruned);
    return dense;
  }

  private static boolean isOfTickets(LevelKey place) {
    return place.branch().equals(Ticket.TICKET);
  }

  /** Pairs rows of the same replicate. */
  public static Map<TicketResult, TicketResult> pairs(
      List<TicketResult> rows, List<TicketResult> others) {
    Map<Integer, TicketResult> replicates = new HashMap<>();
    others.forEach(other -> replicates.put(other.replicate(), other));
    Map<TicketResult, TicketResult> pairs = new LinkedHashMap<>();
    for (TicketResult row : rows) {
      TicketResult other = replicates.get(row.replicate());
      if (other != null) {
        pairs.put(row, other);
      }
    }
    return pairs;
  }

  private static Metric metric(List<TicketResult> rows) {
    return rows.get(0).metrics().first();
  }

  /** The metric that decides. */
  public Metric metric() {
    return metric(rows);
  }

  /** One of the rows, for the values that all share. */
  public TicketResult first() {
    return rows.get(0);
  }

  /**
   * Returns a sentence about intervals that tables leave out, if there are any.
   *
   * @param file the file that has them
   */
  public static Optional<String> intervalNote(Stream<Level> levels, String file) {
    return levels.anyMatch(level -> level.rows().size() == Estimate.FEWEST - 1)
        ? Optional.of("Intervals of two replicates mean little: they are in " + file + " only.")
        : Optional.empty();
  }

  /** Its variant, round and branch in words. */
  String label() {
    TicketResult row = first();
    return (row.variant().isEmpty() ? "" : row.variant() + ", ")
        + "round "
        + row.round()
        + (row.isTicket() ? "" : ", " + row.branch());
  }

  public boolean isOfTickets() {
    return first().isTicket();
  }

  /** Whether no replicate prunes any weight. */
  public boolean isDense() {
    return isDense(rows);
  }

  private static boolean isDense(List<TicketResult> rows) {
    return rows.stream().allMatch(row -> row.density() == 1);
  }

  /** Whether any replicate was trained; others are only measured. */
  public boolean isTrained() {
    return isTrained(rows);
  }

  private static boolean isTrained(List<TicketResult> rows) {
    return !rows.stream().allMatch(TicketResult::isOnlyMeasured);
  }

  /** The mean density of the replicates. */
  public double density() {
    return of(TicketResult::density).mean();
  }

  /** The comparison with the dense network; empty for the dense network, or if there is none. */
  public Optional<Comparison> againstDense() {
    return comparisons.stream().filter(with -> with.against().equals(DENSE)).findFirst();
  }

  /** The test value of the metric at the early stop, or at the end without one. */
  public Estimate score() {
    return value(metric());
  }

  /** The test value of the metric at the end. */
  public Estimate scoreAtEnd() {
    return valueAtEnd(metric());
  }

  /** The test value of one of the metrics at the early stop, or at the end without one. */
  public Estimate value(Metric metric) {
    return of(row -> row.value(metric));
  }

  /** The test value of one of the metrics at the end. */
  Estimate valueAtEnd(Metric metric) {
    return of(row -> row.valueAtEnd(metric));
  }

  /** The iteration of the early stop; an estimate of no replicates without validation examples. */
  public Estimate earlyStop() {
    return Estimate.of(
        rows.stream()
            .flatMap(row -> row.earlyStop().stream())
            .mapToDouble(stop -> (double) stop.iteration())
            .toArray());
  }

  /** The test value at the early stop; an estimate of no replicates without validation examples. */
  Estimate scoreAtStop() {
    return Estimate.of(
        rows.stream()
            .filter(row -> row.earlyStop().isPresent())
            .mapToDouble(TicketResult::score)
            .toArray());
  }

  /** The estimate of a number of each row. */
  public Estimate of(ToDoubleFunction<TicketResult> value) {
    return Estimate.of(rows.stream().mapToDouble(value).toArray());
  }
}
