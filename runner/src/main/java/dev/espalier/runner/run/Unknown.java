// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** Substitutes for data and a network that cannot be had: one small, and one larger and deeper. */
final class Unknown implements AutoCloseable {

  private static final String NAME = "an unknown network";

  private final boolean large;
  private Network network;

  Unknown(boolean large) {
    this.large = large;
  }

  /** Data with little in common with those of the other size. */
  Data data() {
    int classes = large ? 1000 : 2;
    Shape shape = large ? new Shape(3, 2, 2) : new Shape(1, 1, 1);
    Examples train = examples(shape, large ? 100_000 : 2, classes);
    Examples few = examples(shape, large ? 10_000 : 2, classes);
    return new Data("unknown data", train, few, few, Normalisation.NONE, classes);
  }

  private static Examples examples(Shape shape, int count, int classes) {
    ByteBuffer pixels = ByteBuffer.allocate(Math.toIntExact(count * shape.size()));
    return Examples.ofBytes(
        pixels, shape, IntStream.range(0, count).map(i -> i % classes).toArray());
  }

  /** A network with little in common with that of the other size. */
  Network network() {
    if (network == null) {
      network =
          large
              ? Network.builder(
                      NAME,
                      widths ->
                          new NamedBlocks()
                              .add("conv", convolution(widths.of("conv", 200)))
                              .add("norm", BatchNorm.builder().build())
                              .add(Activation::relu)
                              .add("last", convolution(100))
                              .add(Blocks.batchFlattenBlock())
                              .add("fc", Linear.builder().setUnits(1000).build()),
                      new Shape(3, 2, 2))
                  .optGroup("conv", List.of("conv", "norm"), List.of("last"))
                  .build()
              : Network.builder(
                      "a network",
                      new NamedBlocks()
                          .add(Blocks.batchFlattenBlock())
                          .add("fc", Linear.builder().setUnits(2).build()),
                      new Shape(1, 1, 1))
                  .build();
    }
    return network;
  }

  private static Conv2d convolution(int filters) {
    return Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(filters).build();
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
    }
  }
}
