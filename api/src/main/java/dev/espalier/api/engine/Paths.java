// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.Gradients;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights on a path from input to output; see {@link TrainingEngine#analyse}.
 *
 * <p>Every unit has positive weights that add up to 1. So it averages its living inputs, and values
 * neither grow nor vanish with depth. Max-pooling propagates the derivative only to the largest
 * position of a window. Where maps are as small as a window, a corner of the kernels before it
 * reaches one position only. So the network is differentiated once for each position of a kernel,
 * in a different order in each layer. The weights at this position are so large that their outputs
 * are the maxima.
 */
final class Paths {

  /** The number of random inputs for each draw of the weights. */
  private static final int INPUTS = 2;

  /** The factor of a kernel's chosen position over the others. */
  private static final double OUTWEIGHS = 100;

  private final Network network;
  private final Mask mask;
  private final DeviceExamples examples;
  private final NDManager parent;
  private final DataType precision;
  private final RandomStream random = new Seed(0, 0).stream("analysis", 0);
  private final RandomStream outputs = new Seed(0, 0).stream("analysis", 1);
  private final Map<String, int[]> orders = new HashMap<>();
  private final Map<String, BitSet> found = new HashMap<>();
  private final int draws;

  private Paths(
      Network network, Mask mask, DataType precision, DeviceExamples examples, NDManager parent) {
    this.network = network;
    this.mask = mask;
    this.examples = examples;
    this.parent = parent;
    this.precision = precision;
    for (Layer layer : network.layers()) {
      orders.put(layer.name(), random.permutation(kernel(layer)));
      found.put(layer.name(), new BitSet());
    }
    draws = orders.values().stream().mapToInt(order -> order.length).max().orElse(0);
  }

  /** Finds the weights of a mask that are on a path. */
  static Paths find(
      Network network, Mask mask, DataType precision, DeviceExamples examples, NDManager parent) {
    Paths paths = new Paths(network, mask, precision, examples, parent);
    for (int draw = 0; draw < paths.draws && !paths.areAllFound(); draw++) {
      paths.look(draw);
    }
    return paths;
  }

  Analysis analysis() {
    return new Analysis(network.layers().stream().map(this::of).toList());
  }

  /**
   * Returns the layers of a dense network in which weights are missed. A kernel position that
   * applies only to padding is on no path, nor is a layer that the output does not depend on.
   */
  List<Layer> missed() {
    return network.layers().stream().filter(this::isMissed).toList();
  }

  private boolean isMissed(Layer layer) {
    BitSet onPath = found.get(layer.name());
    if (onPath.isEmpty()) {
      return isUsed(layer);
    }
    int kernel = kernel(layer);
    int[] counts = new int[kernel];
    onPath.stream().forEach(i -> counts[i % kernel]++);
    return Arrays.stream(counts).anyMatch(count -> count != 0 && count != layer.size() / kernel);
  }

  /** Returns whether NaN weights of a layer reach the output. */
  private boolean isUsed(Layer layer) {
    float[] values = new float[layer.size()];
    Arrays.fill(values, Float.NaN);
    State unknown = State.of(Map.of(layer.name(), Tensor.of(layer.shape(), values)));
    try (DeviceGradients gradients = at(positive(0).with(unknown))) {
      return HostCopy.isTrue(gradients.outputs(input(gradients)).isNaN().any());
    }
  }

  /** Returns the number of positions of a layer's kernel, 1 if it is linear. */
  private static int kernel(Layer layer) {
    long[] shape = layer.shape().getShape();
    return Math.toIntExact(layer.size() / (shape[0] * shape[1]));
  }

  private boolean areAllFound() {
    return network.layers().stream()
        .allMatch(layer -> found.get(layer.name()).cardinality() == mask.kept(layer));
  }

  private DeviceGradients at(State state) {
    Mask weights = Mask.of(network.layers(), (layer, bits) -> mask.alive(layer));
    return new DeviceGradients(
        network,
        examples,
        parent.newSubManager(),
        state,
        weights,
        new DeviceGradients.Passes(
            precision, Gradients.BatchNorm.RUNNING, random.nextInt(), PassListener.UNHEARD));
  }

  private NDArray input(DeviceGradients gradients) {
    Shape shape = network.batch(INPUTS);
    return positive(random, shape, gradients.manager());
  }

  private NDArray positive(RandomStream stream, Shape shape, NDManager manager) {
    double[] values = stream.doubles(shape.size(), 0.5, 1.5).toArray();
    return manager.create(values, shape).toType(precision, false);
  }

  /**
   * Weights the outputs differently. The plain sum over a softmax is 1: its derivative is a
   * rounding error, whose sign can be positive for all weights.
   */
  private NDArray weighted(NDArray logits) {
    return logits.mul(positive(outputs, logits.getShape(), logits.getManager()));
  }

  private void look(int draw) {
    try (DeviceGradients gradients = at(positive(draw))) {
      NDArray input = input(gradients);
      Map<String, NDArray> derivatives =
          gradients.unrefused(List.of(() -> weighted(gradients.outputs(input)).sum()));
      for (Layer layer : network.layers()) {
        double[] derivative = HostCopy.doubles(derivatives.get(layer.name()));
        BitSet alive = mask.alive(layer);
        for (int i = alive.nextSetBit(0); i >= 0; i = alive.nextSetBit(i + 1)) {
          if (derivative[i] > 0) {
            found.get(layer.name()).set(i);
          }
        }
      }
    }
  }

  private Analysis.OfLayer of(Layer layer) {
    BitSet onPath = found.get(layer.name());
    int units = Math.toIntExact(layer.shape().get(0));
    int row = layer.size() / units;
    int deadUnits = 0;
    for (int unit = 0; unit < units; unit++) {
      int first = onPath.nextSetBit(unit * row);
      deadUnits += first < 0 || first >= (unit + 1) * row ? 1 : 0;
    }
    return new Analysis.OfLayer(layer, mask.kept(layer), onPath.cardinality(), deadUnits);
  }

  /** Returns parameters that block no path. */
  private State positive(int draw) {
    Map<String, Layer> layers = new HashMap<>();
    network.layers().forEach(layer -> layers.put(layer.name(), layer));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] values = new float[Math.toIntExact(parameter.getShape().size())];
              if (layers.containsKey(name)) {
                fill(values, layers.get(name), draw);
              } else if (parameter.getType() == Parameter.Type.GAMMA
                  || parameter.getType() == Parameter.Type.RUNNING_VAR
                  || parameter.getType() == Parameter.Type.WEIGHT) {
                Arrays.fill(values, 1);
              }
              tensors.put(name, Tensor.of(parameter.getShape(), values));
            });
    return State.of(tensors);
  }

  /** Draws random living weights; those of a unit add up to 1. */
  private void fill(float[] values, Layer layer, int draw) {
    BitSet alive = mask.alive(layer);
    int[] order = orders.get(layer.name());
    int chosen = order[draw % order.length];
    int row = values.length / Math.toIntExact(layer.shape().get(0));
    for (int unit = 0; unit < values.length; unit += row) {
      double sum = 0;
      for (int i = alive.nextSetBit(unit); i >= 0 && i < unit + row; i = alive.nextSetBit(i + 1)) {
        double weight = random.nextDouble(0.5, 1.5);
        values[i] = (float) (i % order.length == chosen ? OUTWEIGHS * weight : weight);
        sum += values[i];
      }
      for (int i = alive.nextSetBit(unit); i >= 0 && i < unit + row; i = alive.nextSetBit(i + 1)) {
        values[i] /= (float) sum;
      }
    }
  }
}
