// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.state.State;

/** The cells of recurrent networks by their equations, for one sequence and one layer. */
final class Cells {

  private Cells() {}

  /** The output of a network of one unit behind the last state. */
  static double output(State state, double[][] x, boolean isLstm) {
    int width = (int) state.get("output.weight").shape().get(1);
    double[] h = new double[width];
    double[] c = new double[width];
    for (double[] step : x) {
      double[] input = product(state, "layer1.input", step);
      double[] hidden = product(state, "layer1.hidden", h);
      double[] next = new double[width];
      for (int j = 0; j < width; j++) {
        if (isLstm) {
          double in = sigmoid(input[j] + hidden[j]);
          double forget = sigmoid(input[width + j] + hidden[width + j]);
          double candidate = Math.tanh(input[2 * width + j] + hidden[2 * width + j]);
          double out = sigmoid(input[3 * width + j] + hidden[3 * width + j]);
          c[j] = forget * c[j] + in * candidate;
          next[j] = out * Math.tanh(c[j]);
        } else {
          double reset = sigmoid(input[j] + hidden[j]);
          double update = sigmoid(input[width + j] + hidden[width + j]);
          double candidate = Math.tanh(input[2 * width + j] + reset * hidden[2 * width + j]);
          next[j] = (1 - update) * candidate + update * h[j];
        }
      }
      h = next;
    }
    return product(state, "output", h)[0];
  }

  private static double[] product(State state, String layer, double... x) {
    int rows = (int) state.get(layer + ".bias").shape().get(0);
    double[] y = new double[rows];
    for (int i = 0; i < rows; i++) {
      y[i] = state.get(layer + ".bias").values().get(i);
      for (int j = 0; j < x.length; j++) {
        y[i] += state.get(layer + ".weight").values().get(i * x.length + j) * x[j];
      }
    }
    return y;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
