// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * MobileNet: a 3x3 convolution to 32 channels, then 13 depthwise separable blocks. A block is a
 * depthwise 3x3 convolution, batch norm, ReLU, a 1x1 convolution, batch norm and ReLU. The blocks
 * have 64, 128, 128, 256, 256, six times 512, 1024 and 1024 channels. The first with 128, 256, 512
 * and 1024 channels have stride 2. The average over the image and one linear layer follow. Only the
 * linear layer has a bias. Inputs (batch, channels, height, width) of any size; outputs logits
 * (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code block1.depthwise}, {@code block1.pointwise}, ... and
 * {@code fc}; the batch norms {@code bn1}, {@code block1.bn1} and {@code block1.bn2}. The groups
 * are {@code conv1} and the 1x1 convolutions, such as {@code block1.pointwise}. A depthwise
 * convolution and its batch norm belong to the group that they read, and the gate of that group is
 * at this batch norm. The last group has its gate at {@code block13.bn2}. On ImageNet the network
 * has 568,740,352 multiply-accumulates and 4,231,976 parameters.
 *
 * <p>Source: Howard et al. 2017, arXiv:1704.04861, Table 1. The last block has stride 1 on a map
 * that is already 32 times smaller; the table says stride 2, but gives the size of stride 1. With
 * the CIFAR stem the first convolution has stride 1, and the last map of a CIFAR image has 2x2
 * pixels; the paper has no such network. Channels are rounded to the nearest number.
 *
 * @param width the factor on all channels
 * @param stem the stride of the first convolution
 * @param variant the code family to follow; convolutions have no biases in any
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Mobilenet(
    @Setting(
            value = "alpha, factor on all channels; 1, 0.75, 0.5 and 0.25 in the paper",
            defaults = "1.0",
            range = "(0, 16]")
        double width,
    @Setting(
            value = "cifar: first convolution with stride 1; imagenet: with stride 2",
            defaults = "cifar")
        Resnet.Stem stem,
    @Setting(value = CodeFamily.MEANING, defaults = "imagenet") CodeFamily variant)
    implements Model {

  private static final int[] CHANNELS = {
    64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024
  };

  /** Creates the model and checks the range. */
  public Mobilenet {
    Ranges.check(Mobilenet.class, width, stem, variant);
  }

  @Override
  public Network build(Task task) {
    Shape input = task.numbers();
    int classes = task.outputs();
    Parts.check("mobilenet", input, 1);
    Network.Builder network =
        Chain.network(
            "mobilenet",
            input,
            chain -> {
              int stride = stem == Resnet.Stem.CIFAR ? 1 : 2;
              chain
                  .layer("conv1", times(32), n -> Parts.convolution(3, n, stride, false))
                  .norm("bn1", Parts.norm(variant.affine()))
                  .add(Parts.relu());
              for (int i = 1; i <= CHANNELS.length; i++) {
                int before = i == 1 ? 32 : CHANNELS[i - 2];
                // The block with 64 channels doubles those of the stem, without a stride.
                block(chain, "block" + i, CHANNELS[i - 1], i == 1 || CHANNELS[i - 1] == before);
              }
              chain
                  .add(Pool.globalAvgPool2dBlock())
                  .output("fc", Parts.linear(classes, variant.affine()));
            });
    return variant.initialise(network).build();
  }

  private void block(Chain chain, String name, int channels, boolean keepsSize) {
    NamedBlocks block = new NamedBlocks();
    Chain inner = chain.within(name, block::add);
    inner
        .depthwise("depthwise", n -> Parts.grouped(3, n, keepsSize ? 1 : 2, n))
        .norm("bn1", Parts.norm(variant.affine()))
        .add("relu1", Parts.relu())
        .layer("pointwise", times(channels), n -> Parts.convolution(1, n, 1, false))
        .norm("bn2", Parts.norm(variant.affine()))
        .add("relu2", Parts.relu());
    chain.add(name, block).continueFrom(inner.channels());
  }

  private int times(int channels) {
    return Math.max(1, (int) Math.round(width * channels));
  }
}
