// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apiguardian.api.API;

/** Each byte of UTF-8 is a token, from 0 to 255. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Bytes() implements Tokenizer {

  private static final Vocabulary ALL =
      new Vocabulary() {
        @Override
        public int size() {
          return 256;
        }

        @Override
        public int[] encode(String text) {
          byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
          int[] tokens = new int[bytes.length];
          for (int i = 0; i < bytes.length; i++) {
            tokens[i] = bytes[i] & 0xff;
          }
          return tokens;
        }

        @Override
        public String name(int token) {
          return String.format("0x%02X", token);
        }
      };

  @Override
  public Vocabulary vocabulary(List<String> training) {
    return ALL;
  }
}
