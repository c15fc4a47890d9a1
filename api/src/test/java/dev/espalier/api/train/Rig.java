// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;

/** Drives an optimizer by hand, with gradients and learning rates of one's choice. */
final class Rig implements AutoCloseable {

  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray w;
  private final Moments moments;
  private final Optimizer.Updater updater;

  /** Variables of the given values. */
  Rig(Optimizer optimizer, float... start) {
    w = manager.create(start);
    moments = new Moments(w);
    updater = optimizer.on(w, moments);
  }

  /** Variables whose optimizer resumes. */
  Rig(Optimizer optimizer, Rig other) {
    w = manager.create(other.values());
    moments =
        new Moments(
            w,
            other.moments.steps(),
            (name, zeros) -> zeros.addi(manager.create(other.moment(name))));
    updater = optimizer.on(w, moments);
  }

  /** One step; returns the first value after it. */
  double step(double learningRate, float... gradient) {
    moments.count();
    updater.step(manager.create(gradient), learningRate);
    return values()[0];
  }

  float[] values() {
    return w.toFloatArray();
  }

  float[] moment(String name) {
    return moments.arrays().get(name).toFloatArray();
  }

  Moments moments() {
    return moments;
  }

  @Override
  public void close() {
    manager.close();
  }
}
