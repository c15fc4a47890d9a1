// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * One run of a method on one network with one seed. It computes every step of a method and
 * publishes the tickets. Every step is a pure function of its arguments, the data and the seed.
 *
 * <p>All states are of {@link #network}; {@link #withNetwork} returns a trial of another network.
 * The steps themselves are computed by {@link Steps}: in memory, or stored by the runner.
 *
 * <pre>{@code
 * State start = trial.initial();
 * Ticket dense = trial.ticket(0, trial.dense(), start, trial.plan());
 * trial.publish(dense);
 * Mask mask = trial.prune(pruning, dense, 1);
 * trial.publish(trial.ticket(1, mask, start, trial.plan()));
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public class Trial {

  /**
   * The network and the seeds of a step.
   *
   * @param network the network; its owner closes it
   * @param seed the seed of networks: start weights, masks, random scores
   * @param order the seed of trainings: order of the examples, augmentation, dropout, samples of a
   *     parametrization, deficits, moves of a mask
   * @param origin keys of the stored steps that chose the network's widths; empty if the widths
   *     were given
   */
  public record Context(Network network, Seed seed, Seed order, Set<Digest> origin) {

    /**
     * Creates a context with one seed.
     *
     * @param network the network; its owner closes it
     * @param seed the seed of networks and trainings
     * @param origin keys of the stored steps that chose the network's widths
     */
    public Context(Network network, Seed seed, Set<Digest> origin) {
      this(network, seed, seed, origin);
    }
  }

  /** Computes the steps of a trial. An implementation may store them. */
  public interface Steps {

    /**
     * Trains.
     *
     * @param context the network and the seed
     * @param start the position to continue from
     * @param parametrization defines the trained variables
     * @param plan the stretch; an empty one only measures
     * @param monitor called at each epoch
     * @return the position after the stretch; its states derive from this step
     * @throws TrialFailed if the loss is not finite
     */
    Trained train(
        Context context,
        Trained start,
        Parametrization parametrization,
        Plan plan,
        EpochMonitor monitor);

    /**
     * Scores prunable weights.
     *
     * @param context the network and the seed
     * @param criterion computes the scores
     * @param weights the weights to score
     * @param density the planned fraction of all weights after a pruning; empty outside a pruning
     * @return the scores of the mask's layers; they derive from this step
     * @throws TrialFailed if the criterion cannot score these weights
     */
    Scores score(Context context, Criterion criterion, Weights weights, OptionalDouble density);

    /**
     * Estimates the running statistics of batch norm on training examples.
     *
     * @param context the network, which has such statistics, and the seeds
     * @param state the parameters
     * @param plan the size of a batch, and the batches of an epoch
     * @return the statistics alone; they derive from this step
     */
    State statistics(Context context, State state, Plan plan);

    /**
     * Returns the data set.
     *
     * @return the data set of all steps
     */
    Data data();

    /**
     * Computes the analysis of a mask.
     *
     * @param network the network
     * @param mask the mask
     * @return the analysis
     */
    Analysis analyse(Network network, Mask mask);

    /**
     * Prunes to the density of a round. An implementation overrides it to store the mask.
     *
     * @param context the network and the seed
     * @param pruning criterion, schedule and scope
     * @param from the round of {@code weights.alive()}
     * @param to the round to prune for, above {@code from}
     * @param weights the weights to prune
     * @return a mask within {@code weights.alive()}; it derives from this step
     * @throws TrialFailed if the criterion cannot score these weights
     */
    default Mask prune(Context context, Pruning pruning, int from, int to, Weights weights) {
      OptionalDouble density = OptionalDouble.of(pruning.density(weights.alive().layers(), to));
      Scores scores = score(context, pruning.criterion(), weights, density);
      return pruning.prune(scores, weights.alive(), from, to);
    }
  }

  /** Receives the tickets of a trial. */
  @FunctionalInterface
  public interface Publisher {

    /**
     * Records a ticket.
     *
     * @param ticket the ticket
     * @param trial the trial of its network
     */
    void publish(Ticket ticket, Trial trial);

    /**
     * Applies the experiment's collapse policy to a mask that is about to be trained.
     *
     * @param analysis the analysis of the mask
     * @param trial the trial of its network
     * @throws TrialFailed if a layer is empty and the experiment refuses that
     */
    default void admit(Analysis analysis, Trial trial) {}
  }

  private final Context context;
  private final Plan plan;
  private final Steps steps;
  private final Publisher publisher;
  private final State start;

  /**
   * Creates a trial.
   *
   * @param context the network and the seed
   * @param plan the whole timetable of one training, from 0 to T
   * @param steps computes the steps
   * @param publisher receives the tickets
   */
  public Trial(Context context, Plan plan, Steps steps, Publisher publisher) {
    this(context, plan, steps, publisher, State.EMPTY);
  }

  private Trial(Context context, Plan plan, Steps steps, Publisher publisher, State start) {
    this.context = context;
    this.plan = plan;
    this.steps = steps;
    this.publisher = publisher;
    this.start = start;
  }

  /**
   * Returns the network and the seed, with the steps that chose the network's widths.
   *
   * @return the context
   */
  public final Context context() {
    return context;
  }

  /**
   * Returns the network.
   *
   * @return the network; the caller must not close it
   */
  public final Network network() {
    return context.network();
  }

  /**
   * Returns the whole timetable of one training.
   *
   * @return from 0 to T
   */
  public final Plan plan() {
    return plan;
  }

  /**
   * Returns the source of the randomness of networks, such as start weights and masks.
   *
   * @return the seed of this replicate
   */
  public final Seed seed() {
    return context.seed();
  }

  /**
   * Returns the source of the randomness of trainings, such as the order of the examples. It is
   * {@link #seed} unless the experiment sets the two apart.
   *
   * @return the seed of this replicate
   */
  public final Seed order() {
    return context.order();
  }

  /**
   * Returns a trial of another network with the same data, timetable, seed and order of examples.
   *
   * @param network a network made by {@link Network#resized} from this one, because steps are keyed
   *     by the network's shapes; the caller closes it after the trial's last step
   * @param found the states that determined the widths; their steps count as a cost of all tickets
   *     of that network
   * @return the trial
   */
  public final Trial withNetwork(Network network, State... found) {
    Set<Digest> origin = new LinkedHashSet<>(context.origin());
    for (State state : found) {
      origin.addAll(state.origin());
    }
    return with(new Context(network, seed(), order(), Collections.unmodifiableSet(origin)));
  }

  /**
   * Returns a trial with other randomness of networks and of trainings.
   *
   * @param seed a seed from {@link Seed#derive}, of the same replicate
   * @return a trial of the same network
   */
  public final Trial withSeed(Seed seed) {
    return with(new Context(network(), seed, context.origin()));
  }

  /**
   * Returns a trial with other randomness of trainings: order of examples, augmentation, dropout,
   * label noise. Start weights and masks stay the same.
   *
   * @param order a seed from {@link Seed#derive} of {@link #order}, of the same replicate
   * @return a trial of the same network
   */
  public final Trial withOrder(Seed order) {
    return with(new Context(network(), seed(), order, context.origin()));
  }

  /**
   * Returns a trial whose steps are decorated, such as one that records them.
   *
   * @param decorator returns the new steps, which may call those of this trial, such as {@link
   *     DecoratedSteps}
   * @return a trial of the same network and seed
   */
  public final Trial withSteps(UnaryOperator<Steps> decorator) {
    return new Trial(context, plan, decorator.apply(steps), publisher, start);
  }

  /**
   * Returns a trial with given starting weights, such as pretrained ones: {@link #initial()} has
   * these values. Other draws, and those of other networks, have none of them.
   *
   * @param weights values of parameters of this network; the other parameters are drawn
   * @return a trial of the same network and seed
   * @throws RefusedException naming every tensor of an unknown name or another shape
   */
  public final Trial withStart(State weights) {
    Refusals.require(
        refusals ->
            weights
                .tensors()
                .forEach((name, tensor) -> network().check(name, tensor.shape(), refusals)));
    return new Trial(context, plan, steps, publisher, weights);
  }

  private Trial with(Context other) {
    State kept = other.network().equals(network()) ? start : State.EMPTY;
    return new Trial(other, plan, steps, publisher, kept);
  }

  /**
   * Returns the initial weights: theta_0.
   *
   * @return draw 0 of the stream {@code init}, with the values of {@link #withStart} if there are
   *     any
   */
  public final State initial() {
    return initial(0);
  }

  /**
   * Returns the initial weights of a draw.
   *
   * @param draw 0 is theta_0; each other number returns other weights, drawn from the network's
   *     distributions
   * @return a state of all parameters
   */
  public final State initial(int draw) {
    State drawn = network().initial(seed().stream("init", draw));
    return draw == 0 ? drawn.with(start) : drawn;
  }

  /**
   * Returns the mask that keeps all prunable weights.
   *
   * @return the mask
   */
  public final Mask dense() {
    return Mask.dense(network().layers());
  }

  /**
   * Trains from a state with an empty optimizer.
   *
   * @param start the parameters to start from
   * @param parametrization defines the trained variables
   * @param stretch the stretch to train
   * @return the position after the stretch
   * @throws TrialFailed if the loss is not finite
   */
  public final Trained train(State start, Parametrization parametrization, Plan stretch) {
    return train(
        Trained.begin(network(), start, parametrization, stretch.from()), parametrization, stretch);
  }

  /**
   * Continues training.
   *
   * @param start the position to continue from; its iteration is the stretch's first
   * @param parametrization defines the trained variables
   * @param stretch the stretch to train
   * @return the position after the stretch
   * @throws TrialFailed if the loss is not finite
   */
  public final Trained train(Trained start, Parametrization parametrization, Plan stretch) {
    return train(start, parametrization, stretch, EpochMonitor.none());
  }

  /**
   * Continues training and calls a monitor at each epoch.
   *
   * @param start the position to continue from; its iteration is the stretch's first
   * @param parametrization defines the trained variables
   * @param stretch the stretch to train
   * @param monitor may end the training before the end of the stretch
   * @return the position where training ended
   * @throws RefusedException if the stretch does not begin at the position
   * @throws TrialFailed if the loss is not finite
   */
  public final Trained train(
      Trained start, Parametrization parametrization, Plan stretch, EpochMonitor monitor) {
    if (start.iteration() != stretch.from()) {
      throw new RefusedException(
          "iteration", start.iteration(), "the beginning of the plan, " + stretch.from());
    }
    return steps.train(context, start, parametrization, stretch, monitor);
  }

  /**
   * Measures a network without training: an empty stretch at the end of the timetable.
   *
   * @param state the parameters
   * @return the state, with one point of history
   * @throws TrialFailed if the loss is not finite
   */
  public final Trained measure(State state) {
    return train(state, Parametrization.dense(), plan.untrained());
  }

  /**
   * Estimates the running statistics of batch norm again, such as for a mean of two networks. They
   * are plain means over the batches of one epoch of the training part without augmentation, as in
   * stochastic weight averaging. Its forward passes are counted as a cost.
   *
   * @param state the parameters
   * @return the parameters with new statistics; the same state without batch norm
   */
  public final State restatistics(State state) {
    return network().statistics().isEmpty()
        ? state
        : state.with(steps.statistics(context, state, plan));
  }

  /**
   * Returns the data set, such as for its metric.
   *
   * @return the data set of all steps
   */
  public final Data data() {
    return steps.data();
  }

  /**
   * Scores prunable weights. Scores are as large as the network and are computed at each call; only
   * masks from {@link #prune} are stored. The cost counts for every mask that derives from the
   * scores, as pruning keeps their origin.
   *
   * @param criterion computes the scores
   * @param weights the weights to score
   * @return the scores
   * @throws TrialFailed if the criterion cannot score these weights
   */
  public final Scores score(Criterion criterion, Weights weights) {
    return steps.score(context, criterion, weights, OptionalDouble.empty());
  }

  /**
   * Prunes a trained ticket for a later round.
   *
   * @param pruning criterion, schedule and scope
   * @param ticket the ticket whose trained weights are scored
   * @param round the round to prune for, above the ticket's
   * @return a mask within the ticket's
   * @throws TrialFailed if the criterion cannot score these weights
   */
  public final Mask prune(Pruning pruning, Ticket ticket, int round) {
    Weights weights = new Weights(ticket.start(), ticket.trained().state(), ticket.mask());
    return prune(pruning, ticket.round(), round, weights);
  }

  /**
   * Prunes to the density of a round: scores the living weights and removes the lowest.
   *
   * @param pruning criterion, schedule and scope
   * @param from the round of {@code weights.alive()}; 0 if nothing was pruned
   * @param to the round to prune for, above {@code from}
   * @param weights the weights to prune
   * @return a mask within {@code weights.alive()}
   * @throws TrialFailed if the criterion cannot score these weights
   */
  public final Mask prune(Pruning pruning, int from, int to, Weights weights) {
    return steps.prune(context, pruning, from, to, weights);
  }

  /**
   * Prunes in several rounds; each scores the weights that the previous round left alive.
   *
   * @param pruning criterion, schedule and scope
   * @param rounds the number of rounds, at least 1
   * @param weights the weights to prune
   * @return the mask of the last round
   * @throws TrialFailed if the criterion cannot score these weights
   */
  public final Mask pruneInRounds(Pruning pruning, int rounds, Weights weights) {
    Mask mask = weights.alive();
    for (int k = 1; k <= rounds; k++) {
      mask = prune(pruning, k - 1, k, new Weights(weights.start(), weights.state(), mask));
    }
    return mask;
  }

  /**
   * Divides the weights in two, and checks that the split returns a mask of all prunable layers.
   *
   * @param split the rule
   * @param rate the split rate
   * @param start the weights that training started from
   * @param state the weights after the first training
   * @return the mask of the split
   * @throws PluginFailed if it is null, or of other layers
   * @throws TrialFailed if the weights cannot be scored
   */
  public final Mask split(Split split, double rate, State start, State state) {
    Mask mask = PluginFailed.nonNull("split", split, "mask", split.mask(rate, start, state, this));
    if (!mask.layers().equals(network().layers())) {
      throw new PluginFailed(
          "split",
          split,
          new Refusal(
              "mask", mask.layers(), "a mask of all prunable layers, " + network().layers()));
    }
    return mask;
  }

  /**
   * Computes the analysis of a mask.
   *
   * @param mask a mask of this network
   * @return the analysis
   */
  public final Analysis analyse(Mask mask) {
    return steps.analyse(network(), mask);
  }

  /**
   * Analyses a mask and applies the experiment's collapse policy: warn, fail or stop.
   *
   * @param mask a mask that is about to be trained
   * @return the analysis
   * @throws TrialFailed if a layer is empty and the experiment refuses that
   */
  public final Analysis admit(Mask mask) {
    Analysis analysis = analyse(mask);
    publisher.admit(analysis, this);
    return analysis;
  }

  /**
   * Trains the ticket of a mask.
   *
   * @param round the pruning round
   * @param mask the weights alive
   * @param start the weights to start from
   * @param stretch the stretch to train
   * @return the ticket, of the branch {@link Ticket#TICKET}
   * @throws TrialFailed if training fails, or a layer is empty and the experiment refuses that
   */
  public final Ticket ticket(int round, Mask mask, State start, Plan stretch) {
    return ticket(round, Ticket.TICKET, mask, start, stretch);
  }

  /**
   * Trains the ticket of a mask under another branch.
   *
   * @param round the pruning round
   * @param branch the name of the network within the round
   * @param mask the weights alive
   * @param start the weights to start from
   * @param stretch the stretch to train
   * @return the ticket
   * @throws TrialFailed if training fails, or a layer is empty and the experiment refuses that
   */
  public final Ticket ticket(int round, String branch, Mask mask, State start, Plan stretch) {
    Analysis analysis = admit(mask);
    Trained trained = train(start, Parametrization.masked(mask), stretch);
    return new Ticket(round, branch, mask, analysis, start, stretch, trained);
  }

  /**
   * Creates the ticket of a network that was trained by another parametrization than its mask.
   *
   * @param round the pruning round
   * @param branch the name of the network within the round
   * @param mask the weights alive
   * @param start the weights that training started from, or that it found
   * @param stretch the stretch that the weights were trained; empty if they were not
   * @param trained the training
   * @return the ticket
   * @throws TrialFailed if a layer is empty and the experiment refuses that
   */
  public final Ticket ticket(
      int round, String branch, Mask mask, State start, Plan stretch, Trained trained) {
    return new Ticket(round, branch, mask, admit(mask), start, stretch, trained);
  }

  /**
   * Records a ticket. A replicate has one network of each branch and round.
   *
   * @param ticket a ticket of this network
   */
  public final void publish(Ticket ticket) {
    publisher.publish(ticket, this);
  }
}
