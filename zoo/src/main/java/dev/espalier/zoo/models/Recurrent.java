// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.List;

/**
 * A recurrent layer: (batch, length, features) to the hidden states (batch, length, width), from a
 * state of 0. Its parameters are {@code input.weight} (gates * width, features), {@code
 * hidden.weight} (gates * width, width), {@code input.bias} and {@code hidden.bias} (gates *
 * width), in the layout of PyTorch. DJL's blocks of these cells make states of float32 only.
 */
final class Recurrent extends AbstractBlock {

  /** The cells, and the order of their gates in the rows of the parameters. */
  enum Cell {
    /** Input, forget, candidate, output. */
    LSTM(4),
    /** Reset, update, candidate. */
    GRU(3);

    private final int gates;

    Cell(int gates) {
      this.gates = gates;
    }
  }

  private final Cell cell;
  private final int width;
  private final List<Parameter> ordered;

  Recurrent(Cell cell, int width) {
    this.cell = cell;
    this.width = width;
    ordered =
        List.of(
            parameter("input.weight", Parameter.Type.WEIGHT),
            parameter("hidden.weight", Parameter.Type.WEIGHT),
            parameter("input.bias", Parameter.Type.BIAS),
            parameter("hidden.bias", Parameter.Type.BIAS));
  }

  private Parameter parameter(String name, Parameter.Type type) {
    return addParameter(Parameter.builder().setName(name).setType(type).build());
  }

  @Override
  protected void prepare(Shape[] inputs) {
    long rows = (long) cell.gates * width;
    ordered.get(0).setShape(new Shape(rows, inputs[0].get(2)));
    ordered.get(1).setShape(new Shape(rows, width));
    ordered.get(2).setShape(new Shape(rows));
    ordered.get(3).setShape(new Shape(rows));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
    NDArray x = inputs.singletonOrThrow();
    NDList weights = new NDList();
    ordered.forEach(each -> weights.add(store.getValue(each, x.getDevice(), training)));
    NDArray state = x.getManager().zeros(new Shape(1, x.getShape().get(0), width), x.getDataType());
    NDArrayEx ex = x.getNDArrayInternal();
    NDList outputs =
        cell == Cell.LSTM
            ? ex.lstm(x, new NDList(state, state), weights, true, 1, 0, training, false, true)
            : ex.gru(x, state, weights, true, 1, 0, training, false, true);
    outputs.stream().skip(1).forEach(NDArray::close);
    return new NDList(outputs.get(0));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {new Shape(inputs[0].get(0), inputs[0].get(1), width)};
  }
}
