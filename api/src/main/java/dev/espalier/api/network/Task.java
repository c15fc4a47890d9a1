// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.settings.RefusedException;
import org.apiguardian.api.API;

/**
 * The inputs and outputs that a network is built for.
 *
 * @param input the shape of one example: (channels, height, width) of images, (length) of a
 *     sequence of tokens, (columns) of a table
 * @param vocabulary the number of different tokens, if inputs are tokens: int64 from 0 to
 *     vocabulary - 1; 0 if inputs are numbers: float32
 * @param output the shape of the output for one example: (classes), (length, vocabulary) of a
 *     language model, or the shape of the numbers to predict
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Task(Shape input, int vocabulary, Shape output) {

  /** Creates a task and checks that a vocabulary is not negative. */
  public Task {
    if (vocabulary < 0) {
      throw new RefusedException("vocabulary", vocabulary, "0 or more");
    }
  }

  /**
   * Creates the task of choosing one of several classes for an input of numbers.
   *
   * @param input the shape of one example
   * @param classes the number of classes
   * @return the task, with an output of shape (classes)
   */
  public static Task classes(Shape input, int classes) {
    return new Task(input, 0, new Shape(classes));
  }

  /**
   * Returns whether inputs are tokens.
   *
   * @return true if there is a vocabulary
   */
  public boolean isOfTokens() {
    return vocabulary > 0;
  }

  /**
   * Returns the input shape for a model whose inputs are numbers.
   *
   * @return the shape of one example
   * @throws RefusedException if the inputs are tokens
   */
  public Shape numbers() {
    if (isOfTokens()) {
      throw new RefusedException(
          "id",
          "a model for inputs of numbers, where the data has " + vocabulary + " different tokens",
          "a model that embeds tokens",
          "Choose one such as transformer or lstm");
    }
    return input;
  }

  /**
   * Returns the number of outputs for a model that computes one vector for each example.
   *
   * @return the length of the vector, such as the number of classes
   * @throws RefusedException if the output has another number of axes
   */
  public int outputs() {
    if (output.dimension() != 1) {
      throw new RefusedException(
          "id",
          "a model that computes one vector for each example, where the data needs outputs of shape "
              + output,
          "a model for such outputs",
          output.equals(input)
              ? "Choose one such as autoencoder"
              : "Choose one such as transformer");
    }
    return Math.toIntExact(output.get(0));
  }
}
