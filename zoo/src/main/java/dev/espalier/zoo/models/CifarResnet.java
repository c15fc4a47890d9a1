// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * The ResNets of 6 n + 2 layers for small images: convolution 3x3 to w channels, batch norm and
 * ReLU, then three stages of n blocks. The stages have w, 2 w and 4 w channels, and the latter two
 * begin with stride 2. The average over the image and one linear layer follow. A block is
 * convolution 3x3, batch norm, ReLU, convolution 3x3, batch norm, plus the shortcut, ReLU; a
 * shortcut that changes the shape is a 1x1 convolution with batch norm. Only the linear layer has a
 * bias. Inputs (batch, channels, height, width) of any size; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code stage1.block1.conv1}, {@code stage1.block1.conv2}, ...,
 * {@code stage2.block1.shortcut}, {@code stage3.block1.shortcut} and {@code fc}. The groups are
 * {@code stem}, the sum of the blocks of the first stage, {@code stage2} and {@code stage3}, the
 * sums of the others. The first convolution of each block is a group too, such as {@code
 * stage1.block1.conv1}. Weights on CIFAR-10:
 *
 * <table>
 * <caption>Weights</caption>
 * <tr><th>Network</th><th>3x3</th><th>Shortcuts</th><th>Linear</th><th>Total</th></tr>
 * <tr><td>ResNet-20</td><td>267,696</td><td>2,560</td><td>640</td><td>270,896</td></tr>
 * <tr><td>ResNet-32</td><td>461,232</td><td>2,560</td><td>640</td><td>464,432</td></tr>
 * <tr><td>ResNet-32, w = 32</td><td>1,844,064</td><td>10,240</td><td>1,280</td>
 * <td>1,855,584</td></tr>
 * <tr><td>ResNet-56</td><td>848,304</td><td>2,560</td><td>640</td><td>851,504</td></tr>
 * </table>
 *
 * <p>Source: He et al., CVPR 2016, arXiv:1512.03385, section 4.2, which has shortcuts without
 * weights; the convolutions on the shortcuts are those of open_lth, SynFlow and GraSP. The LTH
 * paper calls ResNet-20 Resnet-18.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class CifarResnet {

  private static final String WIDTH =
      "w, the channels of the stem and the first stage; 32 in GraSP's ResNet-32";

  private CifarResnet() {}

  /**
   * {@link CifarResnet} with n = 3: 270,896 weights.
   *
   * @param width w
   * @param variant the code family to follow; convolutions have no biases in any
   */
  public record Resnet20(
      @Setting(value = WIDTH, defaults = "16", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Resnet20 {
      Ranges.check(Resnet20.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("resnet-20", 3, width, variant, task.numbers(), task.outputs());
    }
  }

  /**
   * {@link CifarResnet} with n = 5: 464,432 weights.
   *
   * @param width w
   * @param variant the code family to follow; convolutions have no biases in any
   */
  public record Resnet32(
      @Setting(value = WIDTH, defaults = "16", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Resnet32 {
      Ranges.check(Resnet32.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("resnet-32", 5, width, variant, task.numbers(), task.outputs());
    }
  }

  /**
   * {@link CifarResnet} with n = 9: 851,504 weights.
   *
   * @param width w
   * @param variant the code family to follow; convolutions have no biases in any
   */
  public record Resnet56(
      @Setting(value = WIDTH, defaults = "16", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Resnet56 {
      Ranges.check(Resnet56.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("resnet-56", 9, width, variant, task.numbers(), task.outputs());
    }
  }

  private static Network network(
      String name, int n, int width, CodeFamily variant, Shape input, int classes) {
    return ResidualNet.network(
        name,
        variant,
        input,
        classes,
        net ->
            net.convolution(3, width, 1)
                .norm()
                .stage(ResidualNet.Form.BASIC, n, width, 1)
                .stage(ResidualNet.Form.BASIC, n, 2 * width, 2)
                .stage(ResidualNet.Form.BASIC, n, 4 * width, 2));
  }
}
