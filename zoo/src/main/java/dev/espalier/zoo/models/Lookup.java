// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * An embedding of tokens: int64 (batch, length) to (batch, length, width). Its table {@code weight}
 * has shape (vocabulary, width), as the weights of an output layer, which {@link #asOutput}
 * creates.
 */
final class Lookup extends AbstractBlock {

  private final Parameter table;

  Lookup(int vocabulary, int width) {
    table =
        addParameter(
            Parameter.builder()
                .setName("weight")
                .setType(Parameter.Type.WEIGHT)
                .optShape(new Shape(vocabulary, width))
                .build());
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList tokens, boolean training, PairList<String, Object> params) {
    NDArray ids = tokens.singletonOrThrow();
    NDArray rows = store.getValue(table, ids.getDevice(), training);
    return Embedding.embedding(ids, rows, SparseFormat.DENSE);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] tokens) {
    return new Shape[] {tokens[0].add(table.getShape().get(1))};
  }

  /** Returns a linear layer without biases whose weights are this table. */
  AbstractBlock asOutput() {
    return new TiedOutput(table);
  }

  private static final class TiedOutput extends AbstractBlock {

    private final Parameter table;

    TiedOutput(Parameter table) {
      this.table = addParameter(table);
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
      NDArray x = inputs.singletonOrThrow();
      return Linear.linear(x, store.getValue(table, x.getDevice(), training));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputs) {
      Shape x = inputs[0];
      return new Shape[] {x.slice(0, x.dimension() - 1).add(table.getShape().get(0))};
    }
  }
}
