// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Initialisers;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Task;
import java.util.Optional;

/** Small networks for sequences, and tasks for them. */
final class Sequences {

  static final int LENGTH = 6;
  static final int VOCABULARY = 5;

  /** The next token at each place. */
  static final Task NEXT = new Task(new Shape(LENGTH), VOCABULARY, new Shape(LENGTH, VOCABULARY));

  /** A class of the whole sequence, where token 0 is padding. */
  static final Task CLASSES = new Task(new Shape(LENGTH), VOCABULARY, new Shape(3));

  static final Initialiser EMBEDDINGS = new Initialisers.Normal(1);

  private Sequences() {}

  static Transformer transformer(double dropout, boolean isTied) {
    return new Transformer(
        2, 8, 2, Optional.of(12), dropout, isTied, false, Initialiser.GLOROT_UNIFORM, EMBEDDINGS);
  }

  static Model lstm(int layers, RecurrentNet.Pooling pooling) {
    return new RecurrentNet.Lstm(
        layers, 8, 0, pooling, false, Initialiser.PYTORCH_DEFAULT, EMBEDDINGS, 1);
  }

  static Model gru(int layers, RecurrentNet.Pooling pooling) {
    return new RecurrentNet.Gru(
        layers, 8, 0, pooling, false, Initialiser.PYTORCH_DEFAULT, EMBEDDINGS);
  }
}
