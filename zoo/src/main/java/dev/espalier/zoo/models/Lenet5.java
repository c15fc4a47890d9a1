// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * LeNet-5 as in the Caffe examples: convolution 5x5 to 20 channels without padding, 2x2
 * max-pooling, convolution 5x5 to 50, max-pooling, flatten, 500, ReLU, classes, with biases. Inputs
 * (batch, channels, height, width) of at least 16x16 pixels; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code conv2}, {@code fc1} and {@code fc2}, all but the last
 * with a group of their name. On MNIST 430,500 weights (500 + 25,000 + 400,000 + 5,000) and 431,080
 * parameters (SNIP paper: 431k).
 *
 * <p>Source: LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 1998; SNIP,
 * arXiv:1810.02340, whose code has no ReLU after the convolutions.
 *
 * @param relu whether a ReLU follows each convolution
 * @param initialiser the initialiser of the weights; biases start at 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
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
  public Network build(Task task) {
    Shape input = task.numbers();
    int classes = task.outputs();
    Parts.check("lenet-5", input, 16);
    return Chain.network(
            "lenet-5",
            input,
            chain -> {
              for (int i = 1; i <= 2; i++) {
                chain.layer(
                    "conv" + i, i == 1 ? 20 : 50, width -> Parts.convolution(5, width, 1, 0, true));
                if (relu) {
                  chain.add(Parts.relu());
                }
                chain.add(Parts.halve());
              }
              chain
                  .add(Blocks.batchFlattenBlock())
                  .layer("fc1", 500, units -> Parts.linear(units, true))
                  .add(Parts.relu())
                  .output("fc2", Parts.linear(classes, true));
            })
        .optInitialiser(initialiser)
        .build();
  }
}
