// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.data;

import dev.espalier.api.Digest;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of a folder, decoded once: a file of the 64 hex digits that say what it was made from,
 * then (3, size, size) bytes an image.
 *
 * @param folder what they are in
 * @param files the images, in order
 * @param size the side of the stored square, in pixels
 */
record PackedImages(Path folder, List<Path> files, int size) {

  /** To be raised with every change of the bytes that an image is decoded to. */
  private static final int VERSION = 1;

  private static final int HEADER = 64;
  private static final long LOG_EVERY_NANOS = 10_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(PackedImages.class);

  /** Whether a file is an image by its name. */
  static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && Set.of(ImageIO.getReaderFileSuffixes())
            .contains(name.substring(name.lastIndexOf('.') + 1))
        && Files.isRegularFile(file);
  }

  /**
   * The pixels, decoded if they are not there or the images have changed since.
   *
   * @param prepared the folder that the file is kept in
   * @return the content of the file, mapped into memory
   */
  ByteBuffer in(Path prepared) throws IOException {
    long each = 3L * size * size;
    long length = each * files.size();
    if (length > Integer.MAX_VALUE) {
      throw new IOException(
          folder
              + ": found "
              + files.size()
              + " images, "
              + length
              + " bytes at "
              + size
              + " pixels a side, allowed are "
              + Integer.MAX_VALUE
              + " bytes, which is "
              + Integer.MAX_VALUE / each
              + " images; make data.size less, or take fewer");
    }
    String name = Digest.of(folder.toRealPath().toString(), size).prefix(16) + ".images";
    Path packed = prepared.resolve("image-folder").resolve(name);
    byte[] origin = origin().hex().getBytes(StandardCharsets.US_ASCII);
    if (!isOf(packed, origin, length)) {
      pack(packed, origin);
    }
    try (FileChannel channel = FileChannel.open(packed)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, HEADER, length);
    }
  }

  /** What the pixels depend on, short of reading the images. */
  private Digest origin() throws IOException {
    List<Object> listing = new ArrayList<>();
    for (Path file : files) {
      listing.add(folder.relativize(file).toString());
      listing.add(Files.size(file));
      listing.add(Files.getLastModifiedTime(file).toMillis());
    }
    return Digest.of(VERSION, size, listing);
  }

  private static boolean isOf(Path packed, byte[] origin, long length) throws IOException {
    if (!Files.exists(packed)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(packed)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // A read may give less than was asked for.
      }
      return channel.size() == HEADER + length && header.flip().equals(ByteBuffer.wrap(origin));
    }
  }

  private void pack(Path packed, byte[] origin) throws IOException {
    LOG.info("decoding {} images of {} to {}", files.size(), folder, packed);
    AtomicFile.write(
        packed,
        out -> {
          out.write(origin);
          long last = System.nanoTime();
          for (int i = 0; i < files.size(); i++) {
            out.write(ImageFile.square(files.get(i), size));
            if (System.nanoTime() - last > LOG_EVERY_NANOS) {
              LOG.info("decoded {} of {} images", i + 1, files.size());
              last = System.nanoTime();
            }
          }
        });
  }
}
