// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One image file, decoded to a square of three planes. */
final class ImageFile {

  private static final Logger LOG = LoggerFactory.getLogger(ImageFile.class);

  /** Java's readers. Readers of others may decode other pixels. A search in ImageIO is slow. */
  private static final List<ImageReaderSpi> READERS = readers();

  /** The largest file that is read at once, in bytes. */
  private static final long LARGEST = 1 << 28;

  private ImageFile() {}

  /**
   * Decodes an image, resizes it until its shorter side fits, and returns its central square.
   *
   * @param file a file in any format that Java's ImageIO reads
   * @param size the side of the square, in pixels
   * @param colour the channels
   * @return the planes of the channels, each row-major
   * @throws IOException with the name of the file if it cannot be decoded; warnings of the decoder
   *     are logged
   */
  static byte[] square(Path file, int size, Colour colour) throws IOException {
    byte[] square = new byte[colour.channels() * size * size];
    square(file, size, colour, square, 0);
    return square;
  }

  /**
   * Decodes an image as {@link #square(Path, int, Colour)}.
   *
   * @param square receives the planes
   * @param begin the place of the first pixel
   */
  static void square(Path file, int size, Colour colour, byte[] square, int begin)
      throws IOException {
    Planes image = decode(file);
    int shorter = Math.min(image.width, image.height);
    Taps across = new Taps(image.width, shorter, size);
    Taps down = new Taps(image.height, shorter, size);
    List<float[]> planes = colour.planes(image);
    for (int c = 0; c < planes.size(); c++) {
      float[] narrow = new float[image.height * size];
      // Rows above and below the square are not read.
      for (int y = down.begin(); y < down.end(); y++) {
        for (int x = 0; x < size; x++) {
          narrow[y * size + x] = across.read(planes.get(c), y * image.width, 1, x);
        }
      }
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          int value = Math.round(down.read(narrow, x, size, y));
          square[begin + (c * size + y) * size + x] = (byte) Math.min(Math.max(value, 0), 255);
        }
      }
    }
  }

  static Planes decode(Path file) throws IOException {
    Set<String> warnings = new LinkedHashSet<>();
    Planes planes = decode(file, warnings);
    warnings.forEach(warning -> LOG.warn("{}: {}", file, warning));
    return planes;
  }

  private static Planes decode(Path file, Set<String> warnings) throws IOException {
    try (ImageInputStream in = open(file)) {
      ImageReader reader = reader(in);
      try {
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        return switch (reader.getFormatName().toLowerCase(Locale.ROOT)) {
          case "jpeg" -> Jpeg.read(reader, in);
          case "tif" -> Tiff.read(reader, in);
          default -> {
            reader.setInput(in, true, true);
            yield Planes.of(reader.read(0));
          }
        };
      } finally {
        reader.dispose();
      }
    } catch (Planes.LayoutException e) {
      throw new IOException(
          file + ": " + e.getMessage() + "; convert it to PNG or JPEG, or take it away", e);
    } catch (FileSystemException e) {
      throw Unreadable.of(file, e, "mend that, or take it away");
    } catch (IOException | RuntimeException e) {
      // Decoders throw many kinds of exceptions for broken files.
      throw new IOException(
          file
              + ": expected an image, found what cannot be decoded ("
              + (e instanceof IOException && e.getMessage() != null ? e.getMessage() : e)
              + "); replace it or take it away",
          e);
    }
  }

  private static List<ImageReaderSpi> readers() {
    List<ImageReaderSpi> readers = new ArrayList<>();
    Iterator<ImageReaderSpi> all =
        IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, true);
    while (all.hasNext()) {
      ImageReaderSpi reader = all.next();
      if (reader.getClass().getModule().equals(ImageIO.class.getModule())) {
        readers.add(reader);
      }
    }
    return List.copyOf(readers);
  }

  /** Returns the reader of a format by the first bytes of the file. */
  private static ImageReader reader(ImageInputStream in) throws IOException {
    for (ImageReaderSpi reader : READERS) {
      if (canDecode(reader, in)) {
        return reader.createReaderInstance();
      }
    }
    throw new IOException("its content is of no format that Java reads");
  }

  private static boolean canDecode(ImageReaderSpi reader, ImageInputStream in) throws IOException {
    in.seek(0);
    try {
      return reader.canDecodeInput(in);
    } catch (IOException e) {
      // The file is shorter than the first bytes of that format.
      return false;
    } finally {
      in.seek(0);
    }
  }

  private static ImageInputStream open(Path file) throws IOException {
    return Files.size(file) > LARGEST
        ? ImageIO.createImageInputStream(file.toFile())
        : new InMemory(Files.readAllBytes(file));
  }

  /** The bytes of a file. Streams of ImageIO read files in many small pieces. */
  private static final class InMemory extends ImageInputStreamImpl {

    private final byte[] bytes;

    InMemory(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
      checkClosed();
      bitOffset = 0;
      return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xff : -1;
    }

    @Override
    public int read(byte[] to, int begin, int length) throws IOException {
      checkClosed();
      bitOffset = 0;
      if (length == 0) {
        return 0;
      }
      int count = (int) Math.min(length, bytes.length - streamPos);
      if (count <= 0) {
        return -1;
      }
      System.arraycopy(bytes, (int) streamPos, to, begin, count);
      streamPos += count;
      return count;
    }

    @Override
    public long length() {
      return bytes.length;
    }
  }

  /**
   * The source pixels along an axis of each pixel of the square, and their weights. They are all
   * pixels under a triangle around it, weighted by the triangle's height there. This is bilinear
   * for an enlarged image. For a reduced one each pixel counts, which avoids aliasing, as in PIL
   * and so in torchvision.
   */
  private static final class Taps {

    private final int[] first;
    private final float[][] weights;

    Taps(int length, int shorter, int size) {
      int resized = (int) ((long) size * length / shorter);
      double scale = (double) length / resized;
      double reach = Math.max(1, scale);
      first = new int[size];
      weights = new float[size][];
      for (int i = 0; i < size; i++) {
        double centre = (i + (resized - size) / 2 + 0.5) * scale;
        first[i] = Math.max(0, (int) Math.floor(centre - reach));
        int end = Math.min(length, (int) Math.ceil(centre + reach));
        weights[i] = new float[end - first[i]];
        double sum = 0;
        for (int j = 0; j < weights[i].length; j++) {
          double weight = Math.max(0, 1 - Math.abs(first[i] + j + 0.5 - centre) / reach);
          weights[i][j] = (float) weight;
          sum += weight;
        }
        for (int j = 0; j < weights[i].length; j++) {
          weights[i][j] /= (float) sum;
        }
      }
    }

    /** Returns the first source pixel that any pixel of the square reads. */
    int begin() {
      return first[0];
    }

    /** Returns the source pixel after the last one that any pixel of the square reads. */
    int end() {
      return first[first.length - 1] + weights[first.length - 1].length;
    }

    /** Returns a pixel from an axis with a given start and step in an array. */
    float read(float[] plane, int begin, int step, int pixel) {
      float sum = 0;
      int at = begin + first[pixel] * step;
      for (float weight : weights[pixel]) {
        sum += weight * plane[at];
        at += step;
      }
      return sum;
    }
  }
}
