// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.norm.Dropout;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * Conv-2, Conv-4 and Conv-6 of the LTH paper and Conv-8 of edge-popup, small variants of VGG
 * without batch norm. They have one to four modules of two 3x3 convolutions (64, 128, 256, 512
 * channels), a ReLU after each and 2x2 max-pooling. Then follow 256, ReLU, 256, ReLU, classes.
 * Inputs (batch, channels, height, width); outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code conv2}, ... and {@code fc1}, {@code fc2}, {@code fc3},
 * all but the last with a group of their name. Weights on CIFAR-10:
 *
 * <table>
 * <caption>Weights and flattened size</caption>
 * <tr><th>Network</th><th>Convolutions</th><th>Linear</th><th>Total</th><th>Flattened</th>
 * <th>Flattened without padding</th></tr>
 * <tr><td>Conv-2</td><td>38,592</td><td>4,262,400</td><td>4,300,992</td><td>16,384</td>
 * <td>12,544</td></tr>
 * <tr><td>Conv-4</td><td>259,776</td><td>2,165,248</td><td>2,425,024</td><td>8,192</td>
 * <td>3,200</td></tr>
 * <tr><td>Conv-6</td><td>1,144,512</td><td>1,116,672</td><td>2,261,184</td><td>4,096</td>
 * <td>1,024</td></tr>
 * <tr><td>Conv-8</td><td>4,683,456</td><td>592,384</td><td>5,275,840</td><td>2,048</td>
 * <td>512</td></tr>
 * </table>
 *
 * <p>Source: LTH, arXiv:1803.03635, Figure 2, with 4.3M, 2.4M and 1.7M. The 1.7M of Conv-6 does not
 * follow from the layers as described; the paper's densities do fit 2.26M. Without padding and
 * biases, and with dropout 0.5, these are the networks of the slot machines' code
 * (arXiv:2101.06475). In that code the last two convolutions of Conv-6 are padded nevertheless. In
 * Espalier so are the last four of Conv-8, which those codes do not have. Edge-popup,
 * arXiv:1911.13299, has the networks of the LTH paper without biases.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class ConvNets {

  private static final String BIASES =
      "whether layers have biases: yes in LTH, no in edge-popup and slot machines";
  private static final String PADDING =
      "whether the first four convolutions are padded by 1, as all others are: yes in LTH and"
          + " edge-popup, no in slot machines";
  private static final String DROPOUT =
      "the probability to drop an input of the first two linear layers while training: 0.5 in slot"
          + " machines";
  private static final String INITIALISER =
      "how the weights are drawn, glorot-normal in LTH and kaiming-normal in edge-popup; biases"
          + " start at 0";

  private ConvNets() {}

  /**
   * {@link ConvNets} of one module.
   *
   * @param biases whether layers have biases
   * @param padding whether convolutions are padded by 1
   * @param dropout the probability to drop an input of the first two linear layers
   * @param initialiser the initialiser of the weights
   */
  public record Conv2(
      @Setting(value = BIASES, defaults = "true") boolean biases,
      @Setting(value = PADDING, defaults = "true") boolean padding,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = INITIALISER, defaults = "glorot-normal") Initialiser initialiser)
      implements Model {

    /** Creates the model and checks the range. */
    public Conv2 {
      Ranges.check(Conv2.class, biases, padding, dropout, initialiser);
    }

    @Override
    public Network build(Task task) {
      return new Form(1, biases, padding, dropout, initialiser)
          .network(task.numbers(), task.outputs());
    }
  }

  /**
   * {@link ConvNets} of two modules.
   *
   * @param biases whether layers have biases
   * @param padding whether convolutions are padded by 1
   * @param dropout the probability to drop an input of the first two linear layers
   * @param initialiser the initialiser of the weights
   */
  public record Conv4(
      @Setting(value = BIASES, defaults = "true") boolean biases,
      @Setting(value = PADDING, defaults = "true") boolean padding,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = INITIALISER, defaults = "glorot-normal") Initialiser initialiser)
      implements Model {

    /** Creates the model and checks the range. */
    public Conv4 {
      Ranges.check(Conv4.class, biases, padding, dropout, initialiser);
    }

    @Override
    public Network build(Task task) {
      return new Form(2, biases, padding, dropout, initialiser)
          .network(task.numbers(), task.outputs());
    }
  }

  /**
   * {@link ConvNets} of three modules.
   *
   * @param biases whether layers have biases
   * @param padding whether the first four convolutions are padded by 1; the others always are
   * @param dropout the probability to drop an input of the first two linear layers
   * @param initialiser the initialiser of the weights
   */
  public record Conv6(
      @Setting(value = BIASES, defaults = "true") boolean biases,
      @Setting(value = PADDING, defaults = "true") boolean padding,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = INITIALISER, defaults = "glorot-normal") Initialiser initialiser)
      implements Model {

    /** Creates the model and checks the range. */
    public Conv6 {
      Ranges.check(Conv6.class, biases, padding, dropout, initialiser);
    }

    @Override
    public Network build(Task task) {
      return new Form(3, biases, padding, dropout, initialiser)
          .network(task.numbers(), task.outputs());
    }
  }

  /**
   * {@link ConvNets} of four modules.
   *
   * @param biases whether layers have biases
   * @param padding whether the first four convolutions are padded by 1; the others always are
   * @param dropout the probability to drop an input of the first two linear layers
   * @param initialiser the initialiser of the weights
   */
  public record Conv8(
      @Setting(value = BIASES, defaults = "true") boolean biases,
      @Setting(value = PADDING, defaults = "true") boolean padding,
      @Setting(value = DROPOUT, defaults = "0", range = "[0, 1)") double dropout,
      @Setting(value = INITIALISER, defaults = "glorot-normal") Initialiser initialiser)
      implements Model {

    /** Creates the model and checks the range. */
    public Conv8 {
      Ranges.check(Conv8.class, biases, padding, dropout, initialiser);
    }

    @Override
    public Network build(Task task) {
      return new Form(4, biases, padding, dropout, initialiser)
          .network(task.numbers(), task.outputs());
    }
  }

  /** The common settings of all four. */
  private record Form(
      int modules, boolean biases, boolean padding, double dropout, Initialiser initialiser) {

    Network network(Shape input, int classes) {
      String name = "conv-" + 2 * modules;
      // Each module halves; without padding, each of the first two removes 4 pixels before that.
      int side = 1 << modules;
      if (!padding) {
        side += modules == 1 ? 4 : 12;
      }
      Parts.check(name, input, side);
      return Chain.network(
              name,
              input,
              chain -> {
                for (int module = 0; module < modules; module++) {
                  for (int i = 2 * module + 1; i <= 2 * module + 2; i++) {
                    int border = padding || module >= 2 ? 1 : 0;
                    chain
                        .layer(
                            "conv" + i,
                            64 << module,
                            width -> Parts.convolution(3, width, 1, border, biases))
                        .add(Parts.relu());
                  }
                  chain.add(Parts.halve());
                }
                chain.add(Blocks.batchFlattenBlock());
                for (int i = 1; i <= 2; i++) {
                  if (dropout > 0) {
                    chain.add("dropout", Dropout.builder().optRate((float) dropout).build());
                  }
                  chain
                      .layer("fc" + i, 256, units -> Parts.linear(units, biases))
                      .add(Parts.relu());
                }
                chain.output("fc3", Parts.linear(classes, biases));
              })
          .optInitialiser(initialiser)
          .build();
    }
  }
}
