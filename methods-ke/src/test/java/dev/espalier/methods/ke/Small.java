// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.Sgd;
import java.util.List;

/** Networks for {@link TinyProblem} with channels to be split, and how they are trained. */
final class Small {

  private Small() {}

  /** Two convolutions with batch norm, then a hidden layer that reads their maps of 2x2. */
  static Network chain(int conv1, int conv2, int fc) {
    return Network.builder(
            "chain",
            widths ->
                blocks(widths.of("conv1", conv1), widths.of("conv2", conv2), widths.of("fc", fc)),
            TinyProblem.INPUT)
        .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2"))
        .optGroup("conv2", List.of("conv2", "bn2"), List.of("fc"))
        .optGroup("fc", List.of("fc"), List.of("out"))
        .build();
  }

  private static Block blocks(int conv1, int conv2, int fc) {
    return new NamedBlocks()
        .add("conv1", TinyProblem.convolution(conv1))
        .add("bn1", BatchNorm.builder().build())
        .add(Activation::relu)
        .add("conv2", TinyProblem.convolution(conv2))
        .add("bn2", BatchNorm.builder().build())
        .add(Activation::relu)
        .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add("fc", Linear.builder().setUnits(fc).build())
        .add(Activation::relu)
        .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
  }

  /** The data of {@link TinyProblem} with the paper's label smoothing. */
  static Data data(int train, int validation, int test) {
    return TinyProblem.data(train, validation, test)
        .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
  }

  /** The paper's recipe in small: momentum, weight decay, a warm-up of one epoch, then a cosine. */
  static Training training(double learningRate, double weightDecay, int batch, int epochs) {
    return new Training(
        new Sgd(learningRate, 0.9, false, weightDecay, List.of()),
        new Cosine(),
        Span.epochs(1),
        batch,
        Span.epochs(epochs),
        Span.epochs(epochs));
  }

  /** The ticket of a generation that is of a branch. */
  static Ticket ticket(List<Ticket> tickets, int generation, String branch) {
    return tickets.stream()
        .filter(t -> t.round() == generation && t.branch().equals(branch))
        .findAny()
        .orElseThrow();
  }

  static Evaluation test(Ticket ticket) {
    return ticket.trained().history().last().orElseThrow().test();
  }
}
