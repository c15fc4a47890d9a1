// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.state.HostCopy;

/** Reads the time at which a device has finished all its work: a GPU call returns before that. */
final class Clock implements AutoCloseable {

  private final NDManager manager;
  private final NDArray number;

  Clock(Device device) {
    manager = NDManager.newBaseManager(device);
    number = manager.create(0f);
    number.set(new float[] {1}); // PyTorch warns of this once: here, not between lines of a table
  }

  /** Waits for the device and returns the time in nanoseconds. */
  long now() {
    HostCopy.floats(number); // waits for everything else in the device's queue
    return System.nanoTime();
  }

  @Override
  public void close() {
    manager.close();
  }
}
