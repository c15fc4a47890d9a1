// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** What the tests of the networks ask of a network. */
final class Nets {

  static final Shape MNIST = new Shape(1, 28, 28);
  static final Shape CIFAR = new Shape(3, 32, 32);

  private Nets() {}

  static State initial(Network network) {
    return network.initial(new Seed(1, 0).stream("init", 0));
  }

  static long weights(Network network) {
    return weights(network, layer -> true);
  }

  static long weights(Network network, Layer.Kind kind) {
    return weights(network, layer -> layer.kind() == kind);
  }

  private static long weights(Network network, Predicate<Layer> which) {
    return network.layers().stream().filter(which).mapToLong(Layer::size).sum();
  }

  /** The number of all parameters whose name ends so. */
  static long parameters(Network network, String... suffixes) {
    long count = 0;
    for (String suffix : suffixes) {
      count +=
          network.parameters().entrySet().stream()
              .filter(entry -> entry.getKey().endsWith(suffix))
              .mapToLong(entry -> entry.getValue().getShape().size())
              .sum();
    }
    return count;
  }

  /** What a block gives in evaluation, with the parameters of a state in the input's type. */
  static NDArray forward(Network network, Block block, State state, NDArray input) {
    return forward(network, block, state, input, input.getDataType());
  }

  /** What a network gives for tokens in evaluation, with the parameters of a state. */
  static NDArray forwardTokens(Network network, State state, NDArray tokens) {
    return forward(network, network.block(), state, tokens, DataType.FLOAT32);
  }

  /** What a network gives for tokens in evaluation, in float64 and with another table of tokens. */
  static NDArray forwardTokens(Network network, State state, NDArray tokens, NDArray table) {
    Map<String, NDArray> byId = arrays(network, state, tokens.getManager(), DataType.FLOAT64);
    byId.put(network.parameters().get("embedding.weight").getId(), table);
    return forward(network.block(), byId, tokens);
  }

  private static Map<String, NDArray> arrays(
      Network network, State state, NDManager manager, DataType type) {
    Map<String, NDArray> byId = new HashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) ->
                byId.put(parameter.getId(), state.get(name).on(manager).toType(type, false)));
    return byId;
  }

  private static NDArray forward(
      Network network, Block block, State state, NDArray input, DataType type) {
    return forward(block, arrays(network, state, input.getManager(), type), input);
  }

  private static NDArray forward(Block block, Map<String, NDArray> byId, NDArray input) {
    NDManager manager = input.getManager();
    ParameterStore store =
        new ParameterStore(manager, false) {
          @Override
          public NDArray getValue(Parameter parameter, Device device, boolean training) {
            return parameter == null ? null : byId.get(parameter.getId());
          }
        };
    return block.forward(store, new NDList(input), false).singletonOrThrow();
  }

  /** A state cut to the shapes of a network: the first rows of tables that have more. */
  static State cut(State state, Network network) {
    Map<String, Tensor> tensors = new HashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] values = new float[(int) parameter.getShape().size()];
              state.get(name).values().get(values);
              tensors.put(name, Tensor.of(parameter.getShape(), values));
            });
    return State.of(tensors);
  }

  /** The logits of two images that are always the same. */
  static double[] logits(Network network, State state, DataType type) {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray logits = forward(network, network.block(), state, images(network, manager, type));
      return logits.toType(DataType.FLOAT64, false).toDoubleArray();
    }
  }

  static NDArray images(Network network, NDManager manager, DataType type) {
    Shape batch = network.batch(2);
    return manager
        .arange((int) batch.size())
        .toType(DataType.FLOAT64, false)
        .mul(0.7)
        .sin()
        .reshape(batch)
        .toType(type, false);
  }

  /** The shape of the logits of two images, whatever the weights. */
  static Shape shape(Network network) {
    try (NDManager manager = NDManager.newBaseManager()) {
      return network
          .block()
          .forward(
              new ParameterStore(manager, false),
              new NDList(images(network, manager, DataType.FLOAT32)),
              false)
          .singletonOrThrow()
          .getShape();
    }
  }

  static double deviation(Tensor tensor) {
    double sum = 0;
    FloatBuffer values = tensor.values();
    while (values.hasRemaining()) {
      double value = values.get();
      sum += value * value;
    }
    return Math.sqrt(sum / tensor.size());
  }
}
