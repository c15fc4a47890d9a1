// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * ResNet-18 and ResNet-50: a stem with 64 channels, batch norm and ReLU, then four stages of
 * blocks. The stages have 64, 128, 256 and 512 channels, and all except the first begin with stride
 * 2. The average over the image and one linear layer follow. Only the linear layer has a bias.
 * Inputs (batch, channels, height, width) of any size; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code stage1.block1.conv1}, {@code stage1.block1.conv2}, ...,
 * {@code stage2.block1.shortcut}, ... and {@code fc}. The groups are {@code stem}, {@code stage2},
 * {@code stage3} and {@code stage4}, the sums of the blocks, in ResNet-50 also {@code stage1}, and
 * the convolutions of a block except the last, such as {@code stage1.block1.conv1}. In ResNet-18
 * the blocks of the first stage add to {@code stem}.
 *
 * <p>Source: He et al., CVPR 2016, arXiv:1512.03385, Table 1. The default variant is that of the
 * ImageNet codes and of SynFlow's ResNet-18; knowledge evolution has the initialisation of the
 * variant synflow.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Resnet {

  private static final String STEM =
      "cifar: convolution 3x3 by 1; imagenet: convolution 7x7 by 2, then max-pooling 3x3 by 2";

  private Resnet() {}

  /** The first layers of a network. */
  public enum Stem {
    /** Convolution 3x3 with stride 1. */
    CIFAR,
    /** Convolution 7x7 with stride 2, and after its ReLU max-pooling 3x3 by 2 padded by 1. */
    IMAGENET
  }

  /**
   * {@link Resnet} of two blocks a stage, each of two 3x3 convolutions. With the CIFAR stem, three
   * input channels and 10 classes it has 11,159,232 weights in convolutions (172,032 of them on
   * shortcuts) and 5,120 in {@code fc}.
   *
   * @param stem the first layers
   * @param variant the code family to follow; convolutions have no biases in any
   */
  public record Resnet18(
      @Setting(value = STEM, defaults = "cifar") Stem stem,
      @Setting(value = CodeFamily.MEANING, defaults = "imagenet") CodeFamily variant)
      implements Model {

    @Override
    public Network build(Task task) {
      return ResidualNet.network(
          "resnet-18",
          variant,
          task.numbers(),
          task.outputs(),
          net ->
              begin(net, stem)
                  .stage(ResidualNet.Form.BASIC, 2, 64, 1)
                  .stage(ResidualNet.Form.BASIC, 2, 128, 2)
                  .stage(ResidualNet.Form.BASIC, 2, 256, 2)
                  .stage(ResidualNet.Form.BASIC, 2, 512, 2));
    }
  }

  /**
   * {@link Resnet} of 3, 4, 6 and 3 blocks, each of convolutions 1x1, 3x3 and 1x1 to four times the
   * channels: on ImageNet 25,502,912 weights and 25,557,032 parameters. The stride lies on the 3x3
   * convolution, as in PyTorch's collection, not on the first 1x1 as in the paper. With the CIFAR
   * stem it is the usual ResNet-50 on CIFAR (from memory, unverified).
   *
   * @param stem the first layers
   * @param variant the code family to follow; convolutions have no biases in any
   */
  public record Resnet50(
      @Setting(value = STEM, defaults = "imagenet") Stem stem,
      @Setting(value = CodeFamily.MEANING, defaults = "imagenet") CodeFamily variant)
      implements Model {

    @Override
    public Network build(Task task) {
      return ResidualNet.network(
          "resnet-50",
          variant,
          task.numbers(),
          task.outputs(),
          net ->
              begin(net, stem)
                  .stage(ResidualNet.Form.BOTTLENECK, 3, 64, 1)
                  .stage(ResidualNet.Form.BOTTLENECK, 4, 128, 2)
                  .stage(ResidualNet.Form.BOTTLENECK, 6, 256, 2)
                  .stage(ResidualNet.Form.BOTTLENECK, 3, 512, 2));
    }
  }

  private static ResidualNet begin(ResidualNet net, Stem stem) {
    return stem == Stem.CIFAR
        ? net.convolution(3, 64, 1).norm()
        : net.convolution(7, 64, 2).norm().pool();
  }
}
