// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import dev.espalier.api.Initialiser;
import dev.espalier.api.Model;
import dev.espalier.api.NamedBlocks;
import dev.espalier.api.Network;
import dev.espalier.api.Setting;

/**
 * LeNet-5 as the Caffe examples have it: convolution 5x5 to 20 channels without padding, 2x2
 * max-pooling, convolution 5x5 to 50, max-pooling, flatten, 500, ReLU, classes, with biases. Inputs
 * (batch, channels, height, width) of at least 16x16 pixels; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code conv2}, {@code fc1} and {@code fc2}. On MNIST 430,500
 * weights (500 + 25,000 + 400,000 + 5,000) and 431,080 parameters (SNIP paper: 431k).
 *
 * <p>Source: LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 1998; SNIP,
 * arXiv:1810.02340, whose code has no ReLU after the convolutions.
 *
 * @param relu whether a ReLU follows each convolution
 * @param initialiser how the weights are drawn; biases start at 0
 */
public record Lenet5(
    @Setting(
            value =
                "whether a ReLU follows each convolution: no in SNIP's code, yes in its PyTorch"
                    + " port",
            defaults = "false")
        boolean relu,
    @Setting(
            value = "how the weights are drawn, variance-scaling in SNIP; biases start at 0",
            defaults = "variance-scaling")
        Initialiser initialiser)
    implements Model {

  @Override
  public Network build(Shape input, int classes) {
    Parts.check("lenet-5", input, 16);
    NamedBlocks blocks = new NamedBlocks();
    for (int i = 1; i <= 2; i++) {
      blocks.add("conv" + i, Parts.convolution(5, i == 1 ? 20 : 50, 1, 0, true));
      if (relu) {
        blocks.add(Parts.relu());
      }
      blocks.add(Parts.halve());
    }
    blocks
        .add(Blocks.batchFlattenBlock())
        .add("fc1", Parts.linear(500, true))
        .add(Parts.relu())
        .add("fc2", Parts.linear(classes, true));
    return Network.builder("lenet-5", blocks, input).optInitialiser(initialiser).build();
  }
}
