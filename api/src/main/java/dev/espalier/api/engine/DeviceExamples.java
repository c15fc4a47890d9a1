// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.View;
import dev.espalier.api.state.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Examples for a device, with features and targets of their stored type, one row per example. A
 * batch is one gather of rows, augmented on request, then normalised on the device. An input
 * smaller than the stored example is its centre, unless augmentations choose another part.
 */
final class DeviceExamples implements AutoCloseable {

  private final DeviceTable features;
  private final DeviceTable targets;
  private final NDArray labels;
  private final NDArray scale;
  private final NDArray shift;
  private final Shape shape;
  private final Shape target;
  private final Objective objective;
  private final Shape input;
  private final List<Augmentation> augmentations;
  private final boolean isMarginMean;
  private final int size;
  private final Examples examples;

  /** Copies examples to the manager's device; the manager owns them. */
  DeviceExamples(Examples examples, Data data, NDManager manager) {
    this(examples, data, true, manager);
  }

  /**
   * Creates examples for a device.
   *
   * @param examples a part of the data set
   * @param data the data set, with the normalisation and the input shape
   * @param isResident whether to copy all examples to the device; labels always are
   * @param manager the owner of arrays, which sets the device
   */
  DeviceExamples(Examples examples, Data data, boolean isResident, NDManager manager) {
    Normalisation normalisation = data.normalisation();
    this.examples = examples;
    objective = data.objective();
    size = examples.size();
    target = examples.targets().shape();
    shape = examples.shape();
    input = data.input();
    augmentations = data.augmentations();
    isMarginMean = augmentations.stream().anyMatch(Augmentation::isMarginMean);
    features = DeviceTable.of(examples.features(), isResident, manager);
    boolean isLabelled = examples.isLabelled();
    labels = isLabelled ? Indices.of(examples.labels(), manager).array() : null;
    targets = isLabelled ? null : DeviceTable.of(examples.targets(), isResident, manager);
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

  /** Returns the examples in the heap. */
  Examples examples() {
    return examples;
  }

  Objective objective() {
    return objective;
  }

  /** Returns whether features are tokens, which are int64 and not normalised. */
  boolean isOfTokens() {
    return examples.type() == DataType.INT32;
  }

  /** Returns whether {@link #augmented} draws random numbers. */
  boolean isAugmented() {
    return !augmentations.isEmpty();
  }

  /** Says which examples the next batch has. */
  void expect(int... rows) {
    features.expect(rows);
    if (targets != null) {
      targets.expect(rows);
    }
  }

  /** Normalised features of some examples, float32, or tokens, int64. */
  NDArray features(Indices indices) {
    return normalise(centre(images(indices)));
  }

  /**
   * Normalised features of some examples for training: augmented, each with separate numbers from
   * the stream, in the order of the indices. No data is read from the device.
   *
   * @param indices the examples
   * @param random the random stream; unused without augmentation
   * @return (rows, then the shape of the network's input), float32
   */
  NDArray augmented(Indices indices, RandomStream random) {
    if (!isAugmented()) {
      return features(indices);
    }
    List<View> views = new ArrayList<>();
    for (int i = 0; i < indices.rows().length; i++) {
      View view = View.of(shape, input);
      for (Augmentation augmentation : augmentations) {
        view = augmentation.apply(view, random);
      }
      views.add(view.centred());
    }
    return isMarginMean
        ? Resampling.of(normalise(images(indices)), views)
        : normalise(Resampling.of(images(indices).toType(DataType.FLOAT32, false), views));
  }

  /** Targets of some examples: int64 if they are stored as int32, else of their stored type. */
  NDArray targets(Indices indices) {
    return labels != null
        ? labels.gather(indices.array(), 0)
        : targets(targets.gather(indices), indices.rows().length);
  }

  private NDArray targets(NDArray table, int count) {
    return wide(table.reshape(new Shape(count).addAll(target)));
  }

  private static NDArray wide(NDArray numbers) {
    return numbers.getDataType() == DataType.INT32
        ? numbers.toType(DataType.INT64, false)
        : numbers;
  }

  /** Normalised features of the examples from one index up to another. */
  NDArray features(int from, int to) {
    return normalise(centre(images(features.slice(from, to), to - from)));
  }

  /** Targets of the examples from one index up to another. */
  NDArray targets(int from, int to) {
    return labels != null
        ? labels.get(new NDIndex().addSliceDim(from, to))
        : targets(targets.slice(from, to), to - from);
  }

  private NDArray images(Indices indices) {
    return images(features.gather(indices), indices.rows().length);
  }

  private NDArray images(NDArray table, long count) {
    return table.reshape(new Shape(count).addAll(shape));
  }

  private NDArray centre(NDArray images) {
    if (input.equals(shape)) {
      return images;
    }
    View centre = View.of(shape, input).centred();
    NDIndex index = new NDIndex().addAllDim().addAllDim();
    for (View.Axis axis : List.of(centre.rows(), centre.columns())) {
      long from = (long) axis.offset();
      index.addSliceDim(from, from + axis.size());
    }
    return images.get(index);
  }

  private NDArray normalise(NDArray images) {
    if (isOfTokens()) {
      return wide(images);
    }
    NDArray numbers = images.toType(DataType.FLOAT32, false);
    // A change of type creates a new array; features of float32 may be the data set's.
    NDArray scaled = numbers == images ? numbers.mul(scale) : numbers.muli(scale);
    return shift == null ? scaled : scaled.addi(shift);
  }

  /** Ends the threads that read examples; the manager frees the arrays. */
  @Override
  public void close() {
    features.close();
    if (targets != null) {
      targets.close();
    }
  }
}
