// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images are decoded in parts, by any number of threads, and each part once. */
class DecodingTest {

  private static final int IMAGES = 32;
  private static final int EACH = 3 * 4 * 4;

  /** Parts of five images, the last of two. */
  private static final int LARGEST = 5 * EACH + 7;

  @TempDir private Path temp;
  private final Stored stored = new Stored();

  /** Entries in memory, which may end the decoding after some of them. */
  private static final class Stored implements Prepared {

    private final Kept kept = new Kept();
    private final List<String> computed = new ArrayList<>();
    private int left = Integer.MAX_VALUE;

    @Override
    public ByteBuffer get(String name, Digest origin, int length, Content content)
        throws IOException {
      return kept.get(
          name,
          origin,
          length,
          out -> {
            if (left-- == 0) {
              throw new IllegalStateException("killed");
            }
            content.writeTo(out);
            computed.add(name);
          });
    }

    @Override
    public boolean has(String name, Digest origin, int length) {
      return origin.equals(kept.origins.get(name));
    }
  }

  @BeforeEach
  void images() throws IOException {
    RandomStream random = new Seed(1, 0).stream("pixels", 0);
    for (int i = 0; i < IMAGES; i++) {
      BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; pixel < 16; pixel++) {
        image.setRGB(pixel % 4, pixel / 4, random.nextInt(1 << 24));
      }
      Path file = file(i);
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
  }

  private Path file(int image) {
    return temp.resolve("train/a/" + (10 + image) + ".png");
  }

  @Test
  void theBytesAreThoseOfEachImageWithAnyNumberOfPartsAndThreads() throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int i = 0; i < IMAGES; i++) {
      expected.write(ImageFile.square(file(i), 4, Colour.RGB));
    }
    for (int threads : new int[] {1, 3}) {
      for (int largest : new int[] {1, LARGEST, 1 << 20}) {
        assertThat(pixels(new Stored(), largest, threads)).isEqualTo(expected.toByteArray());
      }
    }
  }

  @Test
  void partsHaveTheSameNumberOfWholeImages() throws IOException {
    List<PackedImages.Part> parts = packed().parts(stored, LARGEST);
    assertThat(parts).extracting(PackedImages.Part::length).startsWith(5 * EACH).endsWith(2 * EACH);
    assertThat(parts).hasSize(7).extracting(PackedImages.Part::name).doesNotHaveDuplicates();
  }

  @Test
  void imagesOfMoreThanTwoGibibytesHaveSmallParts() throws IOException {
    List<LabelledImages.Entry> many = Collections.nCopies(50, packed().files().get(0));
    List<PackedImages.Part> parts =
        new PackedImages(temp, many, 4096, Colour.RGB).parts(Prepared.inMemory());
    assertThat(parts).hasSize(10).allMatch(part -> part.length() == 5 * 3 * 4096 * 4096);
  }

  @Test
  void partsThatAreFinishedAreNotDecodedAgainAfterAKill() throws IOException {
    stored.left = 3;
    assertThatThrownBy(() -> pixels(stored, LARGEST, 2)).hasMessage("killed");
    assertThat(stored.computed).hasSize(3);
    stored.left = Integer.MAX_VALUE;
    byte[] pixels = pixels(stored, LARGEST, 2);
    assertThat(stored.computed).hasSize(7).doesNotHaveDuplicates();
    assertThat(pixels).isEqualTo(pixels(new Stored(), LARGEST, 2));
  }

  @Test
  void aChangedFileConcernsItsPartAlone() throws IOException {
    pixels(stored, LARGEST, 2);
    stored.computed.clear();
    Files.setLastModifiedTime(file(12), FileTime.fromMillis(1_000_000));
    pixels(stored, LARGEST, 2);
    assertThat(stored.computed).containsExactly(packed().parts(stored, LARGEST).get(2).name());
  }

  @Test
  void aLargeEntryOfEarlierVersionsIsUsed() throws IOException {
    byte[] pixels = pixels(stored, Integer.MAX_VALUE, 2);
    assertThat(stored.computed).hasSize(1);
    assertThat(pixels(stored, LARGEST, 2)).isEqualTo(pixels);
    assertThat(stored.computed).hasSize(1);
  }

  @Test
  void brokenImagesAreCountedAndNoOtherPartIsLost() throws IOException {
    for (int i = 3; i < 17; i++) {
      Files.writeString(file(i), "no image");
    }
    assertThatThrownBy(() -> pixels(stored, LARGEST, 2))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("14 images are broken: " + file(3) + ": ")
        .hasMessageContaining(file(14) + ": ")
        .hasMessageEndingWith("; and 2 more")
        .message()
        .doesNotContain(file(15).toString());
    assertThat(stored.computed).hasSize(3);
  }

  @Test
  void aLineOfProgressHasTheRateAndTheTimeLeft() {
    assertThat(Decoding.progress(6_167, 1_331_167, 250))
        .isEqualTo("decoded 6167 of 1331167 images, 250 images/s, 1:28:20 left");
  }

  private PackedImages packed() throws IOException {
    Path train = temp.resolve("train");
    LabelledImages images = LabelledImages.in(train, List.of("a"), Optional.empty());
    return new PackedImages(train, images.entries(), 4, Colour.RGB);
  }

  private byte[] pixels(Prepared prepared, int largest, int threads) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    List<List<PackedImages.Part>> parts = List.of(packed().parts(prepared, largest));
    for (ByteBuffer part : Decoding.pixels(parts, prepared, threads).get(0)) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }
}
