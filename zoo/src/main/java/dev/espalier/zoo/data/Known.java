// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Tokenizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** A vocabulary of pieces of training texts. Token 0 stands for all other pieces. */
final class Known implements Tokenizer.Vocabulary {

  private final List<String> pieces;
  private final Function<String, Stream<String>> division;
  private final Map<String, Integer> tokens = new HashMap<>();

  /**
   * Creates a vocabulary.
   *
   * @param pieces the pieces of the tokens from 1
   * @param division divides a text into pieces
   */
  Known(List<String> pieces, Function<String, Stream<String>> division) {
    this.pieces = pieces;
    this.division = division;
    for (int i = 0; i < pieces.size(); i++) {
      tokens.put(pieces.get(i), i + 1);
    }
  }

  @Override
  public int size() {
    return pieces.size() + 1;
  }

  @Override
  public int[] encode(String text) {
    return division.apply(text).mapToInt(piece -> tokens.getOrDefault(piece, 0)).toArray();
  }

  @Override
  public String name(int token) {
    return token == 0 ? "unknown" : pieces.get(token - 1);
  }
}
