// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Each character (code point) of Unicode is a token. The vocabulary is that of the training texts,
 * in the order of Unicode, after token 0 for all other characters.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Characters() implements Tokenizer {

  @Override
  public Vocabulary vocabulary(List<String> training) {
    int[] known = training.stream().flatMapToInt(String::codePoints).distinct().sorted().toArray();
    return new Known(
        Arrays.stream(known).mapToObj(Character::toString).toList(),
        text -> text.codePoints().mapToObj(Character::toString));
  }
}
