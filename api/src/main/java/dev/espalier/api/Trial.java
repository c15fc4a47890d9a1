// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

/**
 * One run of a method with one seed: does the pure steps, or finds them done, and takes the
 * tickets.
 *
 * <p>All states are of {@link #network}. Every step is a function of its arguments, the data and
 * the seed.
 */
public interface Trial {

  /**
   * The network.
   *
   * @return the network; the trial's, not to be closed
   */
  Network network();

  /**
   * The whole timetable of one training.
   *
   * @return from 0 to T
   */
  Plan plan();

  /**
   * Where randomness comes from.
   *
   * @return the seed of this replicate
   */
  Seed seed();

  /**
   * Initial weights: theta_0.
   *
   * @return draw 0 of the stream {@code init}
   */
  default State initial() {
    return initial(0);
  }

  /**
   * Initial weights, drawn anew.
   *
   * @param draw 0 is theta_0; any other gives other weights
   * @return a state of all parameters
   */
  default State initial(int draw) {
    return network().initial(seed().stream("init", draw));
  }

  /**
   * Trains from a state with an empty optimizer.
   *
   * @param start the parameters to start from
   * @param parametrization what is trained
   * @param plan the stretch to train
   * @return where the training then stands
   * @throws TrialFailed if the loss is no longer finite
   */
  default Trained train(State start, Parametrization parametrization, Plan plan) {
    return train(
        Trained.begin(network(), start, parametrization, plan.from()), parametrization, plan);
  }

  /**
   * Goes on training.
   *
   * @param from where the training stands; its iteration is the plan's beginning
   * @param parametrization what is trained
   * @param plan the stretch to train
   * @return where the training then stands
   * @throws TrialFailed if the loss is no longer finite
   */
  Trained train(Trained from, Parametrization parametrization, Plan plan);

  /**
   * Scores the prunable weights.
   *
   * @param criterion how to judge them
   * @param start the weights that training started from
   * @param state the weights now
   * @param mask the weights alive
   * @return the scores
   */
  Scores score(Criterion criterion, State start, State state, Mask mask);

  /**
   * Takes a ticket: records what it is worth.
   *
   * @param ticket the ticket
   */
  void publish(Ticket ticket);
}
