// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CostTest {

  @Test
  void countsWeightsOncePerPositionAndWhatIsTrained() {
    try (Network network = TinyProblem.convolutional()) {
      // conv 9 * 2 at 2x2 positions, fc 8 * 5, out 5 * 3; conv, bn, fc and out with their biases
      assertThat(Cost.of(network))
          .isEqualTo(new Cost(9 * 2 * 4 + 40 + 15, 18 + 2 + 2 + 40 + 5 + 15 + 3));
    }
  }

  @Test
  void countsOtherWidthsWithoutBuildingThem() {
    try (Network network = TinyProblem.convolutional()) {
      int before = LiveArrays.count();
      Cost cost = Cost.of(network, Widths.of(Map.of("conv", 7, "fc", 1)));
      assertThat(LiveArrays.count()).isEqualTo(before);
      assertThat(cost).isEqualTo(new Cost(9 * 7 * 4 + 28 + 3, 63 + 7 + 7 + 28 + 1 + 3 + 3));
      try (Network built = network.resized(Widths.of(Map.of("conv", 7, "fc", 1)))) {
        assertThat(Cost.of(built)).isEqualTo(cost);
      }
    }
  }

  @Test
  void countsTheChannelsThatAGroupedConvolutionReads() {
    Block grouped =
        Conv2d.builder()
            .setKernelShape(new Shape(3, 3))
            .setFilters(6)
            .optGroups(2)
            .optStride(new Shape(2, 2))
            .optBias(false)
            .build();
    try (Network network =
        Network.builder("n", new NamedBlocks().add("conv", grouped), new Shape(4, 9, 7)).build()) {
      // 3x3 of 2 of the 4 channels to 6, at 4x3 positions
      assertThat(Cost.of(network)).isEqualTo(new Cost(9 * 2 * 6 * 4 * 3, 9 * 2 * 6));
    }
  }

  @Test
  void countsNoParameterThatIsNotTrained() {
    NamedBlocks block =
        new NamedBlocks()
            .add(
                "conv",
                Conv2d.builder()
                    .setKernelShape(new Shape(1, 1))
                    .setFilters(3)
                    .optBias(false)
                    .build())
            .add("bn", BatchNorm.builder().optScale(false).optCenter(false).build());
    try (Network network = Network.builder("n", block, new Shape(2, 5, 5)).build()) {
      assertThat(Cost.of(network)).isEqualTo(new Cost(2 * 3 * 25, 6));
    }
  }

  @Test
  void countsOneExampleWhateverBatchABlockWasInitialisedFor() {
    try (NDManager owner = NDManager.newBaseManager()) {
      Block conv = Conv2d.builder().setKernelShape(new Shape(3, 3)).setFilters(2).build();
      conv.initialize(owner, DataType.FLOAT32, new Shape(16, 1, 4, 4));
      try (Network network =
          Network.builder("n", new NamedBlocks().add("conv", conv), new Shape(1, 4, 4)).build()) {
        assertThat(Cost.of(network).macs()).isEqualTo(9 * 2 * 4);
      }
    }
  }
}
