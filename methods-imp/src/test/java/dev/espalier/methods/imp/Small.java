// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import java.util.List;

/** A network for {@link TinyProblem} with batch norm on two groups of channels. */
final class Small {

  private Small() {}

  /** 16 and 16 channels, whose scales are drawn from an interval. */
  static Network network(double lowGamma, double highGamma) {
    return network(16, lowGamma, highGamma);
  }

  /** 16 and some channels: 9 * 16 + 9 * 16 * n + 12 * n prunable weights. */
  static Network network(int n, double lowGamma, double highGamma) {
    return Network.builder(
            "small",
            widths -> block(widths.of("conv1", 16), widths.of("conv2", n)),
            TinyProblem.INPUT)
        .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2"))
        .optGroup("conv2", List.of("conv2", "bn2"), List.of("out"))
        .optGamma(lowGamma, highGamma)
        .build();
  }

  /** Of 4x4 positions the first convolution has all, the second 2x2. */
  static long macs(int conv1, int conv2) {
    return 9L * conv1 * 16 + 9L * conv1 * conv2 * 4 + 4L * conv2 * TinyProblem.CLASSES;
  }

  private static Block block(int conv1, int conv2) {
    return new NamedBlocks()
        .add("conv1", convolution(conv1))
        .add("bn1", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add("conv2", convolution(conv2))
        .add("bn2", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Blocks.batchFlattenBlock())
        .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
  }

  private static Block convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .setFilters(filters)
        .optPadding(new Shape(1, 1))
        .optBias(false)
        .build();
  }
}
