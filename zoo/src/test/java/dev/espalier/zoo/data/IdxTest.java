// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Examples;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class IdxTest {

  private static final byte[] IMAGES = Stub.images(3, 2, 4);
  private static final byte[] LABELS = Stub.labels(3);

  @Test
  void readsImagesAsUnsignedBytesAndLabelsAsNumbers() throws IOException {
    byte[] images = IMAGES.clone();
    images[images.length - 1] = (byte) 255;
    Examples examples = examples(images, LABELS);
    assertThat(examples.type()).isEqualTo(DataType.UINT8);
    assertThat(examples.shape()).isEqualTo(new Shape(1, 2, 4));
    assertThat(examples.labels()).containsExactly(0, 1, 2);
    ByteBuffer pixels = (ByteBuffer) examples.features().values();
    assertThat(pixels.remaining()).isEqualTo(24);
    assertThat(pixels.get(0)).isZero();
    assertThat(pixels.get(22)).isEqualTo((byte) 22);
    assertThat(Byte.toUnsignedInt(pixels.get(23))).isEqualTo(255);
  }

  @Test
  void readsAGzippedFileAsIfItWereNot() throws IOException {
    Examples zipped =
        Idx.examples(idx("images.gz", Stub.gzip(IMAGES)), idx("labels.gz", Stub.gzip(LABELS)), 10);
    assertThat(zipped.digest()).isEqualTo(examples(IMAGES, LABELS).digest());
  }

  @Test
  void refusesAFileThatIsCutShort() {
    assertRefused(Arrays.copyOf(IMAGES, IMAGES.length - 1), LABELS)
        .hasMessageContainingAll("images:", "expected 40 bytes", "found 39", "cut short");
    assertRefused(IMAGES, Arrays.copyOf(LABELS, LABELS.length - 1))
        .hasMessageContainingAll("labels:", "expected 11 bytes", "found 10", "cut short");
  }

  @Test
  void refusesAFileThatIsCutShortInItsHeader() {
    assertRefused(Arrays.copyOf(IMAGES, 15), LABELS)
        .hasMessageContainingAll("images:", "header of 16 bytes", "found 15 bytes", "cut short");
    assertRefused(new byte[0], LABELS).hasMessageContainingAll("images:", "found 0 bytes");
    assertRefused(IMAGES, Arrays.copyOf(LABELS, 3))
        .hasMessageContainingAll("labels:", "header of 8 bytes", "found 3 bytes");
  }

  @Test
  void refusesBytesBehindTheEnd() {
    assertRefused(Arrays.copyOf(IMAGES, IMAGES.length + 1), LABELS)
        .hasMessageContainingAll("images:", "expected 40 bytes", "found 41", "more behind its end");
  }

  @Test
  void refusesAnotherMagic() {
    assertRefused(LABELS, LABELS)
        .hasMessageContainingAll("images:", "magic 2051", "found 2049", "IDX file of images");
    assertRefused(IMAGES, IMAGES)
        .hasMessageContainingAll("labels:", "magic 2049", "found 2051", "IDX file of labels");
  }

  @Test
  void refusesCountsThatDiffer() {
    assertRefused(IMAGES, Stub.labels(4))
        .hasMessageContainingAll("images:", "labels, 4", "found 3");
  }

  @Test
  void refusesSizesThatMakeNoSense() {
    assertRefused(Stub.images(3, 0, 4), LABELS)
        .hasMessageContainingAll("images:", "height from 1 to 65535", "found 0");
    assertRefused(damaged(4, -1), LABELS)
        .hasMessageContainingAll("images:", "count from 1", "found -1");
    assertRefused(damaged(12, 65_536), LABELS)
        .hasMessageContainingAll("images:", "width", "found 65536");
  }

  @Test
  void refusesTheLargestHeaderWithoutOverflow() {
    byte[] images = ByteBuffer.wrap(IMAGES.clone()).putInt(8, 65_535).putInt(12, 65_535).array();
    assertRefused(images, LABELS).hasMessageContaining("expected 12884508691 bytes");
    byte[] largest = ByteBuffer.wrap(images).putInt(4, Integer.MAX_VALUE).array();
    byte[] labels = ByteBuffer.wrap(LABELS.clone()).putInt(4, Integer.MAX_VALUE).array();
    assertRefused(largest, labels).hasMessageContainingAll("expected 9223", "cut short");
  }

  @Test
  void refusesALabelOfNoClass() {
    assertThatThrownBy(() -> Idx.examples(idx("images", IMAGES), idx("labels", LABELS), 2))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("labels:", "from 0 to 1", "found 2 at index 2");
  }

  @Test
  void refusesAFileNamedGzThatIsNoGzip() {
    assertThatThrownBy(() -> idx("images.gz", IMAGES))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("images.gz:", "gzip", "Not in GZIP format", "take .gz off");
  }

  @Test
  void refusesAGzipThatIsCutShort() throws IOException {
    byte[] zipped = Stub.gzip(IMAGES);
    assertThatThrownBy(() -> idx("images.gz", Arrays.copyOf(zipped, zipped.length - 9)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "images.gz:",
            "expected a whole gzip file",
            "found one that is cut short after " + (zipped.length - 9) + " bytes",
            "fetch it again");
  }

  @Test
  void refusesADamagedGzip() throws IOException {
    byte[] zipped = Stub.gzip(IMAGES);
    zipped[zipped.length - 6] ^= 1;
    assertThatThrownBy(() -> idx("images.gz", zipped))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("images.gz:", "expected a whole gzip file");
  }

  @Test
  void saysHowToNameAGzipThatIsNotNamedGz() throws IOException {
    byte[] zipped = Stub.gzip(IMAGES);
    assertRefused(zipped, LABELS).hasMessageContainingAll("images:", "magic", "named .gz");
  }

  private static byte[] damaged(int at, int value) {
    return ByteBuffer.wrap(IMAGES.clone()).putInt(at, value).array();
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(byte[] images, byte[] labels) {
    return assertThatThrownBy(() -> examples(images, labels)).isInstanceOf(IOException.class);
  }

  private static Examples examples(byte[] images, byte[] labels) throws IOException {
    return Idx.examples(idx("images", images), idx("labels", labels), 10);
  }

  private static Idx idx(String file, byte[] bytes) throws IOException {
    return new Idx(DataFiles.read(file, new ByteArrayInputStream(bytes)));
  }
}
