// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Settings;
import dev.espalier.api.Ticket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What the replicates of one ticket, or of one network that tickets are compared with, say
 * together.
 *
 * @param rows a row a replicate, of one variant, round and branch
 * @param comparisons with the dense network, unless it is that, and of a ticket with the other
 *     networks of its round
 * @param verdict of a ticket that there is a dense network for
 */
public record Level(List<Row> rows, List<Comparison> comparisons, Optional<Verdict> verdict) {

  /** What a ticket's dense network is called among what it is compared with. */
  static final String DENSE = "dense";

  private static final List<String> CONTROLS =
      Arrays.stream(Ticket.Control.values()).map(Settings::word).toList();

  /**
   * Two levels, replicate by replicate, so that what a seed does to both cancels.
   *
   * @param against {@link #DENSE}, or the branch that this one is compared with
   * @param difference of their test accuracies, a fraction: this one's minus the other's
   * @param speed the ratio of their early-stop iterations: below 1 this one learns faster. Of no
   *     replicate where validation examples are missing
   */
  public record Comparison(String against, Estimate difference, Estimate speed) {

    /** Of those replicates that both levels have. */
    public static Comparison of(String against, Level level, Level other) {
      return of(against, pairs(level.rows(), other.rows()));
    }

    private static Comparison of(String against, Map<Row, Row> pairs) {
      return new Comparison(
          against,
          estimate(pairs, (row, other) -> row.accuracy() - other.accuracy()),
          estimate(pairs, Comparison::speed));
    }

    private static double speed(Row row, Row other) {
      if (row.earlyStop().isEmpty() || other.earlyStop().isEmpty()) {
        return Double.NaN;
      }
      long before = other.earlyStop().get().iteration();
      return before == 0 ? Double.NaN : (double) row.earlyStop().get().iteration() / before;
    }

    private interface OfPair {
      double of(Row row, Row other);
    }

    private static Estimate estimate(Map<Row, Row> pairs, OfPair value) {
      return Estimate.of(
          pairs.entrySet().stream()
              .mapToDouble(pair -> value.of(pair.getKey(), pair.getValue()))
              .filter(number -> !Double.isNaN(number))
              .toArray());
    }

    boolean isWithControl() {
      return CONTROLS.contains(against);
    }
  }

  /** What a level is of. */
  private record Place(String variant, int round, String branch) {
    static Place of(Row row) {
      return new Place(row.variant(), row.round(), row.branch());
    }
  }

  /** All levels, by variant as they came, round and branch. */
  public static List<Level> of(List<Row> rows, double margin) {
    Map<Place, List<Row>> places =
        rows.stream()
            .sorted(
                Row.byVariant(rows).thenComparing(Row.BY_ROUND).thenComparingInt(Row::replicate))
            .collect(Collectors.groupingBy(Place::of, LinkedHashMap::new, Collectors.toList()));
    Map<String, List<Row>> dense = new LinkedHashMap<>();
    places.forEach(
        (place, level) -> {
          if (isDense(level)) {
            dense.putIfAbsent(place.variant(), level);
          }
        });
    return places.values().stream()
        .map(level -> of(level, dense.get(level.get(0).variant()), rows, margin))
        .toList();
  }

  private static Level of(List<Row> level, List<Row> dense, List<Row> rows, double margin) {
    Row first = level.get(0);
    List<Comparison> comparisons = new ArrayList<>();
    Optional<Verdict> verdict = Optional.empty();
    if (dense != null && dense != level) {
      comparisons.add(Comparison.of(DENSE, pairs(level, dense)));
    }
    if (first.isTicket()) {
      rows.stream()
          .filter(row -> row.variant().equals(first.variant()) && row.round() == first.round())
          .filter(row -> !row.isTicket())
          .sorted(Comparator.comparing(Row::branch))
          .collect(Collectors.groupingBy(Row::branch, LinkedHashMap::new, Collectors.toList()))
          .forEach(
              (branch, others) -> {
                if (others != dense && !others.equals(dense)) {
                  comparisons.add(Comparison.of(branch, pairs(level, others)));
                }
              });
      if (dense != null && dense != level) {
        verdict = Optional.of(Verdict.of(comparisons, margin));
      }
    }
    return new Level(level, comparisons, verdict);
  }

  /** Rows of the same replicate. */
  public static Map<Row, Row> pairs(List<Row> rows, List<Row> others) {
    Map<Row, Row> pairs = new LinkedHashMap<>();
    for (Row row : rows) {
      others.stream()
          .filter(other -> other.replicate() == row.replicate())
          .forEach(other -> pairs.put(row, other));
    }
    return pairs;
  }

  /** Any of the rows, for what they have in common. */
  public Row first() {
    return rows.get(0);
  }

  public boolean isOfTickets() {
    return first().isTicket();
  }

  /** Whether nothing is pruned, of any replicate. */
  public boolean isDense() {
    return isDense(rows);
  }

  private static boolean isDense(List<Row> rows) {
    return rows.stream().allMatch(row -> row.density() == 1);
  }

  /** The mean density of the replicates. */
  public double density() {
    return of(Row::density).mean();
  }

  /** With the dense network; empty of that one itself, or where there is none. */
  public Optional<Comparison> againstDense() {
    return comparisons.stream().filter(with -> with.against().equals(DENSE)).findFirst();
  }

  /** Test accuracy at the early stop, or at the end without one. */
  public Estimate accuracy() {
    return of(Row::accuracy);
  }

  /** Test accuracy at the end. */
  public Estimate accuracyAtEnd() {
    return of(row -> row.last().test().accuracy());
  }

  /** The iteration of the early stop; of no replicate without validation examples. */
  public Estimate earlyStop() {
    return Estimate.of(
        rows.stream()
            .flatMap(row -> row.earlyStop().stream())
            .mapToDouble(stop -> (double) stop.iteration())
            .toArray());
  }

  /** Test accuracy at the early stop; of no replicate without validation examples. */
  Estimate accuracyAtStop() {
    return Estimate.of(
        rows.stream()
            .flatMap(row -> row.earlyStop().stream())
            .mapToDouble(stop -> stop.test().accuracy())
            .toArray());
  }

  /** Any number that rows have. */
  public Estimate of(ToDoubleFunction<Row> value) {
    return Estimate.of(rows.stream().mapToDouble(value).toArray());
  }
}
