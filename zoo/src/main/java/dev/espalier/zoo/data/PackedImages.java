// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The images of a folder, decoded once to (channels, size, size) bytes each, in parts of whole
 * images. A part is one prepared entry, whose origin is a digest of the names, sizes and times of
 * its files. A file that changes concerns its part alone. A file that is added or taken away moves
 * all images after it, so that the parts from there on are decoded again.
 *
 * @param folder the folder that contains them
 * @param files the images, in order
 * @param size the side of the stored square, in pixels
 * @param colour the channels
 */
record PackedImages(Path folder, List<LabelledImages.Entry> files, int size, Colour colour) {

  /** The version of the decoded bytes; every change of the decoding must increase it. */
  private static final int VERSION = 2;

  /** The number of digits of a digest. */
  private static final int HEX = 64;

  /** The largest part in bytes, if it has more than one image. */
  private static final int LARGEST = 1 << 28;

  /** Some of the images, which are one prepared entry. */
  record Part(PackedImages images, String name, Digest origin, List<LabelledImages.Entry> files) {

    /** Returns the number of bytes. */
    int length() {
      return Math.toIntExact(images.each() * files.size());
    }

    boolean isThere(Prepared prepared) throws IOException {
      return prepared.has(name, origin, length());
    }
  }

  private long each() {
    return (long) colour.channels() * size * size;
  }

  /** Returns the parts, in order; all but the last have the same number of images. */
  List<Part> parts(Prepared prepared) throws IOException {
    return parts(prepared, LARGEST);
  }

  /**
   * Returns parts of a given size.
   *
   * @param largest the largest part in bytes, if it has more than one image
   */
  List<Part> parts(Prepared prepared, int largest) throws IOException {
    String name =
        "image-folder/"
            + Digest.of(folder.toRealPath().toString(), size, colour.channels()).prefix(16);
    long length = each() * files.size();
    if (length <= Integer.MAX_VALUE) {
      Part whole = part(name, files);
      // Earlier versions stored up to 2 GiB as one part.
      if (length <= largest || whole.isThere(prepared)) {
        return List.of(whole);
      }
    }
    int count = (int) Math.max(1, largest / each());
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < files.size(); i += count) {
      parts.add(
          part(name + "-" + parts.size(), files.subList(i, Math.min(files.size(), i + count))));
    }
    return parts;
  }

  /**
   * Returns a digest of the digests of some parts, each of which is a prepared entry too: 100 GB
   * are not read at each start. Parts of up to 2 GiB together have none.
   */
  static Optional<Digest> digest(List<Part> parts, List<ByteBuffer> pixels, Prepared prepared)
      throws IOException {
    if (parts.stream().mapToLong(Part::length).sum() <= Integer.MAX_VALUE) {
      return Optional.empty();
    }
    List<Digest> digests = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      ByteBuffer content = pixels.get(i);
      ByteBuffer digest =
          prepared.get(
              part.name() + ".digest",
              part.origin(),
              HEX,
              out -> out.write(Digest.of(content).hex().getBytes(StandardCharsets.US_ASCII)));
      digests.add(new Digest(StandardCharsets.US_ASCII.decode(digest).toString()));
    }
    return Optional.of(Digest.of(digests));
  }

  private Part part(String name, List<LabelledImages.Entry> some) {
    List<Object> listing = new ArrayList<>(3 * some.size());
    for (LabelledImages.Entry file : some) {
      // A new path: each path keeps its text.
      listing.add(folder.relativize(folder.resolve(file.name())).toString());
      listing.add(file.bytes());
      listing.add(file.millis());
    }
    Digest origin = Digest.of(VERSION, size, colour.channels(), listing);
    return new Part(this, name + ".images", origin, some);
  }
}
