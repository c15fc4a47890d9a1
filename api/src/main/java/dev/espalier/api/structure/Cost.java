// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.HashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The cost of a dense network.
 *
 * @param macs multiply-accumulate operations of one forward pass of one example, in convolutions
 *     and linear layers. A convolution has k * k * C_in / groups * C_out * H_out * W_out. A linear
 *     or recurrent layer has in * out, for each place of a sequence. Products of activations, as in
 *     attention, biases, norms and pooling are not counted. The code of pruning from scratch counts
 *     the inputs of average pooling, less than 0.02 % of its networks
 * @param parameters the number of trained values: weights, biases, and gamma and beta of batch norm
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Cost(long macs, long parameters) {

  /**
   * Computes the cost of a network.
   *
   * @param network the network
   * @return the cost
   */
  public static Cost of(Network network) {
    return of(network, Widths.usual());
  }

  /**
   * Computes the cost of a network in other widths, without building it.
   *
   * @param network the network
   * @param widths the width of each group; "usual" is its present width
   * @return the cost
   */
  public static Cost of(Network network, Widths widths) {
    Map<String, Shape> shapes = network.shapes(widths);
    Map<String, Long> positions = positions(network);
    long macs = 0;
    for (Layer layer : network.layers()) {
      macs += shapes.get(layer.name()).size() * positions.getOrDefault(layer.name(), 1L);
    }
    long parameters =
        shapes.entrySet().stream()
            .filter(entry -> network.trains(entry.getKey()))
            .mapToLong(entry -> entry.getValue().size())
            .sum();
    return new Cost(macs, parameters);
  }

  /**
   * Counts the multiply-accumulates of living weights in a forward pass of one example: as {@link
   * #macs}, with living weights in place of all weights.
   *
   * @param network the network
   * @param mask the living weights
   * @return their number; code that also multiplies by zeros is not faster
   */
  public static long macs(Network network, Mask mask) {
    Map<String, Long> positions = positions(network);
    return mask.layers().stream()
        .filter(network.layers()::contains) // no biases
        .mapToLong(layer -> mask.kept(layer) * positions.getOrDefault(layer.name(), 1L))
        .sum();
  }

  private static Map<String, Long> positions(Network network) {
    Map<String, Long> positions = new HashMap<>();
    positions(network.block(), byId(network), positions);
    return positions;
  }

  private static Map<String, String> byId(Network network) {
    Map<String, String> names = new HashMap<>();
    network.parameters().forEach((name, parameter) -> names.put(parameter.getId(), name));
    return names;
  }

  /** Returns the number of positions of each layer in one example, over all its uses. */
  private static void positions(
      Block block, Map<String, String> names, Map<String, Long> positions) {
    for (Parameter parameter : block.getDirectParameters().values()) {
      if (parameter.getType() == Parameter.Type.WEIGHT) {
        positions.merge(names.get(parameter.getId()), here(block, parameter), Long::sum);
      }
    }
    block.getChildren().values().forEach(child -> positions(child, names, positions));
  }

  private static long here(Block block, Parameter weights) {
    if (weights.getShape().dimension() < 2) {
      return 1;
    }
    Shape[] inputs = block.describeInput().values().toArray(Shape[]::new);
    if (weights.getShape().dimension() > 2) {
      return block.getOutputShapes(inputs)[0].slice(2).size();
    }
    // DJL's linear layers describe their input without its last axis, the features.
    int end = inputs[0].dimension() - (block instanceof Linear ? 0 : 1);
    return inputs[0].slice(1, Math.max(1, end)).size();
  }
}
