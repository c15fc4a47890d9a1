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
 * Puts a learned vector in front of each sequence: (batch, length, width) to (batch, length + 1,
 * width). The vector {@code weight} starts at 0.
 */
final class ClassToken extends AbstractBlock {

  private final Parameter vector =
      addParameter(Parameter.builder().setName("weight").setType(Parameter.Type.OTHER).build());

  @Override
  protected void prepare(Shape[] inputs) {
    vector.setShape(new Shape(inputs[0].get(2)));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    Shape one = new Shape(x.getShape().get(0), 1, x.getShape().get(2));
    NDArray first = store.getValue(vector, x.getDevice(), training).broadcast(one);
    return new NDList(first.concat(x, 1));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    Shape x = inputs[0];
    return new Shape[] {new Shape(x.get(0), x.get(1) + 1, x.get(2))};
  }
}
