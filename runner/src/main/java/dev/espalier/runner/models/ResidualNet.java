// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.Layer;
import dev.espalier.api.NamedBlocks;
import dev.espalier.api.Network;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts a residual network together: a stem, stages of blocks, the average over the image, a linear
 * layer. No convolution has a bias. Where a block changes the shape, its shortcut is a 1x1
 * convolution; elsewhere it is the identity.
 */
final class ResidualNet {

  /** What is in a block. */
  enum Form {
    /** Two 3x3 convolutions, the first with the stride, each with batch norm; ReLU last. */
    BASIC,
    /** Convolutions 1x1, 3x3 with the stride, and 1x1 to four times the channels; ReLU last. */
    BOTTLENECK,
    /**
     * Two 3x3 convolutions, the first with the stride, batch norm and ReLU before each. A 1x1
     * convolution on the shortcut takes what the first ReLU gives, and has no batch norm.
     */
    PREACTIVATED
  }

  private final NamedBlocks blocks = new NamedBlocks();
  private final List<String> shortcuts = new ArrayList<>();
  private final Variant variant;
  private int stages;
  private int width;

  ResidualNet(Variant variant) {
    this.variant = variant;
  }

  ResidualNet convolution(int kernel, int channels, int stride) {
    blocks.add("conv1", Parts.convolution(kernel, channels, stride, false));
    width = channels;
    return this;
  }

  /** Batch norm and ReLU. */
  ResidualNet norm() {
    blocks.add("bn1", bn()).add(Parts.relu());
    return this;
  }

  /** Max-pooling of 3x3 by 2, padded by 1. */
  ResidualNet pool() {
    blocks.add(Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)));
    return this;
  }

  /** Blocks of one form, the first with a stride. */
  ResidualNet stage(Form form, int count, int channels, int stride) {
    stages++;
    NamedBlocks stage = new NamedBlocks();
    int outputs = form == Form.BOTTLENECK ? 4 * channels : channels;
    for (int block = 1; block <= count; block++) {
      int step = block == 1 ? stride : 1;
      boolean projected = step != 1 || outputs != width;
      Residual residual =
          switch (form) {
            case BASIC -> basic(channels, step);
            case BOTTLENECK -> bottleneck(channels, step);
            case PREACTIVATED -> preactivated(channels, step, projected);
          };
      if (projected) {
        residual.shortcut("shortcut", Parts.convolution(1, outputs, step, false));
        shortcuts.add("stage" + stages + ".block" + block + ".shortcut.weight");
        if (form != Form.PREACTIVATED) {
          residual.shortcut("shortcutBn", bn());
        }
      }
      stage.add("block" + block, residual);
      if (form != Form.PREACTIVATED) {
        stage.add(Parts.relu());
      }
      width = outputs;
    }
    blocks.add("stage" + stages, stage);
    return this;
  }

  Network network(String name, Shape input, int classes) {
    Parts.check(name, input, 1);
    blocks.add(Pool.globalAvgPool2dBlock()).add("fc", Parts.linear(classes, variant.affine()));
    Network.Builder network = variant.initialise(Network.builder(name, blocks, input));
    shortcuts.forEach(layer -> network.optKind(layer, Layer.Kind.SHORTCUT));
    return network.build();
  }

  private Residual basic(int channels, int stride) {
    return new Residual()
        .body("conv1", Parts.convolution(3, channels, stride, false))
        .body("bn1", bn())
        .body("relu", Parts.relu())
        .body("conv2", Parts.convolution(3, channels, 1, false))
        .body("bn2", bn());
  }

  private Residual bottleneck(int channels, int stride) {
    return new Residual()
        .body("conv1", Parts.convolution(1, channels, 1, false))
        .body("bn1", bn())
        .body("relu1", Parts.relu())
        .body("conv2", Parts.convolution(3, channels, stride, false))
        .body("bn2", bn())
        .body("relu2", Parts.relu())
        .body("conv3", Parts.convolution(1, 4 * channels, 1, false))
        .body("bn3", bn());
  }

  private Residual preactivated(int channels, int stride, boolean projected) {
    Residual residual = new Residual();
    if (projected) {
      residual.first("bn1", bn()).first("relu1", Parts.relu());
    } else {
      residual.body("bn1", bn()).body("relu1", Parts.relu());
    }
    return residual
        .body("conv1", Parts.convolution(3, channels, stride, false))
        .body("bn2", bn())
        .body("relu2", Parts.relu())
        .body("conv2", Parts.convolution(3, channels, 1, false));
  }

  private BatchNorm bn() {
    return Parts.norm(variant.affine());
  }
}
