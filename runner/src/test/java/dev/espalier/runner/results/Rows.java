// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.structure.Cost;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Rows of results that no training stands behind. */
public final class Rows {

  /** A metric of which less is better. */
  public static final Metric PERPLEXITY = new Metric("perplexity", "", Metric.Direction.LOWER, 0.1);

  public static final Cost DENSE = new Cost(9_880_000, 579_098);

  private Rows() {}

  static TicketResult row(
      String variant, int replicate, int round, String branch, double accuracy) {
    return row(variant, replicate, round, branch, accuracy, DENSE, Map.of());
  }

  /** With an early stop, where it is as accurate as at the end. */
  static TicketResult level(
      int replicate, int round, String branch, double density, double accuracy, long stop) {
    Evaluation there = new Evaluation(0.1, List.of(accuracy));
    Evaluation later = new Evaluation(0.2, List.of(accuracy));
    List<History.Point> points =
        List.of(
            new History.Point(stop, Evaluation.NONE, there, there),
            new History.Point(1000, Evaluation.NONE, later, later));
    return row("", replicate, round, branch, density, DENSE, new History(points), Map.of());
  }

  static TicketResult row(
      String variant,
      int replicate,
      int round,
      String branch,
      double accuracy,
      Cost cost,
      Map<String, String> findings) {
    Evaluation test = new Evaluation(1 - accuracy, List.of(accuracy));
    History history = new History(List.of(new History.Point(100, test, Evaluation.NONE, test)));
    return row(variant, replicate, round, branch, 1, cost, history, findings);
  }

  /** A network that stopped early at some iteration. */
  public static TicketResult stopped(
      String variant,
      int replicate,
      int round,
      String branch,
      double density,
      double accuracy,
      long stop) {
    Evaluation all = new Evaluation(1 - accuracy, List.of(accuracy));
    return new TicketResult(
        variant,
        replicate,
        round,
        branch,
        List.of("reinit", "shuffle").contains(branch),
        density,
        Math.round(1000 * density),
        OptionalDouble.of(density),
        new Analysis(List.of()),
        Map.of(),
        new Cost(1000, 1010),
        Math.round(1000 * density),
        "0123456789abcdef",
        stop,
        Metrics.ACCURACY,
        new History(List.of(new History.Point(stop, all, all, all))),
        Map.of(),
        new Account(List.of(), List.of()));
  }

  /** The same network with another history. */
  public static TicketResult with(TicketResult row, History history) {
    return with(row, history, row.metrics());
  }

  /** The same network, whose values are those of other metrics. */
  public static TicketResult with(TicketResult row, Metric... metrics) {
    return with(row, row.history(), new Metrics("other", List.of(metrics)));
  }

  private static TicketResult with(TicketResult row, History history, Metrics metrics) {
    return new TicketResult(
        row.variant(),
        row.replicate(),
        row.round(),
        row.branch(),
        row.isControl(),
        row.density(),
        row.kept(),
        row.effective(),
        row.analysis(),
        row.layers(),
        row.cost(),
        row.effectiveMacs(),
        row.mask(),
        row.iteration(),
        metrics,
        history,
        row.findings(),
        row.account());
  }

  private static TicketResult row(
      String variant,
      int replicate,
      int round,
      String branch,
      double density,
      Cost cost,
      History history,
      Map<String, String> findings) {
    return new TicketResult(
        variant,
        replicate,
        round,
        branch,
        List.of("reinit", "shuffle").contains(branch),
        density,
        cost.parameters(),
        OptionalDouble.of(density),
        new Analysis(List.of()),
        Map.of(),
        cost,
        cost.macs(),
        "0123456789abcdef",
        100,
        Metrics.ACCURACY,
        history,
        findings,
        new Account(List.of(), List.of()));
  }
}
