// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files of UTF-8. */
final class TextFile {

  private TextFile() {}

  /** Reads a file that is not empty, without a byte order mark. */
  static String read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw Unreadable.of(file, e, "check the path");
    }
    return decode(file.toString(), bytes);
  }

  /**
   * Decodes a file that is not empty, without a byte order mark.
   *
   * @param file the place of the file, for messages
   * @param bytes its content
   */
  static String decode(String file, byte[] bytes) throws IOException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int offset = in.position();
      throw new IOException(
          String.format(
              "%s: expected UTF-8, found byte 0x%02X at offset %d in line %d; convert the file, for"
                  + " example by iconv --to-code UTF-8",
              file, bytes[offset], offset, line(bytes, offset)));
    }
    String text = out.flip().toString();
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    if (body.isEmpty()) {
      throw new IOException(file + ": expected a text, found an empty file; replace it");
    }
    return body;
  }

  private static int line(byte[] bytes, int offset) {
    int line = 1;
    for (int i = 0; i < offset; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return line;
  }

  /**
   * Finds the texts in a folder.
   *
   * @return the files with the ending {@code .txt} at any depth, in the order of their paths
   * @throws IOException if there is none
   */
  static List<Path> in(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(TextFile::isText).sorted().toList();
    } catch (IOException e) {
      throw Unreadable.of(folder, e, "check the path");
    }
    if (files.isEmpty()) {
      throw new IOException(
          folder + ": expected files named *.txt, found none; rename the texts, or check the path");
    }
    return files;
  }

  private static boolean isText(Path file) {
    return file.getFileName().toString().endsWith(".txt") && Files.isRegularFile(file);
  }
}
