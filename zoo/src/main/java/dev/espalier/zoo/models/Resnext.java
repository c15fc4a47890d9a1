// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * The ResNeXt of 9 n + 2 layers for small images: convolution 3x3 to 64 channels, batch norm and
 * ReLU, then three stages of n blocks. The stages have 256, 512 and 1024 outputs, and the latter
 * two begin with stride 2. The average over the image and one linear layer follow. A block has
 * convolutions 1x1, 3x3 in C groups of d channels, and 1x1, with batch norm and ReLU as in {@link
 * ResidualNet.Form#GROUPED}; d doubles with each stage. Only the linear layer has a bias. Inputs
 * (batch, channels, height, width) of any size; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code stage1.block1.conv1}, {@code stage1.block1.conv2}, ...,
 * {@code stage1.block1.shortcut}, ... and {@code fc}. The groups of channels are {@code stem} and
 * the sums {@code stage1} to {@code stage3}. The channels between the convolutions of a block are
 * in no group, because an output of the 3x3 convolution reads only some of them.
 *
 * <p>Source: Xie et al., CVPR 2017, arXiv:1611.05431, section 5.3: 29 layers, C = 8 and d = 64,
 * with 34.4 million parameters on CIFAR-10. The settings scale it; the paper has no smaller
 * networks.
 *
 * @param depth the number of layers, 9 n + 2
 * @param cardinality C
 * @param groupWidth d of the first stage
 * @param width the channels of the stem; a stage has 4, 8 and 16 times as many outputs
 * @param variant the code family to follow; convolutions have no biases in any
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Resnext(
    @Setting(value = "layers, 9 n + 2; 29 in the paper", defaults = "29", range = "[11, 1001]")
        int depth,
    @Setting(
            value = "C, groups of a 3x3 convolution; 8 or 16 in the paper",
            defaults = "8",
            range = "[2, 1024]")
        int cardinality,
    @Setting(
            value = "d, channels of a group in the first stage; 64 in the paper",
            defaults = "64",
            range = "[1, 1024]")
        int groupWidth,
    @Setting(
            value =
                "channels of the stem, of which stages have 4, 8 and 16 times as many; 64 in the"
                    + " paper",
            defaults = "64",
            range = "[1, 1024]")
        int width,
    @Setting(value = CodeFamily.MEANING, defaults = "imagenet") CodeFamily variant)
    implements Model {

  /** Creates the model and checks the ranges. */
  public Resnext {
    Ranges.check(Resnext.class, depth, cardinality, groupWidth, width, variant);
    if (depth % 9 != 2) {
      throw new RefusedException("depth", depth, "9 n + 2, such as 20 or 29");
    }
  }

  @Override
  public Network build(Task task) {
    int n = (depth - 2) / 9;
    return ResidualNet.network(
        "resnext",
        variant,
        task.numbers(),
        task.outputs(),
        net ->
            net.convolution(3, width, 1)
                .norm()
                .grouped(cardinality, groupWidth)
                .stage(ResidualNet.Form.GROUPED, n, width, 1)
                .stage(ResidualNet.Form.GROUPED, n, 2 * width, 2)
                .stage(ResidualNet.Form.GROUPED, n, 4 * width, 2));
  }
}
