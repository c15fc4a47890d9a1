// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.util.Arrays;

/**
 * Features and labels of a training's steps: with the {@link Deficit} of the data in the epochs
 * that have it, and as they are in all others. What a deficit needs is put on the device once, so
 * that steps copy nothing there.
 */
final class DeficitSchedule {

  private final DeviceExamples examples;
  private final Deficit deficit;
  private final Blur blur;
  private final NDArray noise;

  /**
   * Puts what is needed on the manager's device, owned by the manager; nothing without a deficit.
   *
   * @param data the data set
   * @param examples its training examples
   * @param seed of the trial
   */
  DeficitSchedule(Data data, DeviceExamples examples, Seed seed, NDManager manager) {
    this.examples = examples;
    deficit = data.deficit().orElse(null);
    blur = is(Deficit.Kind.BLUR) ? new Blur(data.input(), deficit.factor(), manager) : null;
    noise = is(Deficit.Kind.LABEL_NOISE) ? noise(data, seed, manager) : null;
  }

  private boolean is(Deficit.Kind kind) {
    return deficit != null && deficit.kind() == kind;
  }

  /** Normalised features (batch, then the network's input) as an epoch sees them. */
  NDArray features(NDArray normalised, long epoch) {
    return blur != null && deficit.lasts(epoch) ? blur.of(normalised) : normalised;
  }

  /** Labels of some examples as an epoch sees them, int64; {@code rows} are int64 indices. */
  NDArray labels(NDArray rows, long epoch) {
    return noise != null && deficit.lasts(epoch)
        ? noise.get(new NDIndex("{}", rows))
        : examples.labels(rows);
  }

  private NDArray noise(Data data, Seed seed, NDManager manager) {
    long[] labels = Arrays.stream(data.train().labels()).asLongStream().toArray();
    RandomStream random = seed.stream("label-noise", 0);
    int[] order = random.permutation(labels.length);
    long wrong = Math.round(deficit.fraction() * labels.length);
    for (int i = 0; i < wrong; i++) {
      labels[order[i]] = random.nextInt(data.classes());
    }
    return manager.create(labels, new Shape(labels.length));
  }
}
