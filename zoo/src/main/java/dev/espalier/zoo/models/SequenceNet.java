// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A network for sequences: blocks that compute states (batch, length, width), a summary of them,
 * and an output layer. Inputs are tokens, int64 (batch, length), or numbers.
 *
 * <p>{@link TransformerLayer}s get a mask as second input. It hides later places if the output has
 * one row for each place, and padding otherwise: tokens of number 0. Masks are computed on the
 * device, once for each forward pass.
 */
final class SequenceNet extends AbstractBlock {

  /** The states that the output layer reads. */
  enum Summary {
    /** Each state: one output for each place. */
    EACH,
    /** The mean of the states at places that are not padding. */
    MEAN,
    /** The state at the last place that is not padding. */
    LAST,
    /** The state at the first place, that of a {@link ClassToken}. */
    FIRST
  }

  /** Hides a key: the softmax of scores that differ by so much is 0. */
  private static final double HIDDEN = -1e9;

  private final Summary summary;
  private final boolean isOfTokens;
  private final List<Block> blocks = new ArrayList<>();
  private Block output;

  SequenceNet(Summary summary, boolean isOfTokens) {
    this.summary = summary;
    this.isOfTokens = isOfTokens;
  }

  /**
   * Creates a network without blocks for a task on sequences.
   *
   * @param model the model's id, for the message
   * @param task the inputs and outputs
   * @param ofVector the summary if the output is one vector; if it has a row for each place, each
   *     state is read
   * @throws RefusedException if the task is not on sequences
   */
  static SequenceNet of(String model, Task task, Summary ofVector) {
    if (task.input().dimension() != (task.isOfTokens() ? 1 : 2)) {
      throw new RefusedException(
          "id",
          model + " for examples of shape " + task.input(),
          model + " for tokens (length), or numbers (steps, features)");
    }
    if (task.output().dimension() == 1) {
      return new SequenceNet(ofVector, task.isOfTokens());
    }
    if (task.output().dimension() != 2 || task.output().get(0) != task.input().get(0)) {
      throw new RefusedException(
          "id",
          model + " for outputs of shape " + task.output() + " from inputs of " + task.input(),
          model + " for outputs of one vector, or of one for each place");
    }
    return new SequenceNet(Summary.EACH, task.isOfTokens());
  }

  /** Returns whether the output has a row for each place. */
  boolean isForEachPlace() {
    return summary == Summary.EACH;
  }

  /** Returns the number of outputs, of each place if there is a row for each. */
  static int outputs(Task task) {
    return Math.toIntExact(task.output().get(task.output().dimension() - 1));
  }

  /** Appends a block that computes states. */
  SequenceNet add(String name, Block block) {
    blocks.add(addChildBlock(name, block));
    return this;
  }

  /** Appends blocks of the names {@code block1}, {@code block2}, ... */
  SequenceNet blocks(int count, Supplier<Block> next) {
    for (int i = 1; i <= count; i++) {
      add("block" + i, next.get());
    }
    return this;
  }

  /** Appends dropout, unless its rate is 0. */
  SequenceNet dropout(String name, double rate) {
    return rate == 0 ? this : add(name, Parts.dropout(rate));
  }

  /** Sets the output layer, the last block. */
  SequenceNet output(Block layer) {
    output = addChildBlock("output", layer);
    return this;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    NDArray states = x;
    NDArray mask = null;
    for (Block block : blocks) {
      NDList input = new NDList(states);
      if (block instanceof TransformerLayer) {
        mask = mask == null ? mask(x, states) : mask;
        if (mask != null) {
          input.add(mask);
        }
      }
      states = block.forward(store, input, training).singletonOrThrow();
    }
    return output.forward(store, new NDList(summary(x, states)), training);
  }

  /** Returns what is added to scores of attention, null if nothing is hidden. */
  private NDArray mask(NDArray x, NDArray states) {
    if (summary == Summary.EACH) {
      NDArray places = places(states);
      return places
          .expandDims(0)
          .gt(places.expandDims(1))
          .toType(states.getDataType(), false)
          .muli(HIDDEN);
    }
    return isOfTokens
        ? x.eq(0).toType(states.getDataType(), false).muli(HIDDEN).expandDims(1).expandDims(1)
        : null;
  }

  private static NDArray places(NDArray states) {
    long length = states.getShape().get(1);
    return states.getManager().arange(0, Math.toIntExact(length), 1, DataType.INT64);
  }

  private NDArray summary(NDArray x, NDArray states) {
    return switch (summary) {
      case EACH -> states;
      case FIRST -> states.get(":, 0");
      case MEAN -> isOfTokens ? weighted(states, x.neq(0)) : states.mean(new int[] {1});
      case LAST -> isOfTokens ? weighted(states, isLast(x, states)) : states.get(":, -1");
    };
  }

  /** Returns where the last token of each sequence is; the first place if all are padding. */
  private static NDArray isLast(NDArray tokens, NDArray states) {
    NDArray places = places(states);
    NDArray last = tokens.neq(0).toType(DataType.INT64, false).mul(places).max(new int[] {1}, true);
    return last.eq(places);
  }

  /** Returns the mean of the chosen states, 0 if there is none. */
  private static NDArray weighted(NDArray states, NDArray isChosen) {
    NDArray chosen = isChosen.toType(states.getDataType(), false);
    NDArray weights = chosen.div(chosen.sum(new int[] {1}, true).maximum(1));
    return weights.expandDims(1).matMul(states).squeeze(1);
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    Shape[] shapes = inputs;
    for (Block block : blocks) {
      block.initialize(manager, type, shapes);
      shapes = block.getOutputShapes(shapes);
    }
    output.initialize(manager, type, summarised(shapes));
  }

  private Shape[] summarised(Shape... states) {
    return summary == Summary.EACH
        ? states
        : new Shape[] {new Shape(states[0].get(0), states[0].get(2))};
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    Shape[] shapes = inputs;
    for (Block block : blocks) {
      shapes = block.getOutputShapes(shapes);
    }
    return output.getOutputShapes(summarised(shapes));
  }
}
