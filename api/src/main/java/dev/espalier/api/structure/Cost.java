// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.HashMap;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * What a dense network costs.
 *
 * @param macs multiply-accumulate operations of one forward pass of one example, in convolutions
 *     and linear layers: the size of the weights times the positions that they are applied at, k *
 *     k * C_in / groups * C_out * H_out * W_out of a convolution, in * out of a linear layer, which
 *     is taken to be applied once. Biases, batch norm and pooling are not counted; the code of
 *     pruning from scratch counts the inputs of average pooling, which is less than 0.02 % of its
 *     networks
 * @param parameters numbers that are trained: weights, biases, and gamma and beta of batch norm
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Cost(long macs, long parameters) {

  /**
   * The cost of a network as it is.
   *
   * @param network the network
   * @return the cost
   */
  public static Cost of(Network network) {
    return of(network, Widths.usual());
  }

  /**
   * The cost that a network would have in other widths. Nothing is built for it.
   *
   * @param network the network
   * @param widths how wide each of its groups would be; "usual" is how wide it is
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
   * The multiply-accumulates of a forward pass of one example that zeros of a mask leave: as {@link
   * #macs}, but each layer's living weights times the positions.
   *
   * @param network the network
   * @param mask the weights alive
   * @return their number; what code gains by it that multiplies by zeros as well is nothing
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

  /** At how many positions of one example each convolution is applied. */
  private static void positions(
      Block block, Map<String, String> names, Map<String, Long> positions) {
    for (Parameter parameter : block.getDirectParameters().values()) {
      // DJL's linear layers do not say what they were initialised for, only how many features.
      if (parameter.getType() == Parameter.Type.WEIGHT && parameter.getShape().dimension() > 2) {
        Shape[] inputs = block.describeInput().values().toArray(Shape[]::new);
        Shape output = block.getOutputShapes(inputs)[0];
        positions.put(names.get(parameter.getId()), output.slice(2).size());
      }
    }
    block.getChildren().values().forEach(child -> positions(child, names, positions));
  }
}
