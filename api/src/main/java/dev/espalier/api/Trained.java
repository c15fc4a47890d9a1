// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.State;
import java.util.Optional;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * Where a training stands, with everything needed to go on: training to k and from there to T
 * equals training to T in one go, bit for bit on CPU. Positions in the random streams follow from
 * the iteration.
 *
 * @param iteration how many iterations are done, counted on the plan
 * @param state what the network sees: effective parameters and running statistics
 * @param variables what is trained: the parameters themselves, or a parametrization's own variables
 * @param optimizer what the optimizer remembers
 * @param running what the training batches since the last point of the history add up to
 * @param history how it went
 * @param memory what the {@link EpochMonitor} of this training remembers; empty if it has none
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Trained(
    long iteration,
    State state,
    State variables,
    State optimizer,
    Running running,
    History history,
    Optional<Record> memory) {

  /**
   * Creates a training without a monitor.
   *
   * @param iteration how many iterations are done, counted on the plan
   * @param state what the network sees
   * @param variables what is trained
   * @param optimizer what the optimizer remembers
   * @param running sums over the training batches since the last point of the history
   * @param history how it went
   */
  public Trained(
      long iteration,
      State state,
      State variables,
      State optimizer,
      Running running,
      History history) {
    this(iteration, state, variables, optimizer, running, history, Optional.empty());
  }

  /**
   * The same training, as the result of some steps.
   *
   * @param steps keys of steps
   * @return an equal value whose states derive from the steps too
   */
  public Trained derivedFrom(Set<Digest> steps) {
    return new Trained(
        iteration,
        state.derivedFrom(steps),
        variables.derivedFrom(steps),
        optimizer,
        running,
        history,
        memory);
  }

  /**
   * The same training with another state and history, such as a network drawn from its variables.
   *
   * @param other the state
   * @param measured its history
   * @return a value that is equal otherwise
   */
  public Trained with(State other, History measured) {
    return new Trained(iteration, other, variables, optimizer, running, measured, memory);
  }

  /**
   * Sums over the training batches since the last point of a history.
   *
   * @param examples how many examples
   * @param loss the sum of their losses
   * @param correct how many were classified right
   */
  public record Running(long examples, double loss, double correct) {

    /** Nothing yet. */
    public static final Running NONE = new Running(0, 0, 0);

    /**
     * The means.
     *
     * @return loss and accuracy, {@link Evaluation#NONE} of no examples
     */
    public Evaluation mean() {
      return examples == 0 ? Evaluation.NONE : new Evaluation(loss / examples, correct / examples);
    }
  }

  /**
   * The memory of a monitor.
   *
   * @param type the monitor's {@link EpochMonitor#memoryType}
   * @param <M> that type
   * @return the memory; empty before the first observation, and if this training has no monitor
   * @throws RefusedException if it is the memory of another type of monitor
   */
  public <M extends Record> Optional<M> memory(Class<M> type) {
    memory.ifPresent(
        found -> {
          if (!type.isInstance(found)) {
            throw new RefusedException(
                "memory",
                "the memory " + found.getClass().getName() + " of another monitor",
                type.getName());
          }
        });
    return memory.map(type::cast);
  }

  /**
   * This training with another memory of its monitor.
   *
   * @param memory the memory
   * @return a copy
   */
  public Trained withMemory(Record memory) {
    return new Trained(
        iteration, state, variables, optimizer, running, history, Optional.of(memory));
  }

  /**
   * The beginning of a training, with an empty optimizer.
   *
   * @param network the network
   * @param start its parameters
   * @param parametrization what will be trained
   * @param iteration where on the plan it begins
   * @return nothing done yet
   */
  public static Trained begin(
      Network network, State start, Parametrization parametrization, long iteration) {
    return new Trained(
        iteration,
        start,
        parametrization.variables(network, start),
        State.EMPTY,
        Running.NONE,
        History.EMPTY);
  }
}
