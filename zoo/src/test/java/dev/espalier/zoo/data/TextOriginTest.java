// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bundled text is the file that the note beside it names. */
class TextOriginTest {

  @Test
  void theBundledTextIsThatOfItsNote() throws IOException, NoSuchAlgorithmException {
    byte[] text = resource(Text.BUNDLED);
    String note = new String(resource("text/README.md"), UTF_8);
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    assertThat(sum).isEqualTo("8061549557aebd2fd6e353d18d9197cb707029112bd52d4d8b174583a925848a");
    assertThat(note).contains(sum, "janeaustenr");
    assertThat(new String(text, UTF_8))
        .startsWith("Persuasion\n\n\nby\n\nJane Austen\n\n(1818)\n")
        .endsWith("Finis\n");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Text.class.getResourceAsStream(name)) {
      return DataFiles.read(name, in).bytes();
    }
  }
}
