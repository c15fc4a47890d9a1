// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Prepared entries as files: the 64 hex digits of the origin, then the bytes.
 *
 * @param folder the parent of all entries; it may not exist yet
 */
public record PreparedFiles(Path folder) implements Prepared {

  private static final int HEADER = 64;
  private static final long PAUSE = 200;

  @Override
  public ByteBuffer get(String name, Digest origin, int length, Content content)
      throws IOException {
    Path file = folder.resolve(name);
    byte[] header = origin.hex().getBytes(StandardCharsets.US_ASCII);
    Path claim = file.resolveSibling(file.getFileName() + Claims.ENDING);
    boolean isThere = matches(file, header, length);
    while (!isThere) {
      Optional<Claims.Claim> taken = Claims.ofProcess().claim(claim);
      if (taken.isPresent()) {
        Claims.Claim held = taken.get();
        try (held) {
          if (!matches(file, header, length)) { // another process may have written it just before
            write(file, header, content);
          }
        }
        isThere = true;
      } else {
        pause();
        isThere = matches(file, header, length);
      }
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, HEADER, length);
    }
  }

  @Override
  public boolean has(String name, Digest origin, int length) throws IOException {
    byte[] header = origin.hex().getBytes(StandardCharsets.US_ASCII);
    return matches(folder.resolve(name), header, length);
  }

  @Override
  public long free() {
    Path there = folder.toAbsolutePath();
    while (Files.notExists(there)) {
      there = there.getParent();
    }
    try {
      return Files.getFileStore(there).getUsableSpace();
    } catch (IOException e) {
      return Long.MAX_VALUE; // not known
    }
  }

  private static void write(Path file, byte[] header, Content content) throws IOException {
    AtomicFile.write(
        file,
        out -> {
          out.write(header);
          content.writeTo(out);
        });
  }

  /** Waits for another process that prepares the same data. */
  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
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
