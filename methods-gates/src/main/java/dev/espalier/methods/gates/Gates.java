// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A parametrization with one trained gate lambda for each channel and fixed weights. N is the
 * number of gates. p is a parameter that a factor on a channel multiplies. It is gamma or beta of
 * its batch norm, of shape (C). In a layer without batch norm it is the weights (C, in) or (C, in,
 * kH, kW) or the biases (C):
 *
 * <pre>
 * lambda = 1 at first
 * p_eff = lambda_c * p                  in the entries of channel c, of each such p
 * objective   CE + gamma * (mean |lambda| - r)^2         the mean over all N gates
 * dL/dlambda_c = sum of p * dL/dp_eff over the entries of channel c
 *                + 2 * gamma * (mean |lambda| - r) / N * sign(lambda_c)
 * lambda clamped to [0, 1] after every step
 * </pre>
 *
 * <p>The penalty has the same gradient at every positive gate, and none at a gate that is 0. The
 * output of a channel with gate 0 is exactly 0 behind ReLU. The variable is one vector, {@code
 * gates} (N), group after group. No weight is differentiated; the running statistics of batch norm
 * are updated as usual.
 *
 * <p>Source: Wang et al., AAAI 2020, arXiv:1909.12579, section 3.2, and its code, whose gates are
 * behind batch norm, as here. Groups without a place for one gate, such as the sum of residual
 * blocks, have none in either. Espalier also has gates on layers without batch norm; the source
 * does not.
 *
 * @param ungated p, which are not changed
 * @param density r, the target of the mean of the gates
 * @param balance gamma, the weight of the penalty
 */
public record Gates(State ungated, double density, double balance) implements Parametrization {

  /** The name of the variable. */
  static final String GATES = "gates";

  /**
   * Creates gates on the channels of a network.
   *
   * @param network the network
   * @param state its parameters; the gated ones are stored
   * @param density r
   * @param balance gamma
   * @return the parametrization
   */
  static Gates of(Network network, State state, double density, double balance) {
    Map<String, Tensor> ungated = new LinkedHashMap<>();
    for (Group group : groups(network)) {
      group.gated().forEach(name -> ungated.put(name, state.get(name)));
    }
    return new Gates(State.of(ungated), density, balance);
  }

  /** The groups that have a gate for each channel, in the order of the gates. */
  static List<Group> groups(Network network) {
    return network.groups().stream().filter(group -> !group.gated().isEmpty()).toList();
  }

  @Override
  public State variables(Network network, State start) {
    float[] ones = new float[groups(network).stream().mapToInt(Group::size).sum()];
    Arrays.fill(ones, 1);
    return State.of(Map.of(GATES, Tensor.of(new Shape(ones.length), ones)));
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Map<String, NDArray> p = new LinkedHashMap<>();
    ungated.tensors().forEach((name, tensor) -> p.put(name, tensor.on(manager)));
    return new OnDevice(groups(network), p, density, balance, manager);
  }

  private static final class OnDevice implements Parametrization.OnDevice {

    private final List<Group> groups;
    private final Map<String, NDArray> p;
    private final long[] borders;
    private final NDArray one;
    private final NDArray r;
    private final NDArray strength;

    OnDevice(
        List<Group> groups,
        Map<String, NDArray> p,
        double density,
        double balance,
        NDManager manager) {
      this.groups = groups;
      this.p = p;
      long[] ends = groups.stream().mapToLong(Group::size).toArray();
      Arrays.parallelPrefix(ends, Long::sum);
      borders = Arrays.copyOf(ends, ends.length - 1);
      one = Scalar.constant(manager, DataType.FLOAT32, 1);
      r = Scalar.constant(manager, DataType.FLOAT32, density);
      strength = Scalar.constant(manager, DataType.FLOAT32, 2 * balance / ends[ends.length - 1]);
    }

    @Override
    public Map<String, NDArray> forward(Map<String, NDArray> variables) {
      NDList gates = variables.get(GATES).split(borders);
      Map<String, NDArray> effective = new LinkedHashMap<>();
      for (int i = 0; i < groups.size(); i++) {
        for (String name : groups.get(i).gated()) {
          long[] axes = new long[p.get(name).getShape().dimension()];
          Arrays.fill(axes, 1);
          axes[0] = groups.get(i).size();
          effective.put(name, p.get(name).mul(gates.get(i).reshape(axes)));
        }
      }
      return effective;
    }

    @Override
    public void pullback(
        Map<String, NDArray> variables,
        Map<String, NDArray> gradients,
        BiConsumer<String, NDArray> update) {
      NDList each = new NDList();
      for (Group group : groups) {
        NDArray sum = null;
        for (String name : group.gated()) {
          NDArray own = gradients.get(name).muli(p.get(name)).reshape(group.size(), -1);
          sum = sum == null ? own.sum(new int[] {1}) : sum.addi(own.sum(new int[] {1}));
        }
        each.add(sum);
      }
      NDArray gates = variables.get(GATES); // none is negative: lambda is |lambda|
      NDArray push = gates.mean().subi(r).muli(strength);
      update.accept(GATES, NDArrays.concat(each).addi(gates.sign().muli(push)));
    }

    /**
     * Clamps exactly: x + (-x) is 0, and x - (x - 1) is 1 for gates that one step moved above 1.
     */
    @Override
    public void project(Map<String, NDArray> variables) {
      NDArray gates = variables.get(GATES);
      gates.addi(Activation.relu(gates.neg()));
      gates.subi(Activation.relu(gates.sub(one)));
    }
  }
}
