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
 * Wide residual network WRN-d-k, d = 6 n + 4: convolution 3x3 to 16 channels, then three stages of
 * n blocks. The stages have 16 k, 32 k and 64 k channels, and the latter two begin with stride 2.
 * Batch norm, ReLU, the average over the image and one linear layer follow. A block is batch norm,
 * ReLU, convolution 3x3, batch norm, ReLU, convolution 3x3, plus the shortcut, which is a 1x1
 * convolution of the first ReLU where the shape changes. Only the linear layer has a bias; no
 * dropout. Inputs (batch, channels, height, width) of any size; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code stage1.block1.conv1}, {@code stage1.block1.conv2}, {@code
 * stage1.block1.shortcut}, ... and {@code fc}. The groups are {@code stem}, {@code stage1}, {@code
 * stage2} and {@code stage3}, the sums of the blocks, and the first convolution of each block, such
 * as {@code stage1.block1.conv1}. For k = 1, the blocks of the first stage add to {@code stem}.
 * Weights on CIFAR-10: WRN-16-8 10,954,160, WRN-16-10 17,107,632, WRN-22-8 17,147,312. SNIP's Table
 * 2 has 10.0M, 17.1M and 17.2M; the first does not follow from the layers, and the authors of the
 * network count 11.0M.
 *
 * <p>Source: Zagoruyko and Komodakis, BMVC 2016, arXiv:1605.07146; SNIP, arXiv:1810.02340, whose
 * code does not have this network; its initialisation by variance scaling is unverified.
 *
 * @param depth d
 * @param factor k
 * @param variant the code family to follow; convolutions have no biases in any
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record WideResnet(
    @Setting(
            value = "d, the layers counted without shortcuts: 6 n + 4, such as 16, 22 or 28",
            defaults = "16",
            range = "[10, inf)")
        int depth,
    @Setting(
            value = "k, how many times wider than a ResNet of 16 channels",
            defaults = "8",
            range = "[1, inf)")
        int factor,
    @Setting(value = CodeFamily.MEANING, defaults = "snip") CodeFamily variant)
    implements Model {

  /** Creates the model, checks the ranges, and checks that the depth is 6 n + 4. */
  public WideResnet {
    Ranges.check(WideResnet.class, depth, factor, variant);
    if (depth % 6 != 4) {
      throw new RefusedException("depth", depth, "10, 16, 22, 28 and so on by 6");
    }
  }

  @Override
  public Network build(Task task) {
    int n = (depth - 4) / 6;
    return ResidualNet.network(
        "wide-resnet",
        variant,
        task.numbers(),
        task.outputs(),
        net ->
            net.convolution(3, 16, 1)
                .stage(ResidualNet.Form.PREACTIVATED, n, 16 * factor, 1)
                .stage(ResidualNet.Form.PREACTIVATED, n, 32 * factor, 2)
                .stage(ResidualNet.Form.PREACTIVATED, n, 64 * factor, 2)
                .norm());
  }
}
