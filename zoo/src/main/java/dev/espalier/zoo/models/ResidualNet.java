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
import org.apiguardian.api.API;

/**
 * A residual network: a stem, stages of blocks, the average over the image and a linear layer
 * {@code fc}. No convolution has a bias. Where a block changes the shape, its shortcut is a 1x1
 * convolution; otherwise it is the identity. The layers are named {@code conv1}, {@code
 * stage1.block1.conv1} and so on.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ResidualNet {

  /** The layers of a block. */
  public enum Form {
    /** Two 3x3 convolutions, the first with the stride, each with batch norm; ReLU last. */
    BASIC,
    /** Convolutions 1x1, 3x3 with the stride, and 1x1 to four times the channels; ReLU last. */
    BOTTLENECK,
    /**
     * As {@link #BOTTLENECK}, with a grouped 3x3 convolution; see {@link ResidualNet#grouped}. The
     * channels before and behind it are in no group of channels.
     */
    GROUPED,
    /**
     * Two 3x3 convolutions, the first with the stride, batch norm and ReLU before each. A 1x1
     * convolution on the shortcut reads the output of the first ReLU, and has no batch norm.
     */
    PREACTIVATED
  }

  private final Chain chain;
  private final CodeFamily variant;
  private int stages;
  private int width;
  private int cardinality = 32;
  private int groupWidth = 4;

  private ResidualNet(Chain chain, CodeFamily variant) {
    this.chain = chain;
    this.variant = variant;
  }

  /**
   * Builds a network.
   *
   * @param name the network's name; a model's id
   * @param variant the biases, batch norm and initialisation
   * @param input the shape of an example: (channels, height, width)
   * @param classes the number of outputs of {@code fc}
   * @param parts adds the stem and the stages
   * @return a network; the caller closes it
   */
  public static Network network(
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

  /**
   * Adds the stem's convolution, {@code conv1}.
   *
   * @param kernel the side of the kernel in pixels
   * @param channels the number of output channels
   * @param stride the stride
   * @return this network
   */
  public ResidualNet convolution(int kernel, int channels, int stride) {
    chain.layer("conv1", "stem", channels, filters(kernel, stride));
    width = channels;
    return this;
  }

  /**
   * Adds batch norm, {@code bn1}, and ReLU.
   *
   * @return this network
   */
  public ResidualNet norm() {
    chain.norm("bn1", bn()).add(Parts.relu());
    return this;
  }

  /**
   * Adds max-pooling of 3x3 with stride 2, padded by 1.
   *
   * @return this network
   */
  public ResidualNet pool() {
    chain.add(Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)));
    return this;
  }

  /**
   * Sets the 3x3 convolutions of {@link Form#GROUPED}; by default 32 groups of 4 channels.
   *
   * @param groups the number of groups
   * @param channels the channels of each in the first stage, which double with each stage
   * @return this network
   */
  public ResidualNet grouped(int groups, int channels) {
    cardinality = groups;
    groupWidth = channels;
    return this;
  }

  /**
   * Adds a stage of blocks, {@code stage1.block1} and so on.
   *
   * @param form the layers of a block
   * @param count the number of blocks
   * @param channels the usual channels of a block's 3x3 convolutions; a bottleneck has four times
   *     as many outputs, also with a grouped convolution
   * @param stride the stride of the first block; that of the others is 1
   * @return this network
   */
  public ResidualNet stage(Form form, int count, int channels, int stride) {
    stages++;
    String name = "stage" + stages;
    NamedBlocks stage = new NamedBlocks();
    boolean isBottleneck = form == Form.BOTTLENECK || form == Form.GROUPED;
    int outputs = isBottleneck ? 4 * channels : channels;
    for (int block = 1; block <= count; block++) {
      int step = block == 1 ? stride : 1;
      // Computed from the usual widths, so that a network of other widths has the same shortcuts.
      boolean projected = step != 1 || outputs != width;
      String group = projected ? name : chain.channels();
      Residual residual = new Residual();
      String path = name + ".block" + block;
      Chain body = chain.within(path, residual::body);
      switch (form) {
        case BASIC -> basic(body, channels, step, group);
        case BOTTLENECK -> bottleneck(body, channels, step, group);
        case GROUPED -> grouped(body, channels, step, group);
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
      chain.continueFrom(group);
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

  private void grouped(Chain body, int channels, int stride, String group) {
    int inner = (cardinality * groupWidth) << (stages - 1);
    body.output("conv1", Parts.convolution(1, inner, 1, false))
        .norm("bn1", bn())
        .add("relu1", Parts.relu())
        .output("conv2", Parts.grouped(3, inner, stride, cardinality))
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
