// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import java.util.function.Consumer;
import java.util.function.IntFunction;

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

  private final Chain chain;
  private final CodeFamily variant;
  private int stages;
  private int width;

  private ResidualNet(Chain chain, CodeFamily variant) {
    this.chain = chain;
    this.variant = variant;
  }

  /** A network of a stem and stages, behind which come the average and the linear layer. */
  static Network network(
      String name, CodeFamily variant, Shape input, int classes, Consumer<ResidualNet> parts) {
    Parts.check(name, input, 1);
    Network.Builder network =
        Chain.network(
            name,
            input,
            chain -> {
              parts.accept(new ResidualNet(chain, variant));
              chain
                  .add(Pool.globalAvgPool2dBlock())
                  .output("fc", Parts.linear(classes, variant.affine()));
            });
    return variant.initialise(network).build();
  }

  ResidualNet convolution(int kernel, int channels, int stride) {
    chain.layer("conv1", "stem", channels, filters(kernel, stride));
    width = channels;
    return this;
  }

  /** Batch norm and ReLU. */
  ResidualNet norm() {
    chain.norm("bn1", bn()).add(Parts.relu());
    return this;
  }

  /** Max-pooling of 3x3 by 2, padded by 1. */
  ResidualNet pool() {
    chain.add(Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)));
    return this;
  }

  /** Blocks of one form, the first with a stride. */
  ResidualNet stage(Form form, int count, int channels, int stride) {
    stages++;
    String name = "stage" + stages;
    NamedBlocks stage = new NamedBlocks();
    int outputs = form == Form.BOTTLENECK ? 4 * channels : channels;
    for (int block = 1; block <= count; block++) {
      int step = block == 1 ? stride : 1;
      // Of the usual widths, so that a network of other widths has the same shortcuts.
      boolean projected = step != 1 || outputs != width;
      String group = projected ? name : chain.channels();
      Residual residual = new Residual();
      String path = name + ".block" + block;
      Chain body = chain.within(path, residual::body);
      switch (form) {
        case BASIC -> basic(body, channels, step, group);
        case BOTTLENECK -> bottleneck(body, channels, step, group);
        case PREACTIVATED -> {
          Chain first = projected ? chain.within(path, residual::first) : body;
          first.norm("bn1", bn()).add("relu1", Parts.relu());
          preactivated(body, channels, step, group);
        }
      }
      if (projected) {
        Chain shortcut = chain.within(path, residual::shortcut);
        shortcut.shortcut("shortcut", group, outputs, filters(1, step));
        if (form != Form.PREACTIVATED) {
          shortcut.norm("shortcutBn", bn());
        }
      }
      stage.add("block" + block, residual);
      if (form != Form.PREACTIVATED) {
        stage.add(Parts.relu());
      }
      chain.goOnFrom(group);
      width = outputs;
    }
    chain.add(name, stage);
    return this;
  }

  private void basic(Chain body, int channels, int stride, String group) {
    body.layer("conv1", channels, filters(3, stride))
        .norm("bn1", bn())
        .add("relu", Parts.relu())
        .layer("conv2", group, channels, filters(3, 1))
        .norm("bn2", bn());
  }

  private void bottleneck(Chain body, int channels, int stride, String group) {
    body.layer("conv1", channels, filters(1, 1))
        .norm("bn1", bn())
        .add("relu1", Parts.relu())
        .layer("conv2", channels, filters(3, stride))
        .norm("bn2", bn())
        .add("relu2", Parts.relu())
        .layer("conv3", group, 4 * channels, filters(1, 1))
        .norm("bn3", bn());
  }

  private void preactivated(Chain body, int channels, int stride, String group) {
    body.layer("conv1", channels, filters(3, stride))
        .norm("bn2", bn())
        .add("relu2", Parts.relu())
        .layer("conv2", group, channels, filters(3, 1));
  }

  private static IntFunction<Block> filters(int kernel, int stride) {
    return filters -> Parts.convolution(kernel, filters, stride, false);
  }

  private BatchNorm bn() {
    return Parts.norm(variant.affine());
  }
}
