// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.Optional;

/**
 * A sub-network and what it is worth: a mask, the weights its survivors start from, and how it
 * trained from there.
 *
 * @param round the pruning round it comes from; 0 is the dense network
 * @param control which control it is, or empty for the ticket itself
 * @param mask the weights alive
 * @param analysis what the mask leaves of the network, known before training
 * @param start the weights they start from, before the mask is applied
 * @param plan the stretch it was trained
 * @param trained how it trained
 */
public record Ticket(
    int round,
    Optional<Control> control,
    Mask mask,
    Analysis analysis,
    State start,
    Plan plan,
    Trained trained) {

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
    return train(round, Optional.empty(), mask, trial.analyse(mask), start, plan, trial);
  }

  /**
   * Trains a control of this ticket, on the same plan. New weights are draw 1 + round of the stream
   * {@code init}, a shuffled mask comes from the stream {@code shuffle} of the round.
   *
   * @param kind which control
   * @param trial where to train
   * @return the control
   */
  public Ticket control(Control kind, Trial trial) {
    return switch (kind) {
      case REINIT -> {
        State redrawn = trial.initial(1 + round);
        yield train(round, Optional.of(kind), mask, analysis, redrawn, plan, trial);
      }
      case SHUFFLE -> {
        Mask shuffled = mask.shuffled(trial.seed().stream("shuffle", round));
        Analysis left = trial.analyse(shuffled);
        yield train(round, Optional.of(kind), shuffled, left, start, plan, trial);
      }
    };
  }

  private static Ticket train(
      int round,
      Optional<Control> control,
      Mask mask,
      Analysis analysis,
      State start,
      Plan plan,
      Trial trial) {
    Trained trained = trial.train(start, Parametrization.masked(mask), plan);
    return new Ticket(round, control, mask, analysis, start, plan, trained);
  }
}
