// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.structure.Cost;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The measurements and the cost of a ticket, or of a network that one is compared with: all of its
 * record except the weights.
 *
 * @param variant its variant; empty for an experiment without variants
 * @param isControl whether a control of the experiment trained it
 * @param density weights kept, as a fraction of those of the experiment's network
 * @param kept the number of weights kept
 * @param effective weights on a path from input to output, as that fraction; empty if it is unknown
 * @param analysis the analysis of its mask, layer by layer
 * @param layers the number of weights of each layer of the experiment's network, which may be
 *     wider; empty if a record does not have them
 * @param cost the cost of its network, as if dense
 * @param effectiveMacs multiply-accumulates without those of masked weights
 * @param mask the beginning of the mask's digest
 * @param iteration the number of iterations of its training
 * @param metrics the metrics of its history
 * @param history the history of its training
 * @param findings the findings of the method
 * @param account the steps behind it
 */
public record TicketResult(
    String variant,
    int replicate,
    int round,
    String branch,
    boolean isControl,
    double density,
    long kept,
    OptionalDouble effective,
    Analysis analysis,
    Map<String, Integer> layers,
    Cost cost,
    long effectiveMacs,
    String mask,
    long iteration,
    Metrics metrics,
    History history,
    Map<String, String> findings,
    Account account) {

  /** The name of the first column of a CSV. */
  static final String VARIANT = "variant";

  /** The columns that identify a row of a CSV. */
  static final CsvTable<TicketResult> PLACE =
      CsvTable.of(VARIANT, TicketResult::variant)
          .and("replicate", TicketResult::replicate)
          .and("round", TicketResult::round)
          .and("branch", TicketResult::branch);

  /** The names of these columns. */
  static final List<String> KEY = PLACE.columns().stream().map(CsvTable.Column::name).toList();

  /** The number of digits of a mask's digest that are shown. */
  public static final int MASK_DIGITS = 16;

  /** Orders the ticket before others of its round. */
  static final Comparator<TicketResult> BY_ROUND =
      Comparator.comparingInt(TicketResult::round)
          .thenComparing(
              TicketResult::branch, Comparator.comparing(Ticket.TICKET::equals).reversed())
          .thenComparing(TicketResult::branch);

  /** Orders rows by the first occurrence of their variants. */
  static Comparator<TicketResult> byVariant(List<TicketResult> rows) {
    Map<String, Integer> places = new HashMap<>();
    rows.forEach(row -> places.putIfAbsent(row.variant(), places.size()));
    return Comparator.comparingInt(row -> places.get(row.variant()));
  }

  /**
   * The name of a ticket: {@code [variant-]replicate-0-round-03[-branch]}. Its files in a run have
   * the part after the variant, see {@link dev.espalier.runner.store.TicketFiles}.
   *
   * @param variant empty for an experiment without variants
   */
  public static String name(String variant, int replicate, int round, String branch) {
    return "%sreplicate-%d-round-%02d%s"
        .formatted(
            variant.isEmpty() ? "" : variant + "-",
            replicate,
            round,
            branch.equals(Ticket.TICKET) ? "" : "-" + branch);
  }

  /** The same of the cells of {@link #KEY}. */
  static String name(List<String> key) {
    return name(key.get(0), Integer.parseInt(key.get(1)), Integer.parseInt(key.get(2)), key.get(3));
  }

  /** Its name. */
  public String name() {
    return name(variant, replicate, round, branch);
  }

  public boolean isTicket() {
    return branch.equals(Ticket.TICKET);
  }

  /** Hashes the short components only: rows are keys of maps. */
  @Override
  public int hashCode() {
    return Objects.hash(variant, replicate, round, branch, mask);
  }

  /** The last point of its history. */
  History.Point last() {
    return history
        .last()
        .orElse(new History.Point(iteration, Evaluation.NONE, Evaluation.NONE, Evaluation.NONE));
  }

  /**
   * The point of the smallest validation loss under its mask; empty without validation examples,
   * and for a network that was not trained.
   */
  public Optional<History.Point> earlyStop() {
    return isOnlyMeasured() ? Optional.empty() : history.earlyStop();
  }

  /** Whether the network was measured without a training: its one point has no training batches. */
  public boolean isOnlyMeasured() {
    return history.points().size() == 1 && last().train().values().isEmpty();
  }

  /**
   * The best test value of the metric at any measured iteration of its training under its mask;
   * empty for a network that was not trained. The test examples choose the iteration, so it is
   * optimistic: no verdict uses it.
   */
  OptionalDouble bestTest() {
    return isOnlyMeasured()
        ? OptionalDouble.empty()
        : history
            .ofLastMask()
            .mapToDouble(point -> metrics.score(point.test()))
            .filter(score -> !Double.isNaN(score))
            .reduce((best, score) -> metrics.first().gain(score, best) > 0 ? score : best);
  }

  /** The test value of the metric that verdicts use: at the early stop, or at the end without. */
  double score() {
    return value(metrics.first());
  }

  /** The test value of a metric: at the early stop, or at the end without one. */
  double value(Metric metric) {
    return metrics.value(earlyStop().orElseGet(this::last).test(), metric);
  }

  /** The validation value that chooses the best network; empty without an early stop. */
  public OptionalDouble validation() {
    Optional<History.Point> stop = earlyStop();
    return stop.isPresent()
        ? OptionalDouble.of(metrics.score(stop.get().validation()))
        : OptionalDouble.empty();
  }

  /** The test value of a metric at the end. */
  double valueAtEnd(Metric metric) {
    return metrics.value(last().test(), metric);
  }
}
