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
 * A sub-network and what it is worth: a mask, the weights its survivors start from, and how it
 * trained from there. Where weights are never trained, {@code start} is what was found, {@code
 * plan} is empty, and {@code trained} says how it was found.
 *
 * @param round the pruning round it comes from, 0 being the dense network; of a method that trains
 *     in generations, which generation, from 1
 * @param branch {@link #TICKET}, or the word for a network that the ticket of this round is
 *     compared with: a control's, or one of the method's own; lower-case words joined by hyphens
 * @param mask the weights alive
 * @param analysis what the mask leaves of the network, known before training
 * @param start the weights they start from, before the mask is applied
 * @param plan the stretch its weights were trained
 * @param trained how it trained
 * @param findings what else the method found out on the way to it, under lower-case words joined by
 *     hyphens, such as the epoch in which it was drawn; for its record
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

  /** Checks the words. */
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
   * A ticket with nothing to be said beside it.
   *
   * @param round the pruning round it comes from
   * @param branch which network of the round it is
   * @param mask the weights alive
   * @param analysis what the mask leaves of the network
   * @param start the weights they start from
   * @param plan the stretch its weights were trained
   * @param trained how it trained
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
   * This ticket with what was found out on the way to it.
   *
   * @param more findings by the words for them, added to those there are
   * @return the same otherwise
   */
  public Ticket withFindings(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(findings);
    all.putAll(more);
    return new Ticket(round, branch, mask, analysis, start, plan, trained, all);
  }
}
