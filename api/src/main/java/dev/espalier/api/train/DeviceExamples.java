// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import dev.espalier.api.Examples;
import dev.espalier.api.Normalisation;
import java.util.Arrays;

/**
 * Examples on a device, features as they came (bytes stay bytes), one row an example. A batch is
 * one gather of rows, then normalised there. The gather is an embedding's look-up, which copies
 * whole rows; indexing by an array goes element by element, and takes ten times as long.
 */
final class DeviceExamples {

  private final NDArray features;
  private final NDArray labels;
  private final NDArray scale;
  private final NDArray shift;
  private final Shape shape;
  private final int size;

  /** Copies the examples to the manager's device; the manager owns them. */
  DeviceExamples(Examples examples, Normalisation normalisation, NDManager manager) {
    size = examples.size();
    shape = examples.shape();
    features = manager.create(examples.features(), new Shape(size, shape.size()), examples.type());
    labels =
        manager.create(Arrays.stream(examples.labels()).asLongStream().toArray(), new Shape(size));
    // (x / unit - mean) / std as x * scale + shift
    double unit = examples.type() == DataType.UINT8 ? 255 : 1;
    int channels = normalisation.mean().size();
    float[] factors = new float[channels];
    float[] offsets = new float[channels];
    for (int c = 0; c < channels; c++) {
      factors[c] = (float) (1 / (unit * normalisation.std().get(c)));
      offsets[c] = (float) (-normalisation.mean().get(c) / normalisation.std().get(c));
    }
    long[] broadcast = new long[shape.dimension()];
    Arrays.fill(broadcast, 1);
    if (channels > 1) {
      broadcast[0] = channels;
    }
    scale = manager.create(factors, new Shape(broadcast));
    shift =
        normalisation.mean().stream().allMatch(m -> m == 0)
            ? null
            : manager.create(offsets, new Shape(broadcast));
  }

  int size() {
    return size;
  }

  /** Normalised features of some examples, float32; {@code rows} are int64 indices. */
  NDArray features(NDArray rows) {
    NDList table = Embedding.embedding(rows, features, SparseFormat.DENSE);
    return normalise(table.singletonOrThrow());
  }

  /** Labels of some examples, int64. */
  NDArray labels(NDArray rows) {
    return labels.get(new NDIndex("{}", rows));
  }

  /** Normalised features of the examples from one index up to another. */
  NDArray features(int from, int to) {
    return normalise(features.get(new NDIndex().addSliceDim(from, to)));
  }

  /** Labels of the examples from one index up to another. */
  NDArray labels(int from, int to) {
    return labels.get(new NDIndex().addSliceDim(from, to));
  }

  private NDArray normalise(NDArray table) {
    Shape batch = new Shape(table.getShape().get(0)).addAll(shape);
    NDArray numbers = table.toType(DataType.FLOAT32, false);
    // A change of type has made an array of our own; features of float32 may be the data set's.
    NDArray shaped = numbers.reshape(batch);
    NDArray scaled = numbers == table ? shaped.mul(scale) : shaped.muli(scale);
    return shift == null ? scaled : scaled.addi(shift);
  }
}
