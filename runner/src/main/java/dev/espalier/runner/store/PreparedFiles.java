// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Prepared entries as files: the 64 hex digits of the origin, then the bytes.
 *
 * @param folder the parent of all entries; it may not exist yet
 */
public record PreparedFiles(Path folder) implements Prepared {

  private static final int HEADER = 64;

  @Override
  public ByteBuffer get(String name, Digest origin, int length, Content content)
      throws IOException {
    Path file = folder.resolve(name);
    byte[] header = origin.hex().getBytes(StandardCharsets.US_ASCII);
    if (!matches(file, header, length)) {
      AtomicFile.write(
          file,
          out -> {
            out.write(header);
            content.writeTo(out);
          });
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, HEADER, length);
    }
  }

  private static boolean matches(Path file, byte[] expected, int length) throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      while (header.hasRemaining() && channel.read(header) >= 0) {
        // A read may return fewer bytes than requested.
      }
      return channel.size() == HEADER + (long) length
          && header.flip().equals(ByteBuffer.wrap(expected));
    }
  }
}
