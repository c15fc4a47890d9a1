// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import dev.espalier.api.Parametrization;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;

/**
 * A parametrization with an L1 penalty on the scales of batch norm. It adds s * sign(gamma) to the
 * gradient of every trained gamma: the sub-gradient of s * sum |gamma|, which is 0 at 0. Beta is
 * not penalised; weight decay, if the optimizer has any, comes in addition.
 *
 * <p>Source: Liu et al., ICCV 2017, arXiv:1708.06519, equation 1, and its code, which penalises
 * batch norms of feature maps. Espalier also penalises those behind linear layers, which its
 * networks do not have.
 *
 * @param s the strength, above 0; see {@link #of}
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ScalePenalty(double s) implements Parametrization {

  /**
   * Returns the parametrization of a penalty. For s = 0 it is {@link Parametrization#dense}, so
   * that both share stored steps.
   *
   * @param s the strength, 0 or more
   * @return the parametrization
   */
  public static Parametrization of(double s) {
    return s == 0 ? Parametrization.dense() : new ScalePenalty(s);
  }

  @Override
  public State variables(Network network, State start) {
    return Parametrization.dense().variables(network, start);
  }

  @Override
  public Parametrization.OnDevice on(Network network, State state, NDManager manager) {
    Parametrization.OnDevice dense = Parametrization.dense().on(network, state, manager);
    NDArray strength = Scalar.constant(manager, DataType.FLOAT32, s);
    List<String> gammas =
        network.parameters().keySet().stream()
            .filter(network::trains)
            .filter(name -> network.parameters().get(name).getType() == Parameter.Type.GAMMA)
            .toList();
    return new Parametrization.OnDevice() {
      @Override
      public Map<String, NDArray> forward(Map<String, NDArray> variables) {
        return dense.forward(variables);
      }

      @Override
      public void pullback(
          Map<String, NDArray> variables,
          Map<String, NDArray> gradients,
          BiConsumer<String, NDArray> update) {
        for (String gamma : gammas) {
          gradients.get(gamma).addi(variables.get(gamma).sign().muli(strength));
        }
        dense.pullback(variables, gradients, update);
      }
    };
  }
}
