// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each layout of pixels is decoded to the right planes, or refused by name. */
class ImageLayoutsTest {

  private static Path folder(String name) throws URISyntaxException {
    return Path.of(ImageLayoutsTest.class.getResource(name).toURI());
  }

  private static List<String> lines(String name) throws IOException, URISyntaxException {
    return Files.readAllLines(folder(name).resolve("layouts.csv"));
  }

  static List<String> layouts() throws IOException, URISyntaxException {
    return lines("layouts");
  }

  static List<String> findings() throws IOException, URISyntaxException {
    return lines("findings");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aLayoutIsRightOrRefused(String line) throws IOException, URISyntaxException {
    check(folder("layouts"), line, 3, 1);
  }

  @ParameterizedTest
  @MethodSource("findings")
  void aPictureThatWasOnceWrongIsRightOrRefused(String line)
      throws IOException, URISyntaxException {
    check(folder("findings"), line, 16, 5);
  }

  @Test
  void eachPictureHasALine() throws IOException, URISyntaxException {
    for (String name : List.of("layouts", "findings")) {
      Set<String> named =
          lines(name).stream()
              .map(line -> line.substring(0, line.indexOf(',')))
              .collect(Collectors.toSet());
      try (Stream<Path> files = Files.list(folder(name))) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .filteredOn(file -> !file.endsWith(".csv") && !file.endsWith(".py"))
            .containsExactlyInAnyOrderElementsOf(named);
      }
    }
  }

  @Test
  void greyIsTheLumaOfColoursAndGreyItself() throws IOException, URISyntaxException {
    Path folder = folder("layouts");
    Planes colours = ImageFile.decode(folder.resolve("rgb8.png"));
    byte[] luma = ImageFile.square(folder.resolve("rgb8.png"), 8, Colour.GREY);
    assertThat(luma).hasSize(64);
    // The square begins at column 4.
    int pixel = 3 * 16 + 4;
    assertThat(Byte.toUnsignedInt(luma[3 * 8]))
        .isEqualTo(
            Math.round(
                0.299f * colours.red[pixel]
                    + 0.587f * colours.green[pixel]
                    + 0.114f * colours.blue[pixel]));
    byte[] grey = ImageFile.square(folder.resolve("grey8.png"), 8, Colour.GREY);
    assertThat(Byte.toUnsignedInt(grey[3 * 8])).isEqualTo(4 * 9 + 3 * 17);
  }

  @Test
  void aFileIsReadByItsContentAndNotByItsName(@TempDir Path temp)
      throws IOException, URISyntaxException {
    // ImageNet has a PNG file and some CMYK files under the name of JPEG.
    for (String name : List.of("layouts/rgb8.png", "findings/cmyk.jpg")) {
      Path file = folder(name);
      Path renamed = Files.copy(file, temp.resolve(file.getFileName() + ".JPEG"));
      assertThat(ImageFile.square(renamed, 8, Colour.RGB))
          .isEqualTo(ImageFile.square(file, 8, Colour.RGB));
    }
  }

  @Test
  void segmentsOfCamerasAndStrayBytesChangeNoPixel(@TempDir Path temp) throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, i << 16 | (255 - i) << 8 | i % 16 * 9);
    }
    Path plain = temp.resolve("plain.jpg");
    ImageIO.write(image, "jpeg", plain.toFile());
    byte[] jpeg = Files.readAllBytes(plain);
    byte[] expected = ImageFile.square(plain, 8, Colour.RGB);
    byte[] exif = {-1, (byte) 0xe1, 0, 8, 'E', 'x', 'i', 'f', 0, 0};
    int next = 4 + (jpeg[4] << 8) + jpeg[5];
    assertThat(squareWith(temp, jpeg, 2, exif)).isEqualTo(expected);
    assertThat(squareWith(temp, jpeg, next, exif)).isEqualTo(expected);
    assertThat(squareWith(temp, jpeg, next, new byte[] {1, 2, 3})).isEqualTo(expected);
    assertThat(squareWith(temp, jpeg, next, new byte[] {-1, -1})).isEqualTo(expected);
    assertThat(squareWith(temp, jpeg, jpeg.length, new byte[9])).isEqualTo(expected);
  }

  private static byte[] squareWith(Path temp, byte[] jpeg, int place, byte[] more)
      throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(jpeg, 0, place);
    file.writeBytes(more);
    file.write(jpeg, place, jpeg.length - place);
    Path image = Files.write(temp.resolve("odd.JPEG"), file.toByteArray());
    return ImageFile.square(image, 8, Colour.RGB);
  }

  private static void check(Path folder, String line, int row, int step) throws IOException {
    String[] columns = line.split(",", 5);
    Path file = folder.resolve(columns[0]);
    if (columns[1].equals("refused")) {
      assertThatThrownBy(() -> ImageFile.decode(file))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll(file.toString(), columns[2], "take it away");
      return;
    }
    Planes planes = ImageFile.decode(file);
    float[][] found = {planes.red, planes.green, planes.blue};
    for (int c = 0; c < 3; c++) {
      String[] expected = columns[2 + c].split(" ", -1);
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[c][row * planes.width + i * step])
            .as("channel %d, column %d", c, i * step)
            .isCloseTo(Float.parseFloat(expected[i]), within(Float.parseFloat(columns[1])));
      }
    }
  }
}
