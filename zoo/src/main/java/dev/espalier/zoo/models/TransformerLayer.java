// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import dev.espalier.api.network.NamedBlocks;

/**
 * A layer of a transformer with the norms in front: y = x + attention(norm1(x)), y +
 * feed-forward(norm2(y)). The feed-forward part is linear to a hidden width, GELU, linear. Each
 * part ends with dropout. A second input goes to the {@link Attention}.
 */
final class TransformerLayer extends AbstractBlock {

  /** The meaning of settings of models with these layers, as that of those below. */
  static final String LAYERS = "number of blocks";

  static final String WIDTH = "width of the states";
  static final String HEADS = "number of heads of attention, a divisor of width";
  static final String HIDDEN = "hidden width of the feed-forward parts, 4 * width if not set";
  static final String DROPOUT = "rate of dropout on embeddings, on attention and behind each part";

  private final Block norm1;
  private final Block attention;
  private final Block norm2;
  private final Block feedForward;
  private final Block dropout;

  TransformerLayer(int width, int heads, int hidden, double dropout) {
    norm1 = addChildBlock("norm1", Parts.layerNorm());
    attention = addChildBlock("attention", new Attention(width, heads, dropout));
    norm2 = addChildBlock("norm2", Parts.layerNorm());
    feedForward =
        addChildBlock(
            "feed-forward",
            new NamedBlocks()
                .add("hidden", Parts.linear(hidden, true))
                .add("gelu", Activation.geluBlock())
                .add("output", Parts.linear(width, true)));
    this.dropout = dropout == 0 ? null : addChildBlock("dropout", Parts.dropout(dropout));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDList attended = new NDList(inputs);
    attended.set(0, run(norm1, inputs.get(0), store, training));
    NDArray y =
        inputs
            .get(0)
            .add(dropped(attention.forward(store, attended, training).get(0), store, training));
    NDArray z = run(feedForward, run(norm2, y, store, training), store, training);
    return new NDList(y.add(dropped(z, store, training)));
  }

  private NDArray dropped(NDArray x, ParameterStore store, boolean training) {
    return dropout == null ? x : run(dropout, x, store, training);
  }

  private static NDArray run(Block block, NDArray x, ParameterStore store, boolean training) {
    return block.forward(store, new NDList(x), training).singletonOrThrow();
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputs) {
    for (Block child : children.values()) {
      child.initialize(manager, type, inputs[0]);
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {inputs[0]};
  }
}
