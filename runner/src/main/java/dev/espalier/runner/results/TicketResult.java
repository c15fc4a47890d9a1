// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.structure.Cost;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a ticket, or a network that one is compared with, is worth and what it cost: all of its
 * record but the weights.
 *
 * @param variant its variant; empty for an experiment without variants
 * @param isControl whether an experiment's control trained it, to compare the ticket with
 * @param density weights kept, as a fraction of those of the experiment's network
 * @param kept how many weights are kept
 * @param effective weights on a path from input to output, as that fraction
 * @param analysis what the mask leaves of its network, layer by layer
 * @param cost of its network, as if dense
 * @param effectiveMacs what zeros of the mask leave of the multiply-accumulates
 * @param mask the beginning of the mask's digest
 * @param iteration how many iterations its training had done
 * @param history how it trained
 * @param findings what the method found on the way to it
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
    double effective,
    Analysis analysis,
    Cost cost,
    long effectiveMacs,
    String mask,
    long iteration,
    History history,
    Map<String, String> findings,
    Account account) {

  /** The name of the first column of a CSV, which {@link RecordedRun} reads. */
  static final String VARIANT = "variant";

  /** The columns that tell the rows of a CSV apart. */
  static final CsvTable<TicketResult> PLACE =
      CsvTable.of(VARIANT, TicketResult::variant)
          .and("replicate", TicketResult::replicate)
          .and("round", TicketResult::round)
          .and("branch", TicketResult::branch);

  /** How much of a mask's digest is shown. */
  public static final int MASK_DIGITS = 16;

  /** The ticket before others of its round. */
  static final Comparator<TicketResult> BY_ROUND =
      Comparator.comparingInt(TicketResult::round)
          .thenComparing(
              TicketResult::branch, Comparator.comparing(Ticket.TICKET::equals).reversed())
          .thenComparing(TicketResult::branch);

  /** In the order in which the variants came. */
  static Comparator<TicketResult> byVariant(List<TicketResult> rows) {
    List<String> variants = rows.stream().map(TicketResult::variant).distinct().toList();
    return Comparator.comparingInt(row -> variants.indexOf(row.variant()));
  }

  public boolean isTicket() {
    return branch.equals(Ticket.TICKET);
  }

  /** Without what is long: rows are keys of maps. */
  @Override
  public int hashCode() {
    return Objects.hash(variant, replicate, round, branch, mask);
  }

  /** Where it stands at the end. */
  History.Point last() {
    return history
        .last()
        .orElse(new History.Point(iteration, Evaluation.NONE, Evaluation.NONE, Evaluation.NONE));
  }

  /** The point of the smallest validation loss; empty without validation examples. */
  public Optional<History.Point> earlyStop() {
    return history.earlyStop();
  }

  /** The test accuracy it is judged by: at the early stop, or at the end where there is none. */
  double accuracy() {
    return earlyStop().orElseGet(this::last).test().accuracy();
  }
}
