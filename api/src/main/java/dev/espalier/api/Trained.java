// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.apiguardian.api.API;

/**
 * The position of a training, with all values needed to resume. Training to k and from there to T
 * equals training to T without interruption, bit for bit on CPU. The iteration determines the
 * positions in the random streams.
 *
 * @param iteration the number of completed iterations, counted on the plan
 * @param state the state of the network: effective parameters and running statistics
 * @param variables the trained variables: the parameters, or the variables of a parametrization
 * @param optimizer the state of the optimizer
 * @param running sums over the training batches since the last point of the history
 * @param history the evaluations so far
 * @param memory the memory of the {@link EpochMonitor} of this training; empty without a monitor
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

  /** Creates a training, whose history knows the last move of a mask that moves. */
  public Trained {
    if (memory.isPresent() && memory.get() instanceof MaskHistory masks) {
      history = new History(history.points(), masks.lastMove());
    }
  }

  /**
   * Creates a training without a monitor.
   *
   * @param iteration the number of completed iterations, counted on the plan
   * @param state the state of the network
   * @param variables the trained variables
   * @param optimizer the state of the optimizer
   * @param running sums over the training batches since the last point of the history
   * @param history the evaluations so far
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
   * Returns the same training, as the result of some steps.
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
   * Returns the same training with another state and history, such as a network drawn from its
   * variables.
   *
   * @param other the state
   * @param measured its history
   * @return a value that is equal otherwise
   */
  public Trained with(State other, History measured) {
    return new Trained(iteration, other, variables, optimizer, running, measured, memory);
  }

  /**
   * Returns the same training with some weights set to 0, and forgotten by the optimizer: every
   * weight that a mask prunes is 0 in the state, in the variable of its name and in the optimizer's
   * tensors. Those are called {@code what/variable}, such as {@code velocity/fc1.weight}.
   *
   * @param kept the weights to keep
   * @return the position, otherwise equal
   */
  public Trained reset(Mask kept) {
    return new Trained(
        iteration,
        pruned(state, kept, String::equals),
        pruned(variables, kept, String::equals),
        pruned(optimizer, kept, (name, layer) -> name.endsWith("/" + layer)),
        running,
        history,
        memory);
  }

  private static State pruned(State state, Mask kept, BiPredicate<String, String> isOfLayer) {
    Map<String, Tensor> changed = new LinkedHashMap<>();
    for (Layer layer : kept.layers()) {
      BitSet alive = kept.alive(layer);
      state
          .tensors()
          .forEach(
              (name, tensor) -> {
                if (isOfLayer.test(name, layer.name()) && tensor.shape().equals(layer.shape())) {
                  float[] values = new float[tensor.size()];
                  alive.stream().forEach(i -> values[i] = tensor.get(i));
                  changed.put(name, Tensor.adopt(tensor.shape(), values));
                }
              });
    }
    return state.with(State.of(changed));
  }

  /**
   * Returns the last mask of a training whose mask moves.
   *
   * @param network the network
   * @return the mask, with the origin of the state
   * @throws RefusedException if the mask did not move, see {@link Parametrization#moving}
   */
  public Mask mask(Network network) {
    return memory(MaskHistory.class)
        .orElseThrow(
            () -> new RefusedException("mask", "a training without masks", "a moving mask"))
        .mask(network.layers())
        .derivedFrom(state.origin());
  }

  /**
   * Sums over the training batches since the last point of a history.
   *
   * @param examples the number of examples
   * @param loss the sum of their losses
   * @param scores the sum of each of the objective's scores, such as the number of correct
   *     classifications; empty without examples
   */
  public record Running(long examples, double loss, List<Double> scores) {

    /** The sums without examples. */
    public static final Running NONE = new Running(0, 0, List.of());

    /** Creates sums with a copy of the list. */
    public Running {
      scores = List.copyOf(scores);
    }

    /**
     * Computes the means, as an evaluation.
     *
     * @param data the data, whose objective maps means to values of its metrics
     * @return loss and values, {@link Evaluation#NONE} of no examples
     */
    public Evaluation mean(Data data) {
      if (examples == 0) {
        return Evaluation.NONE;
      }
      List<Double> means = scores.stream().map(sum -> sum / examples).toList();
      double mean = loss / examples;
      return new Evaluation(mean, data.objective().values(mean, means, data.train()));
    }
  }

  /**
   * Returns the memory of a monitor.
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
   * Returns this training with another memory of its monitor.
   *
   * @param memory the memory
   * @return a copy
   */
  public Trained withMemory(Record memory) {
    return new Trained(
        iteration, state, variables, optimizer, running, history, Optional.of(memory));
  }

  /**
   * Returns the start of a training, with an empty optimizer.
   *
   * @param network the network
   * @param start its parameters
   * @param parametrization defines the trained variables
   * @param iteration the first iteration on the plan
   * @return a position without completed steps
   */
  public static Trained begin(
      Network network, State start, Parametrization parametrization, long iteration) {
    return new Trained(
        iteration,
        start,
        PluginFailed.nonNull(
            "parametrization",
            parametrization,
            "variables",
            parametrization.variables(network, start)),
        State.EMPTY,
        Running.NONE,
        History.EMPTY);
  }
}
