// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import org.apiguardian.api.API;

/**
 * VGG for small images: five blocks of 3x3 convolutions (w, 2 w, 4 w, 8 w, 8 w channels), with
 * batch norm and ReLU after each convolution. w is 64 by default. There is 2x2 max-pooling between
 * the blocks. The average over the remaining image and one linear layer follow. Inputs (batch,
 * channels, height, width) of at least 16x16 pixels; outputs logits (batch, classes).
 *
 * <p>The layers are {@code conv1}, {@code conv2}, ... and {@code fc}; the batch norms {@code bn1},
 * {@code bn2}, ... Each convolution has a group of its name. Weights on CIFAR-10 with w = 64:
 * VGG-11 9,222,848, VGG-13 9,407,168, VGG-16 14,715,584, VGG-19 20,024,000, of which 5,120 are
 * linear.
 *
 * <p>Source: Simonyan and Zisserman, ICLR 2015, arXiv:1409.1556, for the blocks; for the rest the
 * codes that {@link CodeFamily} names. These average 2x2 pixels, which is the remaining size of a
 * CIFAR image. The average over the whole is the same there, and fits other images.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Vgg {

  private static final String WIDTH = "w, the channels of the first block; 64 in the papers";

  private Vgg() {}

  /**
   * {@link Vgg} of 8 convolutions: 9,222,848 weights.
   *
   * @param width w
   * @param variant the code family to follow
   */
  public record Vgg11(
      @Setting(value = WIDTH, defaults = "64", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Vgg11 {
      Ranges.check(Vgg11.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("vgg-11", width, variant, task.numbers(), task.outputs(), 1, 1, 2, 2, 2);
    }
  }

  /**
   * {@link Vgg} of 10 convolutions: 9,407,168 weights.
   *
   * @param width w
   * @param variant the code family to follow
   */
  public record Vgg13(
      @Setting(value = WIDTH, defaults = "64", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Vgg13 {
      Ranges.check(Vgg13.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("vgg-13", width, variant, task.numbers(), task.outputs(), 2, 2, 2, 2, 2);
    }
  }

  /**
   * {@link Vgg} of 13 convolutions: 14,715,584 weights.
   *
   * @param width w
   * @param variant the code family to follow
   */
  public record Vgg16(
      @Setting(value = WIDTH, defaults = "64", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Vgg16 {
      Ranges.check(Vgg16.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("vgg-16", width, variant, task.numbers(), task.outputs(), 2, 2, 3, 3, 3);
    }
  }

  /**
   * {@link Vgg} of 16 convolutions: 20,024,000 weights.
   *
   * @param width w
   * @param variant the code family to follow
   */
  public record Vgg19(
      @Setting(value = WIDTH, defaults = "64", range = "[1, inf)") int width,
      @Setting(value = CodeFamily.MEANING, defaults = "synflow") CodeFamily variant)
      implements Model {

    /** Creates the model and checks the range. */
    public Vgg19 {
      Ranges.check(Vgg19.class, width, variant);
    }

    @Override
    public Network build(Task task) {
      return network("vgg-19", width, variant, task.numbers(), task.outputs(), 2, 2, 4, 4, 4);
    }
  }

  /**
   * The VGGs of SNIP: the convolutions of {@link Vgg16} with biases, five max-poolings, and linear
   * layers of 512 with batch norm and ReLU before the last. Inputs (batch, channels, height, width)
   * of at least 32x32 pixels, whose first convolution has stride 2 from 64x64 on; outputs logits
   * (batch, classes).
   *
   * <p>The layers are {@code conv1} to {@code conv13} and {@code fc1}, {@code fc2}, ...; the batch
   * norms {@code bn1} to {@code bn15}. Each layer but the last has a group of its name. Weights and
   * biases on CIFAR-10: C 10,526,538, D 15,245,130, like 14,982,474 (paper: 10.5M, 15.2M, 14.9M).
   *
   * <p>Source: SNIP, arXiv:1810.02340, Table 2 and its code.
   *
   * @param layout the choice among the three
   */
  public record Snip(
      @Setting(
              value =
                  "d: 13 convolutions, linear layers of 512, 512 and classes; c: d with"
                      + " 1x1 as third convolution of the last three blocks; like: d with one"
                      + " linear 512",
              defaults = "d")
          Layout layout)
      implements Model {

    /** The names of SNIP's three VGGs. */
    public enum Layout {
      /** VGG-C. */
      C,
      /** VGG-D. */
      D,
      /** VGG-like. */
      LIKE
    }

    @Override
    public Network build(Task task) {
      Shape input = task.numbers();
      int classes = task.outputs();
      Parts.check("vgg-snip", input, 32);
      int stride = Math.min(input.get(1), input.get(2)) < 64 ? 1 : 2;
      int hidden = layout == Layout.LIKE ? 1 : 2;
      Network.Builder network =
          Chain.network(
              "vgg-snip",
              input,
              chain -> {
                int bn =
                    convolutions(
                        chain, 64, CodeFamily.SNIP, stride, layout == Layout.C, 2, 2, 3, 3, 3);
                chain.add(Parts.halve()).add(Blocks.batchFlattenBlock());
                for (int i = 1; i <= hidden; i++) {
                  chain
                      .layer("fc" + i, 512, units -> Parts.linear(units, true))
                      .norm("bn" + (bn + i), Parts.norm(true))
                      .add(Parts.relu());
                }
                chain.output("fc" + (hidden + 1), Parts.linear(classes, true));
              });
      return CodeFamily.SNIP.initialise(network).build();
    }
  }

  private static Network network(
      String name, int width, CodeFamily variant, Shape input, int classes, int... counts) {
    Parts.check(name, input, 16);
    Network.Builder network =
        Chain.network(
            name,
            input,
            chain -> {
              convolutions(chain, width, variant, 1, false, counts);
              chain
                  .add(Pool.globalAvgPool2dBlock())
                  .output("fc", Parts.linear(classes, variant.affine()));
            });
    return variant.initialise(network).build();
  }

  /** Appends the blocks with max-pooling between them; returns the number of convolutions. */
  private static int convolutions(
      Chain chain, int width, CodeFamily variant, int stride, boolean narrowThirds, int... counts) {
    int all = 0;
    for (int block = 0; block < counts.length; block++) {
      if (block > 0) {
        chain.add(Parts.halve());
      }
      for (int i = 0; i < counts[block]; i++) {
        all++;
        int kernel = narrowThirds && i == 2 ? 1 : 3;
        int step = all == 1 ? stride : 1;
        chain
            .layer(
                "conv" + all,
                width << Math.min(block, 3),
                filters -> Parts.convolution(kernel, filters, step, variant.biases()))
            .norm("bn" + all, Parts.norm(variant.affine()))
            .add(Parts.relu());
      }
    }
    return all;
  }
}
