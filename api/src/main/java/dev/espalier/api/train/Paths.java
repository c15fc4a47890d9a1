// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.Analysis;
import dev.espalier.api.Gradients;
import dev.espalier.api.Layer;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.RandomStream;
import dev.espalier.api.Seed;
import dev.espalier.api.State;
import dev.espalier.api.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which weights are on a path from input to output; see {@link TrainingEngine#analyse}. */
final class Paths {

  /** Random inputs looked at, so that each position of a max-pooling window is the largest once. */
  private static final int INPUTS = 8;

  private Paths() {}

  static Analysis analyse(Network network, Mask mask, DeviceExamples examples, NDManager parent) {
    RandomStream random = new Seed(0, 0).stream("analysis", 0);
    List<Layer> layers = network.layers();
    Mask weights = Mask.of(layers, (layer, bits) -> mask.alive(layer));
    try (Gradients gradients =
        new DeviceGradients(
            network,
            examples,
            parent.newSubManager(),
            positive(network),
            weights,
            DataType.FLOAT64,
            Gradients.BatchNorm.RUNNING,
            random,
            rows -> {})) {
      Shape shape = network.batch(INPUTS);
      double[] inputs = random.doubles(shape.size(), 0.5, 1.5).toArray();
      NDArray input = gradients.manager().create(inputs, shape);
      Map<String, NDArray> paths = gradients.of(() -> gradients.logits(input).sum());
      return new Analysis(layers.stream().map(layer -> of(layer, mask, paths)).toList());
    }
  }

  private static Analysis.OfLayer of(Layer layer, Mask mask, Map<String, NDArray> paths) {
    double[] derivative;
    try (NDArray array = paths.get(layer.name())) {
      derivative = array.toDoubleArray();
    }
    int onPath = 0;
    int deadUnits = 0;
    int units = Math.toIntExact(layer.shape().get(0));
    int row = layer.size() / units;
    for (int unit = 0; unit < units; unit++) {
      int alive = 0;
      for (int i = unit * row; i < (unit + 1) * row; i++) {
        alive += mask.keeps(layer, i) && derivative[i] > 0 ? 1 : 0;
      }
      onPath += alive;
      deadUnits += alive == 0 ? 1 : 0;
    }
    return new Analysis.OfLayer(layer, mask.kept(layer), onPath, deadUnits);
  }

  /** Parameters that let every path through: w = 1 / sqrt(fan_in), so that counts stay in range. */
  private static State positive(Network network) {
    Map<String, Layer> layers = new HashMap<>();
    network.layers().forEach(layer -> layers.put(layer.name(), layer));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] values = new float[Math.toIntExact(parameter.getShape().size())];
              if (layers.containsKey(name)) {
                double fanIn = (double) values.length / parameter.getShape().get(0);
                Arrays.fill(values, (float) (1 / Math.sqrt(fanIn)));
              } else if (parameter.getType() == Parameter.Type.GAMMA
                  || parameter.getType() == Parameter.Type.RUNNING_VAR
                  || parameter.getType() == Parameter.Type.WEIGHT) {
                Arrays.fill(values, 1);
              }
              tensors.put(name, Tensor.of(parameter.getShape(), values));
            });
    return State.of(tensors);
  }
}
