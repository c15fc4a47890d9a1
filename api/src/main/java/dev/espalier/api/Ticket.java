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

  /** What a ticket is compared with, at equal density (LTH paper). */
  public enum Control {
    /** The same mask on newly drawn weights. */
    REINIT,
    /** The same weights under each layer's mask shuffled: as sparse a layer, at other places. */
    SHUFFLE
  }

  /**
   * Trains the ticket of a mask.
   *
   * @param round the pruning round it comes from
   * @param mask the weights alive
   * @param start the weights they start from
   * @param plan the stretch to train
   * @param trial where to train
   * @return the ticket
   */
  public static Ticket train(int round, Mask mask, State start, Plan plan, Trial trial) {
    return train(round, TICKET, mask, trial.analyse(mask), start, plan, trial);
  }

  /**
   * Trains all weights of a network, such as a narrow one.
   *
   * @param round the pruning round it comes from
   * @param branch which network of the round it is
   * @param start the weights to start from
   * @param plan the stretch to train
   * @param trial where to train
   * @return the ticket
   */
  public static Ticket dense(int round, String branch, State start, Plan plan, Trial trial) {
    Mask dense = Mask.dense(trial.network().layers());
    return train(round, branch, dense, trial.analyse(dense), start, plan, trial);
  }

  /**
   * A ticket of all weights of a network that has been trained, in whatever way.
   *
   * @param round the pruning round it comes from
   * @param branch which network of the round it is
   * @param start the weights that training started from
   * @param plan the stretch that they were trained
   * @param trained how they were trained
   * @param trial whose network it is
   * @return the ticket
   */
  public static Ticket dense(
      int round, String branch, State start, Plan plan, Trained trained, Trial trial) {
    Mask dense = Mask.dense(trial.network().layers());
    return new Ticket(round, branch, dense, trial.analyse(dense), start, plan, trained);
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

  /**
   * Trains a control of this ticket, on the same plan; a ticket whose weights were not trained has
   * controls whose weights are not. New weights are draw 1 + round of the stream {@code init}, a
   * shuffled mask comes from the stream {@code shuffle} of the round.
   *
   * @param kind which control
   * @param trial where to train
   * @return the control
   */
  public Ticket control(Control kind, Trial trial) {
    String word = Names.word(kind);
    return switch (kind) {
      case REINIT -> {
        State redrawn = trial.initial(1 + round);
        yield train(round, word, mask, analysis, redrawn, plan, trial);
      }
      case SHUFFLE -> {
        Mask shuffled = mask.shuffled(trial.seed().stream("shuffle", round));
        Analysis left = trial.analyse(shuffled);
        yield train(round, word, shuffled, left, start, plan, trial);
      }
    };
  }

  private static Ticket train(
      int round, String branch, Mask mask, Analysis analysis, State start, Plan plan, Trial trial) {
    Trained trained = trial.train(start, Parametrization.masked(mask), plan);
    return new Ticket(round, branch, mask, analysis, start, plan, trained);
  }
}
