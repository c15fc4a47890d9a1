// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.util.Optional;

/** The memory in which a device keeps its arrays. */
@FunctionalInterface
interface UsedMemory {

  /** Returns the current size in bytes. */
  long bytes();

  /**
   * Finds the memory of a device. That of a GPU is all its used memory: with PyTorch's cache, and
   * with that of other processes, which must not change during a measurement.
   *
   * @return empty where it cannot be measured
   */
  static Optional<UsedMemory> of(Device device) {
    if (!device.isGpu()) {
      return NativeMemory.here().map(memory -> memory);
    }
    return CudaUtils.hasCuda()
        ? Optional.of(() -> CudaUtils.getGpuMemory(device).getUsed())
        : Optional.empty();
  }
}
