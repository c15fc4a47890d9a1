// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Constant;
import java.util.List;

/** A network of the tiny problem with channels to be gated, and how it is trained. */
final class Tiny {

  private Tiny() {}

  /**
   * Two convolutions of 4 and 6 channels with batch norm, a linear layer of 8 neurons without, and
   * the output: 18 gates. Gamma is drawn, so that no channel is like another.
   */
  static Network network() {
    return Network.builder("tiny-channels", Tiny::block, TinyProblem.INPUT)
        .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2"))
        .optGroup("conv2", List.of("conv2", "bn2"), List.of("fc"))
        .optGroup("fc", List.of("fc"), List.of("out"))
        .optGamma(0.5, 1.5)
        .build();
  }

  static Block block(Widths widths) {
    return new NamedBlocks()
        .add("conv1", TinyProblem.convolution(widths.of("conv1", 4)))
        .add("bn1", BatchNorm.builder().build())
        .add(Activation::relu)
        .add("conv2", TinyProblem.convolution(widths.of("conv2", 6)))
        .add("bn2", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Blocks.batchFlattenBlock())
        .add("fc", Linear.builder().setUnits(widths.of("fc", 8)).build())
        .add(Activation::relu)
        .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
  }

  static Training training(Optimizer optimizer, Span length) {
    return new Training(optimizer, new Constant(), Span.iterations(0), 25, length, Span.epochs(1));
  }

  static Evaluation test(Trained trained) {
    return trained.history().last().orElseThrow().test();
  }
}
