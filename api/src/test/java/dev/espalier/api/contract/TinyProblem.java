// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Networks and data so small that a test trains them in a moment: images of 4x4 bytes, of which one
 * row in the upper three is bright, and that row is the class.
 */
public final class TinyProblem {

  /** The shape of an image. */
  public static final Shape INPUT = new Shape(1, 4, 4);

  /** How many classes there are. */
  public static final int CLASSES = 3;

  private TinyProblem() {}

  /**
   * A convolution, batch norm and two linear layers: {@code conv}, {@code bn}, {@code fc}, {@code
   * out}. The groups are {@code conv}, of 2 channels of 2x2 pixels each, and {@code fc}, of 5.
   *
   * @return a network with 18 + 40 + 15 prunable weights, to be closed by the caller
   */
  public static Network convolutional() {
    return Network.builder("tiny-convolutional", TinyProblem::block, INPUT)
        .optGroup("conv", List.of("conv", "bn"), List.of("fc"))
        .optGroup("fc", List.of("fc"), List.of("out"))
        .build();
  }

  /**
   * The network of {@link #convolutional} without groups: made of a finished block, it comes in no
   * other widths.
   *
   * @return a network, to be closed by the caller
   */
  public static Network ungrouped() {
    return Network.builder("tiny-ungrouped", block(Widths.usual()), INPUT).build();
  }

  private static Block block(Widths widths) {
    return new NamedBlocks()
        .add(
            "conv",
            Conv2d.builder()
                .setKernelShape(new Shape(3, 3))
                .setFilters(widths.of("conv", 2))
                .optBias(false)
                .build())
        .add("bn", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Blocks.batchFlattenBlock())
        .add("fc", Linear.builder().setUnits(widths.of("fc", 5)).build())
        .add(Activation::relu)
        .add("out", Linear.builder().setUnits(CLASSES).build());
  }

  /**
   * Two linear layers: {@code fc} of 16 to 8, a group, and {@code out}.
   *
   * @return a network with 128 + 24 prunable weights, to be closed by the caller
   */
  public static Network linear() {
    return Network.builder(
            "tiny-linear",
            widths ->
                new NamedBlocks()
                    .add(Blocks.batchFlattenBlock())
                    .add("fc", Linear.builder().setUnits(widths.of("fc", 8)).build())
                    .add(Activation::relu)
                    .add("out", Linear.builder().setUnits(CLASSES).build()),
            INPUT)
        .optGroup("fc", List.of("fc"), List.of("out"))
        .build();
  }

  /**
   * A stream of channels to which one residual block adds. The groups are {@code stream} and {@code
   * inner}, the 6 channels within the block.
   *
   * @param stream how many channels the stream has
   * @return a network, to be closed by the caller
   */
  public static Network residual(int stream) {
    return Network.builder(
            "residual",
            widths -> residual(widths.of("stream", stream), widths.of("inner", 6)),
            INPUT)
        .optGroup(
            "stream",
            List.of("stem", "stem-bn", "block.namedBlocks.conv2", "block.namedBlocks.bn2"),
            List.of("block.namedBlocks.conv1", "out"))
        .optGroup(
            "inner",
            List.of("block.namedBlocks.conv1", "block.namedBlocks.bn1"),
            List.of("block.namedBlocks.conv2"))
        .build();
  }

  private static Block residual(int stream, int within) {
    NamedBlocks inner =
        new NamedBlocks()
            .add("conv1", convolution(within))
            .add("bn1", BatchNorm.builder().build())
            .add(Activation::relu)
            .add("conv2", convolution(stream))
            .add("bn2", BatchNorm.builder().build());
    return new NamedBlocks()
        .add("stem", convolution(stream))
        .add("stem-bn", BatchNorm.builder().build())
        .add(Activation::relu)
        .add("block", new ParallelBlock(TinyProblem::sum, List.of(inner, Blocks.identityBlock())))
        .add(Activation::relu)
        .add(Blocks.batchFlattenBlock())
        .add("out", Linear.builder().setUnits(CLASSES).build());
  }

  private static NDList sum(List<NDList> branches) {
    return new NDList(branches.get(0).singletonOrThrow().add(branches.get(1).singletonOrThrow()));
  }

  /**
   * A 3x3 convolution that keeps the size of an image and has no biases.
   *
   * @param filters how many channels it makes
   * @return a new block
   */
  public static Block convolution(int filters) {
    return Conv2d.builder()
        .setKernelShape(new Shape(3, 3))
        .setFilters(filters)
        .optPadding(new Shape(1, 1))
        .optBias(false)
        .build();
  }

  /**
   * What a network says of 20 images that are always the same, as an ordinary DJL block.
   *
   * @param network a network for images of this problem
   * @param state the parameters to load into it
   * @return its outputs, image after image
   */
  public static float[] outputs(Network network, State state) {
    network.load(state);
    RandomStream random = new Seed(5, 0).stream("test", 0);
    float[] images = new float[20 * (int) INPUT.size()];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray batch = manager.create(images, network.batch(20));
      ParameterStore store = new ParameterStore(manager, false);
      return network
          .block()
          .forward(store, new NDList(batch), false)
          .singletonOrThrow()
          .toFloatArray();
    }
  }

  /**
   * Data of the problem, always the same.
   *
   * @param train how many training examples
   * @param validation how many validation examples
   * @param test how many test examples
   * @return the data set
   */
  public static Data data(int train, int validation, int test) {
    return new Data(
        "tiny",
        examples("train", train),
        examples("validation", validation),
        examples("test", test),
        Normalisation.NONE,
        CLASSES);
  }

  private static Examples examples(String part, int count) {
    RandomStream random = new Seed(7, 0).stream(part, 0);
    ByteBuffer pixels = ByteBuffer.allocate(count * (int) INPUT.size());
    int[] labels = new int[count];
    for (int example = 0; example < count; example++) {
      labels[example] = random.nextInt(CLASSES);
      for (int row = 0; row < 4; row++) {
        int light = row == labels[example] ? 80 : 0;
        for (int column = 0; column < 4; column++) {
          pixels.put((byte) (light + random.nextInt(120)));
        }
      }
    }
    return Examples.ofBytes(pixels.flip(), INPUT, labels);
  }
}
