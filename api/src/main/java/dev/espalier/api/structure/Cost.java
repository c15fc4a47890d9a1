// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Group;
import dev.espalier.api.Layer;
import dev.espalier.api.Network;
import dev.espalier.api.Widths;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a dense network costs.
 *
 * @param macs multiply-accumulate operations of one forward pass of one example, in convolutions
 *     and linear layers: the size of the weights times the positions that they are applied at, k *
 *     k * C_in / groups * C_out * H_out * W_out of a convolution, in * out of a linear layer.
 *     Biases, batch norm and pooling are not counted; the code of pruning from scratch counts the
 *     inputs of average pooling, which is less than 0.02 % of its networks
 * @param parameters numbers that are trained: weights, biases, and gamma and beta of batch norm
 */
public record Cost(long macs, long parameters) {

  /**
   * The cost of a network as it is.
   *
   * @param network the network; its blocks must be initialised by it, or for single inputs
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
    Map<String, Shape> shapes = shapes(network, widths);
    Map<String, Long> positions = new HashMap<>();
    positions(network.block(), byId(network), positions);
    long macs = 0;
    for (Layer layer : network.layers()) {
      macs += shapes.get(layer.name()).size() * positions.get(layer.name());
    }
    long parameters =
        shapes.entrySet().stream()
            .filter(entry -> network.trains(entry.getKey()))
            .mapToLong(entry -> entry.getValue().size())
            .sum();
    return new Cost(macs, parameters);
  }

  private static Map<String, Shape> shapes(Network network, Widths widths) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    network.parameters().forEach((name, parameter) -> shapes.put(name, parameter.getShape()));
    for (Group group : network.groups()) {
      int width = widths.of(group.name(), group.size());
      for (Group.Slice slice : group.slices()) {
        long[] axes = shapes.get(slice.parameter()).getShape().clone();
        axes[slice.axis()] = (long) width * slice.stride();
        shapes.put(slice.parameter(), new Shape(axes));
      }
    }
    return shapes;
  }

  private static Map<String, String> byId(Network network) {
    Map<String, String> names = new HashMap<>();
    network.parameters().forEach((name, parameter) -> names.put(parameter.getId(), name));
    return names;
  }

  /** At how many positions of one example each layer's weights are applied. */
  private static void positions(
      Block block, Map<String, String> names, Map<String, Long> positions) {
    for (Parameter parameter : block.getDirectParameters().values()) {
      if (parameter.getType() == Parameter.Type.WEIGHT) {
        Shape[] inputs = block.describeInput().values().toArray(Shape[]::new);
        Shape output = block.getOutputShapes(inputs)[0];
        // DJL's linear layer describes its input without the axis that it reads.
        long all =
            block instanceof Linear
                ? inputs[0].size() / inputs[0].get(0)
                : output.size() / output.get(0) / parameter.getShape().get(0);
        positions.put(names.get(parameter.getId()), all);
      }
    }
    block.getChildren().values().forEach(child -> positions(child, names, positions));
  }
}
