// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Data;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class DigitsTest {

  private final Digits digits = new Digits(PixelScale.STANDARD);

  @Test
  void has10000TrainingAnd2000TestImagesAsBytes() throws IOException {
    Data data = digits.load();
    assertThat(data.train().size()).isEqualTo(10_000);
    assertThat(data.validation().size()).isZero();
    assertThat(data.test().size()).isEqualTo(2_000);
    assertThat(data.train().shape()).isEqualTo(new Shape(1, 28, 28));
    assertThat(data.train().type()).isEqualTo(DataType.UINT8);
    assertThat(data.classes()).isEqualTo(10);
  }

  @Test
  void hasAsManyOfEachClass() throws IOException {
    Data data = digits.load();
    for (int digit = 0; digit < 10; digit++) {
      assertThat(count(data.train().labels(), digit)).isEqualTo(1_000);
      assertThat(count(data.test().labels(), digit)).isEqualTo(200);
    }
  }

  @Test
  void hasAnotherDigestWithAnotherNormalisation() throws IOException {
    Data raw = new Digits(PixelScale.NONE).load();
    assertThat(raw.digest()).isNotEqualTo(digits.load().digest());
    assertThat(raw.train().digest()).isEqualTo(digits.load().train().digest());
  }

  @Test
  void isAboutNormalWithTheNumbersOfTheWholeOfMnist() throws IOException {
    Pixels pixels = Pixels.of(digits.load().train());
    // A sixth of MNIST, balanced where MNIST is not: near its moments, not at them.
    assertThat((pixels.mean() - Mnist.MEAN) / Mnist.STD).isCloseTo(0, within(0.02));
    assertThat(pixels.std() / Mnist.STD).isCloseTo(1, within(0.02));
  }

  @Test
  void theNoteBesideTheFilesGivesTheirChecksums() throws IOException, GeneralSecurityException {
    String note;
    try (InputStream in = Digits.class.getResourceAsStream("digits/README.md")) {
      note = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String file : MnistFiles.NAMES) {
      try (InputStream in = Digits.class.getResourceAsStream("digits/" + file + ".gz");
          InputStream decoded = new GZIPInputStream(in)) {
        byte[] sha = MessageDigest.getInstance("SHA-256").digest(decoded.readAllBytes());
        assertThat(note).contains("| " + file + " | " + HexFormat.of().formatHex(sha) + " |");
      }
    }
  }

  private static long count(int[] labels, int digit) {
    return Arrays.stream(labels).filter(label -> label == digit).count();
  }
}
