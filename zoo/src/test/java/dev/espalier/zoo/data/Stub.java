// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Small files of the official forms. */
final class Stub {

  private Stub() {}

  /** An IDX file of the given magic and axes with elements 0, 1, 2, ... */
  static byte[] idx(int magic, int... axes) {
    int elements = Arrays.stream(axes).reduce(1, (a, b) -> a * b);
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * axes.length + elements).putInt(magic);
    Arrays.stream(axes).forEach(file::putInt);
    for (int i = 0; i < elements; i++) {
      file.put((byte) i);
    }
    return file.array();
  }

  static byte[] images(int count, int height, int width) {
    return idx(2051, count, height, width);
  }

  /** Labels 0, 1, 2, ... */
  static byte[] labels(int count) {
    return idx(2049, count);
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** Writes a data set of six training and three test images, of 2 x 4 pixels. */
  static Path folder(Path folder, boolean zipped) throws IOException {
    Files.createDirectories(folder);
    for (String name : MnistFiles.NAMES) {
      int count = name.startsWith("train") ? 6 : 3;
      write(folder, name, name.contains("images") ? images(count, 2, 4) : labels(count), zipped);
    }
    return folder;
  }

  /** Writes a file, gzipped (and then named {@code .gz}) or not. */
  static void write(Path folder, String name, byte[] file, boolean zipped) throws IOException {
    Files.write(folder.resolve(name + (zipped ? ".gz" : "")), zipped ? gzip(file) : file);
  }
}
