// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Analysis;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A sub-network and its training: a mask, the start weights, and the trained result. For a method
 * without trained weights, {@code start} is the sub-network found, {@code plan} is empty, and
 * {@code trained} is the search.
 *
 * @param round the pruning round, 0 for the dense network; for a method that trains in generations,
 *     the generation, from 1
 * @param branch {@link #TICKET}, or the name of a network for comparison: a control's, or one that
 *     the method defines. Lower-case words joined by hyphens
 * @param mask the living weights
 * @param analysis the analysis of the mask, computed before training
 * @param start the start weights, before the mask is applied
 * @param plan the stretch of the training
 * @param trained the position after training
 * @param findings additional results of the method for the ticket's record, such as the epoch of
 *     the draw. Names are lower-case words joined by hyphens
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Ticket(
    int round,
    String branch,
    Mask mask,
    Analysis analysis,
    State start,
    Plan plan,
    Trained trained,
    Map<String, String> findings) {

  /** The branch of the ticket itself. */
  public static final String TICKET = "ticket";

  /** Creates a ticket and checks its names. */
  public Ticket {
    findings = Collections.unmodifiableMap(new LinkedHashMap<>(findings));
    for (String word : findings.keySet()) {
      if (!word.matches(Names.PATTERN)) {
        throw new RefusedException(
            "findings", "\"" + word + "\"", "lower-case words joined by hyphens");
      }
    }
    if (!branch.matches(Names.PATTERN)) {
      throw new RefusedException(
          "branch", "\"" + branch + "\"", "lower-case words joined by hyphens");
    }
  }

  /**
   * Creates a ticket without findings.
   *
   * @param round the pruning round
   * @param branch the name of the network within the round
   * @param mask the living weights
   * @param analysis the analysis of the mask
   * @param start the start weights
   * @param plan the stretch of the training
   * @param trained the position after training
   */
  public Ticket(
      int round,
      String branch,
      Mask mask,
      Analysis analysis,
      State start,
      Plan plan,
      Trained trained) {
    this(round, branch, mask, analysis, start, plan, trained, Map.of());
  }

  /**
   * Returns this ticket with additional findings.
   *
   * @param more findings by name, added to the present ones
   * @return a ticket that is otherwise equal
   */
  public Ticket withFindings(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(findings);
    all.putAll(more);
    return new Ticket(round, branch, mask, analysis, start, plan, trained, all);
  }
}
