// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import org.apiguardian.api.API;

/**
 * One run of a method with one seed: does the pure steps, or finds them done, and takes the
 * tickets.
 *
 * <p>All states are of {@link #network}; {@link #on} gives a trial of another one. Every step is a
 * function of its arguments, the data and the seed.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
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
  default Trained train(Trained from, Parametrization parametrization, Plan plan) {
    return train(from, parametrization, plan, EpochMonitor.none());
  }

  /**
   * Goes on training, with somebody looking on.
   *
   * @param from where the training stands; its iteration is the plan's beginning
   * @param parametrization what is trained
   * @param plan the stretch to train
   * @param observer looks on, and may end it before the end of the plan
   * @return where the training then stands
   * @throws TrialFailed if the loss is no longer finite
   */
  Trained train(Trained from, Parametrization parametrization, Plan plan, EpochMonitor observer);

  /**
   * The same trial of another network, such as a narrower one: data, timetable, seed and with them
   * the order of the examples are the same. The networks are those that {@link Network#resized}
   * makes of this trial's, so that steps can be told apart by the network's shapes.
   *
   * @param network the network; the caller's, not to be closed before the trial is done with
   * @param found what its widths were found by, such as the trained network that channels were
   *     chosen from: a part of what its tickets cost. None if they were given
   * @return a trial whose states and tickets are of that network
   */
  Trial on(Network network, State... found);

  /**
   * The same trial with randomness of its own, such as {@link Seed#derive} gives: orders of the
   * examples, augmentation, dropout, label noise and whatever else a training draws.
   *
   * @param seed where its randomness comes from; its replicate is this trial's
   * @return a trial of the same network
   */
  Trial seeded(Seed seed);

  /**
   * Measures a network as it stands: a training of no steps at the end of the timetable.
   *
   * @param state the parameters
   * @return the state, with one point of history
   * @throws TrialFailed if the loss is not finite
   */
  default Trained measure(State state) {
    return train(state, Parametrization.dense(), plan().untrained());
  }

  /**
   * Prunes to the density of a round: scores the living weights, and drops the lowest.
   *
   * @param how by which scores, to which density, and among whom
   * @param from the round that {@code alive} is of; 0 if nothing was pruned yet
   * @param round the round to prune for, above {@code from}
   * @param start the weights that training started from
   * @param state the weights now
   * @param alive the weights alive
   * @return a mask within {@code alive}
   * @throws TrialFailed if the criterion cannot judge this network
   */
  default Mask prune(Pruning how, int from, int round, State start, State state, Mask alive) {
    return score(how.criterion(), start, state, alive)
        .keep(alive, from, how.schedule(), round, how.scope(), how.ties());
  }

  /**
   * Prunes a state in several rounds, each of which scores anew what the one before left alive.
   *
   * @param how by which scores, to which densities, and among whom
   * @param rounds how many rounds, at least 1
   * @param start the weights that training started from
   * @param state the weights now
   * @param whole the weights to choose from
   * @return the mask of the last round
   * @throws TrialFailed if the criterion cannot judge this network
   */
  default Mask prune(Pruning how, int rounds, State start, State state, Mask whole) {
    Mask mask = whole;
    for (int k = 1; k <= rounds; k++) {
      mask = prune(how, k - 1, k, start, state, mask);
    }
    return mask;
  }

  /**
   * What is left of the network under a mask.
   *
   * @param mask a mask about to be trained
   * @return the analysis
   * @throws TrialFailed if a layer is empty and the experiment does not want that trained
   */
  Analysis analyse(Mask mask);

  /**
   * What is left of the network under a mask that is not going to be trained: nothing is done about
   * a layer that it leaves empty.
   *
   * @param mask a mask to be looked at
   * @return the analysis
   */
  Analysis inspect(Mask mask);

  /**
   * Scores the prunable weights. Scores are as large as the network, so they are computed anew each
   * time; a mask from {@link #prune} is remembered.
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
