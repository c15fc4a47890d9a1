// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of a folder, decoded once to (channels, size, size) bytes each.
 *
 * @param folder the folder that contains them
 * @param files the images, in order
 * @param size the side of the stored square, in pixels
 * @param colour the channels
 */
record PackedImages(Path folder, List<Path> files, int size, Colour colour) {

  /** The version of the decoded bytes; every change of the decoding must increase it. */
  private static final int VERSION = 2;

  private static final long LOG_EVERY_NANOS = 10_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(PackedImages.class);

  /**
   * Returns the pixels, and decodes the images if they have changed.
   *
   * @return (channels, size, size) bytes an image
   */
  ByteBuffer pixels(Prepared prepared) throws IOException {
    long each = (long) colour.channels() * size * size;
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
    String name =
        Digest.of(folder.toRealPath().toString(), size, colour.channels()).prefix(16) + ".images";
    return prepared.get("image-folder/" + name, origin(), (int) length, this::decode);
  }

  /** Returns a digest of the inputs of the pixels, without reading the images. */
  private Digest origin() throws IOException {
    List<Object> listing = new ArrayList<>();
    for (Path file : files) {
      listing.add(folder.relativize(file).toString());
      listing.add(Files.size(file));
      listing.add(Files.getLastModifiedTime(file).toMillis());
    }
    return Digest.of(VERSION, size, colour.channels(), listing);
  }

  private void decode(OutputStream out) throws IOException {
    LOG.info("decoding {} images of {}", files.size(), folder);
    long last = System.nanoTime();
    for (int i = 0; i < files.size(); i++) {
      out.write(ImageFile.square(files.get(i), size, colour));
      if (System.nanoTime() - last > LOG_EVERY_NANOS) {
        LOG.info("decoded {} of {} images", i + 1, files.size());
        last = System.nanoTime();
      }
    }
  }
}
