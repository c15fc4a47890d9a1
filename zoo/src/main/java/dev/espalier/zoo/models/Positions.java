// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * Learned positions: adds a row of the table {@code weight} of shape (length, width) to each place
 * of (batch, length, width).
 */
final class Positions extends AbstractBlock {

  private final Parameter table =
      addParameter(Parameter.builder().setName("weight").setType(Parameter.Type.WEIGHT).build());

  @Override
  protected void prepare(Shape[] inputs) {
    table.setShape(inputs[0].slice(1));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    return new NDList(x.add(store.getValue(table, x.getDevice(), training)));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return inputs;
  }
}
