// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Evaluation;
import dev.espalier.api.data.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * The metrics of the networks of a run.
 *
 * @param objective the id of the data's objective
 * @param all its metrics, in the order of the values of an {@link Evaluation}; the first decides
 */
public record Metrics(String objective, List<Metric> all) {

  /** The metrics of classification by accuracy alone, and of a record that has none. */
  public static final Metrics ACCURACY = new Metrics("classification", List.of(Metric.ACCURACY));

  /** Copies the list. */
  public Metrics {
    all = List.copyOf(all);
  }

  /** The metrics of some results: those of the first, then those that only others have. */
  public static List<Metric> of(List<TicketResult> rows) {
    if (rows.isEmpty()) {
      return ACCURACY.all;
    }
    List<Metric> metrics = new ArrayList<>();
    for (TicketResult row : rows) {
      for (Metric metric : row.metrics().all) {
        if (metrics.stream().noneMatch(other -> other.name().equals(metric.name()))) {
          metrics.add(metric);
        }
      }
    }
    return metrics;
  }

  /** The metric that decides. */
  public Metric first() {
    return all.get(0);
  }

  /** Whether the same metric decides, so that values can be compared. */
  public boolean isComparable(Metrics other) {
    return first().name().equals(other.first().name())
        && first().unit().equals(other.first().unit())
        && first().direction() == other.first().direction();
  }

  /** The value of a metric; NaN where it was not measured, or is infinite. */
  public double value(Evaluation evaluation, Metric metric) {
    for (int i = 0; i < Math.min(all.size(), evaluation.values().size()); i++) {
      if (all.get(i).name().equals(metric.name())) {
        double value = evaluation.values().get(i);
        return Double.isFinite(value) ? value : Double.NaN;
      }
    }
    return Double.NaN;
  }

  /** The value of the metric that decides; NaN where it was not measured, or is infinite. */
  public double score(Evaluation evaluation) {
    return value(evaluation, first());
  }
}
