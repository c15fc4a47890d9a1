// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.data.Examples;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One IDX file in memory: a big-endian int for the form (the magic), an int per axis for its
 * length, then one unsigned byte per element, row-major.
 *
 * <p>Every error in a file is an IOException with the file, the expected and the found content.
 */
final class Idx {

  /** Unsigned bytes with three axes: (count, height, width). */
  private static final int IMAGES = 2051;

  /** Unsigned bytes with one axis: (count). */
  private static final int LABELS = 2049;

  /** The largest height and width, so that sizes of a damaged header do not overflow a long. */
  private static final int MAX_SIDE = 65_535;

  private final DataFiles.Content content;
  private final ByteBuffer bytes;

  Idx(DataFiles.Content content) {
    this.content = content;
    bytes = ByteBuffer.wrap(content.bytes()).asReadOnlyBuffer();
  }

  /**
   * Joins the images of one file with the labels of another.
   *
   * @param classes the number of classes
   * @return examples of bytes, of shape (1, height, width), which share the images' memory
   */
  static Examples examples(Idx images, Idx labels, int classes) throws IOException {
    int[] size = images.header(IMAGES, "count", "height", "width");
    int count = labels.header(LABELS, "count")[0];
    if (size[0] != count) {
      throw images.problem(
          "as many images as there are labels in " + labels.content.file() + ", " + count,
          Integer.toString(size[0]),
          "take both files from the same set");
    }
    return Examples.ofBytes(
        images.body(size), new Shape(1, size[1], size[2]), labels.labels(count, classes));
  }

  private int[] labels(int count, int classes) throws IOException {
    ByteBuffer body = body(count);
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = Byte.toUnsignedInt(body.get(i));
      if (labels[i] >= classes) {
        throw problem(
            "labels from 0 to " + (classes - 1),
            labels[i] + " at index " + i,
            "check that this file belongs to the data set");
      }
    }
    return labels;
  }

  /** Returns the lengths of the axes. */
  private int[] header(int magic, String... axes) throws IOException {
    if (bytes.limit() >= Integer.BYTES && bytes.getInt(0) != magic) {
      throw problem(
          "magic " + magic,
          Integer.toString(bytes.getInt(0)),
          "check that this is an IDX file of "
              + (magic == IMAGES ? "images" : "labels")
              + ", and named .gz if it is compressed");
    }
    if (bytes.limit() < start(axes.length)) {
      throw problem(
          "a header of " + start(axes.length) + " bytes",
          bytes.limit() + " bytes in all",
          "it is cut short: fetch it again");
    }
    int[] lengths = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      lengths[i] = bytes.getInt(start(i));
      int max = i == 0 ? Integer.MAX_VALUE : MAX_SIDE;
      if (lengths[i] < 1 || lengths[i] > max) {
        throw problem(
            "a " + axes[i] + " from 1 to " + max,
            Integer.toString(lengths[i]),
            "its header is damaged: fetch it again");
      }
    }
    return lengths;
  }

  /** Returns the elements, and checks their number against the lengths of the axes. */
  private ByteBuffer body(int... lengths) throws IOException {
    long expected = start(lengths.length);
    long elements = 1;
    for (int length : lengths) {
      elements *= length;
    }
    expected += elements;
    if (bytes.limit() != expected) {
      throw problem(
          expected + " bytes by its header",
          Integer.toString(bytes.limit()),
          bytes.limit() < expected
              ? "it is cut short: fetch it again"
              : "there is more behind its end: fetch it again");
    }
    return bytes.slice(start(lengths.length), Math.toIntExact(elements));
  }

  /**
   * Returns the offset of the length of an axis; for the number of axes, the offset of the
   * elements.
   */
  private static int start(int axis) {
    return Integer.BYTES * (1 + axis);
  }

  private IOException problem(String expected, String found, String todo) {
    return content.problem(expected, found, todo);
  }
}
