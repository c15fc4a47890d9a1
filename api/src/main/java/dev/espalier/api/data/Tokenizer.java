// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.util.List;
import org.apiguardian.api.API;

/** The division of texts into tokens. Implement it as a record with {@link Setting}s. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Tokenizer {

  /**
   * Makes a vocabulary.
   *
   * @param training the training texts; no others, so that test texts decide nothing
   * @return their vocabulary, or one that is given
   * @throws IOException if a file of the tokenizer is missing or malformed; the message has the
   *     file, the expected and the found form
   */
  Vocabulary vocabulary(List<String> training) throws IOException;

  /** The tokens that texts can have. */
  interface Vocabulary {

    /**
     * Returns the number of different tokens.
     *
     * @return their number; tokens are from 0 to size - 1
     */
    int size();

    /**
     * Divides a text.
     *
     * @param text any text
     * @return its tokens, in order
     */
    int[] encode(String text);

    /**
     * Returns the text of a token, for messages.
     *
     * @param token a token
     * @return its text
     */
    String name(int token);
  }
}
