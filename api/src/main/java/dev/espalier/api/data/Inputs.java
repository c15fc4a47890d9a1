// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.apiguardian.api.API;

/**
 * How stored features become inputs of a network.
 *
 * @param shape the shape of one input: that of an example, or one of images with less height or
 *     width. A smaller input is the centre of an example, unless augmentations choose another part
 * @param normalisation the map from stored features to inputs; {@link Normalisation#NONE} of tokens
 * @param augmentations random changes of a training example at each use, in this order, before the
 *     normalisation; empty unless examples are (channels, height, width)
 * @param vocabulary the number of different tokens, if features are tokens; 0 if they are numbers
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Inputs(
    Shape shape, Normalisation normalisation, List<Augmentation> augmentations, int vocabulary) {

  /** Creates inputs with a copy of the list. */
  public Inputs {
    augmentations = List.copyOf(augmentations);
  }

  /**
   * Creates inputs of numbers without augmentations.
   *
   * @param shape the shape of one example
   * @param normalisation the map from stored features to inputs
   * @return the inputs
   */
  public static Inputs of(Shape shape, Normalisation normalisation) {
    return new Inputs(shape, normalisation, List.of(), 0);
  }

  /**
   * Creates inputs of tokens.
   *
   * @param length the number of tokens of an example
   * @param vocabulary the number of different tokens, which are 0 to vocabulary - 1
   * @return the inputs, of shape (length)
   */
  public static Inputs ofTokens(int length, int vocabulary) {
    return new Inputs(new Shape(length), Normalisation.NONE, List.of(), vocabulary);
  }

  /**
   * Replaces the augmentations.
   *
   * @param others the new augmentations
   * @return otherwise equal inputs
   */
  Inputs withAugmentations(List<Augmentation> others) {
    return new Inputs(shape, normalisation, others, vocabulary);
  }
}
