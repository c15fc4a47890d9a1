// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.structure.Cost;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the networks of the papers cost, counted by hand. */
class CostTest {

  /**
   * Networks, on which images, their multiply-accumulates layer by layer, and their parameters:
   * those of weights, of biases, and of gamma and beta, two a channel.
   */
  static List<Arguments> networks() {
    Model slimming = new Vgg.Vgg19(64, CodeFamily.SLIMMING);
    return List.of(
        Arguments.of(
            new Lenet300100(true, Initialiser.GLOROT_NORMAL),
            Nets.MNIST,
            784 * 300 + 300 * 100 + 100 * 10,
            266_200 + 410),
        Arguments.of(
            new Lenet5(false, Initialiser.GLOROT_NORMAL),
            Nets.MNIST,
            // 24x24 and 8x8 positions
            25 * 20 * 24 * 24 + 25 * 20 * 50 * 8 * 8 + 800 * 500 + 500 * 10,
            430_500 + 580),
        // 64 to 512 channels, an image of 32x32 halved between the blocks; nine pixels a kernel
        Arguments.of(
            new Vgg.Vgg11(64, CodeFamily.SLIMMING),
            Nets.CIFAR,
            9 * 1024 * 3 * 64
                + 9 * 256 * 64 * 128
                + 9 * 64 * (128 * 256 + 256 * 256)
                + 9 * 16 * (256 * 512 + 512 * 512)
                + 9 * 4 * 2 * 512 * 512
                + 512 * 10,
            9_222_848 + 10 + 2 * 2752),
        Arguments.of(
            new Vgg.Vgg16(64, CodeFamily.SYNFLOW),
            Nets.CIFAR,
            313_196_544 + 5_120,
            14_715_584 + 10 + 3 * 4224),
        // Network Slimming: 20.04M parameters
        Arguments.of(slimming, Nets.CIFAR, 398_136_320, 20_024_000 + 10 + 2 * 5504),
        Arguments.of(
            new CifarResnet.Resnet20(16, CodeFamily.SYNFLOW),
            Nets.CIFAR,
            // the stem; six convolutions a stage, the first of a stage with half the inputs
            9 * 1024 * 3 * 16
                + 6 * 9 * 1024 * 16 * 16
                + 9 * 256 * (16 * 32 + 5 * 32 * 32)
                + 9 * 64 * (32 * 64 + 5 * 64 * 64)
                // the shortcuts
                + 256 * 16 * 32
                + 64 * 32 * 64
                + 640,
            270_896 + 10 + 2 * (16 + 6 * 16 + 7 * 32 + 7 * 64)),
        Arguments.of(
            new Resnet.Resnet18(Resnet.Stem.CIFAR, CodeFamily.IMAGENET),
            Nets.CIFAR,
            555_422_720,
            11_164_352 + 10 + 2 * (5 * 64 + 5 * 128 + 5 * 256 + 5 * 512)),
        // the stem; a depthwise convolution has nine weights a channel; 56x56 to 7x7 positions
        Arguments.of(
            new Mobilenet(1, Resnet.Stem.IMAGENET, CodeFamily.IMAGENET),
            new Shape(3, 224, 224),
            12_544 * (9 * 3 * 32 + 9 * 32 + 32 * 64)
                + 3_136 * (9 * 64 + 64 * 128 + 9 * 128 + 128 * 128)
                + 784 * (9 * 128 + 128 * 256 + 9 * 256 + 256 * 256)
                + 196 * (9 * 256 + 256 * 512 + 5 * (9 * 512 + 512 * 512))
                + 49 * (9 * 512 + 512 * 1024 + 9 * 1024 + 1024 * 1024)
                + 1024 * 10,
            4_231_976 - 990 * 1025),
        Arguments.of(
            new Resnext(29, 8, 64, 64, CodeFamily.IMAGENET),
            Nets.CIFAR,
            9 * 1024 * 3 * 64L
                + resnextStage(1024, 64, 256, 512, 1024)
                + resnextStage(256, 256, 512, 1024, 1024)
                + resnextStage(64, 512, 1024, 2048, 256)
                + 10_240,
            34_426_698)); // the paper: 34.4 million
  }

  /**
   * A stage of three blocks, eight groups each: convolutions with D inner channels at a number of
   * positions, and the shortcut; the first 1x1 convolution has the positions of the stage before.
   */
  private static long resnextStage(long at, long inputs, long outputs, long inner, long before) {
    long grouped = 9 * inner * inner / 8;
    return before * inputs * inner
        + at * (grouped + inner * outputs + inputs * outputs)
        + 2 * at * (outputs * inner + grouped + inner * outputs);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void isThatOfTheLayersAndOfWhatIsTrained(Model model, Shape input, long macs, long parameters) {
    try (Network network = model.build(input, 10)) {
      assertThat(Cost.of(network)).isEqualTo(new Cost(macs, parameters));
    }
  }

  @Test
  void resnet20Costs41MillionOfWhichTheShortcutsAreLittle() {
    try (Network network = new CifarResnet.Resnet20(16, CodeFamily.SYNFLOW).build(Nets.CIFAR, 10)) {
      // Without weights on the shortcuts it is the 40.55 million that are usually given.
      assertThat(Cost.of(network).macs() - 2 * 131_072).isEqualTo(40_551_040);
    }
  }

  @Test
  void followsTheWidthOfANetwork() {
    try (Network wide = new Vgg.Vgg16(64, CodeFamily.SLIMMING).build(Nets.CIFAR, 10);
        Network small = new Vgg.Vgg16(8, CodeFamily.SLIMMING).build(Nets.CIFAR, 10)) {
      assertThat(Cost.of(wide, Widths.times(0.125))).isEqualTo(Cost.of(small));
    }
  }
}
