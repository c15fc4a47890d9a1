// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import java.util.function.UnaryOperator;
import org.apiguardian.api.API;

/**
 * The settings of a GPU that change the bits of results. PyTorch computes convolutions in TF32 by
 * default, with a mantissa of 10 bits, on GPUs from compute capability 8.0.
 *
 * @param tf32 the operations in TF32: convolutions, convolutions and products, or off
 * @param benchmarks whether cuDNN chooses algorithms by their speed
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public record GpuMode(String tf32, boolean benchmarks) {

  /** The variable of NVIDIA's libraries; 0 switches TF32 off. */
  public static final String TF32 = "NVIDIA_TF32_OVERRIDE";

  /** The variable of PyTorch; 1 allows TF32 in matrix products. */
  public static final String TF32_PRODUCTS = "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE";

  /** The property that DJL reads when PyTorch starts. */
  public static final String BENCHMARK = "ai.djl.pytorch.cudnn_benchmark";

  /**
   * Returns the mode of this process.
   *
   * @return the mode, from the environment and a property of DJL
   */
  public static GpuMode here() {
    return of(System::getenv, Boolean.getBoolean(BENCHMARK));
  }

  static GpuMode of(UnaryOperator<String> environment, boolean benchmarks) {
    if ("0".equals(environment.apply(TF32))) {
      return new GpuMode("off", benchmarks);
    }
    boolean isOfProducts = "1".equals(environment.apply(TF32_PRODUCTS));
    return new GpuMode(isOfProducts ? "convolutions and products" : "convolutions", benchmarks);
  }
}
