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
import dev.espalier.api.state.Scalar;

/**
 * Multi-head self-attention of (batch, length, width), Vaswani et al. 2017, section 3.2. The linear
 * layers {@code query}, {@code key}, {@code value} and {@code output} have weights (width, width)
 * and biases. A second input is added to the scores (batch, heads, length, length) before the
 * softmax; 0 allows a key, and a number such as -1e9 hides it.
 */
final class Attention extends AbstractBlock {

  private final int heads;
  private final Block query;
  private final Block key;
  private final Block value;
  private final Block dropout;
  private final Block output;

  Attention(int width, int heads, double dropout) {
    this.heads = heads;
    query = addChildBlock("query", Parts.linear(width, true));
    key = addChildBlock("key", Parts.linear(width, true));
    value = addChildBlock("value", Parts.linear(width, true));
    this.dropout = dropout == 0 ? null : addChildBlock("dropout", Parts.dropout(dropout));
    output = addChildBlock("output", Parts.linear(width, true));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDList x = new NDList(inputs.get(0));
    NDArray queries = heads(query.forward(store, x, training).singletonOrThrow());
    NDArray keys = heads(key.forward(store, x, training).singletonOrThrow());
    NDArray values = heads(value.forward(store, x, training).singletonOrThrow());
    long size = queries.getShape().get(3);
    NDArray scale =
        Scalar.constant(queries.getManager(), queries.getDataType(), 1 / Math.sqrt((double) size));
    NDArray scores = queries.mul(scale).matMul(keys.swapAxes(2, 3));
    if (inputs.size() > 1) {
      scores = scores.add(inputs.get(1));
    }
    NDArray shares = scores.softmax(3);
    if (dropout != null) {
      shares = dropout.forward(store, new NDList(shares), training).singletonOrThrow();
    }
    NDArray joined = shares.matMul(values).swapAxes(1, 2).reshape(inputs.get(0).getShape());
    return output.forward(store, new NDList(joined), training);
  }

  /** Divides (batch, length, width) into (batch, heads, length, width / heads). */
  private NDArray heads(NDArray x) {
    Shape shape = x.getShape();
    return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads).swapAxes(1, 2);
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
