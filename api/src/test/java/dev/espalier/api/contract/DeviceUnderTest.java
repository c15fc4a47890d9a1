// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import org.opentest4j.TestAbortedException;

/**
 * The devices whose results a test compares with those of the CPU. A test takes one as its
 * parameter. On a machine without a GPU it then runs on the CPU, where results must be equal bit
 * for bit, and the case of the GPU is skipped with a message.
 *
 * <p>{@code -Despalier.gpu=required} makes such a test fail instead of being skipped.
 */
public enum DeviceUnderTest {
  /** The CPU: the same bits in every run. */
  CPU,

  /** The first GPU: the same results within a {@link Tolerance}. */
  GPU;

  private static final String PROPERTY = "espalier.gpu";

  /**
   * Returns the device. Without a GPU, {@link #GPU} skips or fails the test.
   *
   * @return the CPU or the first GPU
   */
  public Device device() {
    return this == CPU ? Device.cpu() : gpu(0);
  }

  /**
   * Returns the largest difference from the CPU that is no error.
   *
   * @return none on the CPU; on a GPU that of its convolutions
   */
  public Tolerance tolerance() {
    return this == CPU ? Tolerance.NONE : Tolerance.ofGpu(System.getenv("NVIDIA_TF32_OVERRIDE"));
  }

  /**
   * Returns a GPU, or skips or fails the test where there are not enough.
   *
   * @param id the number of the GPU, from 0
   * @return the GPU
   */
  public static Device gpu(int id) {
    Engine engine = Engine.getInstance();
    // PyTorch's own word: DJL counts 0 where it does not find the CUDA runtime.
    boolean isCuda = engine.hasCapability(StandardCapabilities.CUDA);
    int count = isCuda ? Math.max(1, engine.getGpuCount()) : 0;
    if (id < count) {
      return Device.gpu(id);
    }
    String why =
        "this test needs "
            + (id == 0 ? "a GPU" : id + 1 + " GPUs")
            + ", and PyTorch "
            + engine.getVersion()
            + " finds "
            + (count == 0 ? "none" : count);
    if ("required".equals(System.getProperty(PROPERTY))) {
      throw new AssertionError(why + ", but -D" + PROPERTY + "=required was given");
    }
    throw new TestAbortedException(why + "; -D" + PROPERTY + "=required makes this a failure");
  }
}
