// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

/**
 * A sub-network and what it is worth: a mask, the weights its survivors start from, and how it
 * trained from there.
 *
 * @param round the pruning round it comes from; 0 is the dense network
 * @param branch {@code ticket}, or the control it is
 * @param mask the weights alive
 * @param start the weights they start from, before the mask is applied
 * @param plan the stretch it was trained
 * @param trained how it trained
 */
public record Ticket(int round, Branch branch, Mask mask, State start, Plan plan, Trained trained) {

  /** The ticket itself and its controls (LTH paper, sections 2 and 4 to 6). */
  public enum Branch {
    /** The ticket. */
    TICKET,
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
    return train(round, Branch.TICKET, mask, start, plan, trial);
  }

  /**
   * Trains a control of this ticket, on the same plan.
   *
   * @param control which control
   * @param trial where to train
   * @return the control's ticket
   * @throws IllegalArgumentException if this is a control itself
   */
  public Ticket control(Branch control, Trial trial) {
    if (branch != Branch.TICKET) {
      throw new IllegalArgumentException(
          "found a control of branch " + branch + ", allowed is a ticket");
    }
    return switch (control) {
      case TICKET -> this;
      case REINIT -> train(round, control, mask, trial.initial(1 + round), plan, trial);
      case SHUFFLE -> {
        Mask shuffled = mask.shuffled(trial.seed().stream("shuffle", round));
        yield train(round, control, shuffled, start, plan, trial);
      }
    };
  }

  private static Ticket train(
      int round, Branch branch, Mask mask, State start, Plan plan, Trial trial) {
    Trained trained = trial.train(start, Parametrization.masked(mask), plan);
    return new Ticket(round, branch, mask, start, plan, trained);
  }
}
