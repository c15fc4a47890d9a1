// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.data.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The variants of a run, the best one first: by the validation value of the tickets of the last
 * round, a mean over replicates. Test values select none. Variants without validation examples are
 * the last, in their order.
 *
 * @param variants the variants
 * @param validation their validation values; those without one are missing
 * @param metric the metric
 */
public record VariantRanking(List<String> variants, Map<String, Double> validation, Metric metric) {

  /** The largest number of variants that tables and figures show whole. */
  private static final int WHOLE = 12;

  /** The number of variants that they show of more. */
  public static final int BEST = 10;

  /** Ranks the variants of some rows. */
  public static VariantRanking of(List<TicketResult> rows) {
    Map<String, List<TicketResult>> last = new LinkedHashMap<>();
    for (TicketResult row : rows) {
      List<TicketResult> own = last.computeIfAbsent(row.variant(), variant -> new ArrayList<>());
      if (row.isTicket()) {
        if (!own.isEmpty() && own.get(0).round() < row.round()) {
          own.clear();
        }
        if (own.isEmpty() || own.get(0).round() == row.round()) {
          own.add(row);
        }
      }
    }
    Metric metric = Metrics.of(rows).get(0);
    Map<String, Double> validation = new HashMap<>();
    last.forEach(
        (variant, tickets) ->
            tickets.stream()
                .mapToDouble(ticket -> ticket.validation().orElse(Double.NaN))
                .average()
                .stream()
                .filter(mean -> !Double.isNaN(mean))
                .forEach(mean -> validation.put(variant, mean)));
    return new VariantRanking(
        last.keySet().stream()
            .sorted(
                Comparator.comparingDouble(
                        (String variant) ->
                            validation.containsKey(variant)
                                ? metric.gain(validation.get(variant), 0)
                                : Double.NEGATIVE_INFINITY)
                    .reversed())
            .toList(),
        validation,
        metric);
  }

  /** Whether there are too many variants to show all. */
  public boolean isLarge() {
    return variants.size() > WHOLE;
  }

  /** The best variants of many; all variants of a few, in this order. */
  public List<String> best() {
    return variants.subList(0, Math.min(BEST, variants.size()));
  }

  /** The validation value of a variant. */
  public OptionalDouble validation(String variant) {
    return validation.containsKey(variant)
        ? OptionalDouble.of(validation.get(variant))
        : OptionalDouble.empty();
  }

  /** The rows of the best variants, in the order of their ranks. */
  List<TicketResult> best(List<TicketResult> rows) {
    List<String> best = best();
    return rows.stream()
        .filter(row -> best.contains(row.variant()))
        .sorted(Comparator.comparingInt(row -> best.indexOf(row.variant())))
        .toList();
  }

  /** The choice of the best variants in words, such as {@code best 10 of 1,000 variants}. */
  String words() {
    return String.format(
        Locale.ROOT,
        "%s %d of %,d variants",
        validation.isEmpty() ? "first" : "best",
        best().size(),
        variants.size());
  }

  /** A sentence about the choice of the best variant. */
  public String sentence() {
    String best = variants.get(0);
    return validation.containsKey(best)
        ? String.format(
            Locale.ROOT,
            "The best validation %s of %,d variants is %s.",
            new MetricFormat(metric).name(),
            variants.size(),
            new MetricFormat(metric).value(Estimate.of(validation.get(best))))
        : String.format(
            Locale.ROOT,
            "None of the %,d variants is selected, since there are no validation examples.",
            variants.size());
  }

  /** A sentence about the variants that a table leaves out. */
  String others(String file) {
    return String.format(
        Locale.ROOT,
        "... and %,d more in %s: these are the %s%s.",
        variants.size() - best().size(),
        file,
        words(),
        validation.isEmpty()
            ? ", as none has validation examples"
            : " by the validation " + new MetricFormat(metric).name() + " of their last round");
  }
}
