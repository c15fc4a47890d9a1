// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.UUID;

/** Writes files atomically: temporary file, fsync, rename. */
public final class AtomicFile {

  /** The ending of a file that is being written. */
  public static final String TEMPORARY = ".tmp";

  private AtomicFile() {}

  /** The content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes the content; the stream is buffered and closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file, and replaces an existing one.
   *
   * @throws NotWritten if that fails; an existing file is unchanged
   * @throws IOException if the content cannot be produced
   */
  public static void write(Path file, Content content) throws IOException {
    Path temporary = temporary(file);
    FileChannel channel = open(file, temporary);
    try {
      try (channel;
          OutputStream out = new BufferedOutputStream(new Disk(file, channel), 1 << 16)) {
        content.writeTo(out);
        out.flush();
        force(file, channel);
      }
      replace(file, temporary);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Writes a file unless it has the content already: an fsync takes longer than a comparison. */
  public static void update(Path file, Content content) throws IOException {
    if (!has(file, content)) {
      write(file, content);
    }
  }

  /**
   * Whether a file has a content; false for one that cannot be read.
   *
   * @throws IOException if the content cannot be produced
   */
  public static boolean has(Path file, Content content) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (Comparison comparison = new Comparison(file)) {
      BufferedOutputStream out = new BufferedOutputStream(comparison, 1 << 16);
      content.writeTo(out);
      out.flush();
      return comparison.isSame();
    }
  }

  /** Compares what is written with a file. */
  private static final class Comparison extends OutputStream {

    private final Path file;
    private InputStream in;
    private boolean isSame = true;

    Comparison(Path file) {
      this.file = file;
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      if (isSame) {
        byte[] found = read(length);
        isSame = Arrays.equals(bytes, from, from + length, found, 0, found.length);
      }
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    private byte[] read(int length) {
      try {
        if (in == null) {
          in = Files.newInputStream(file);
        }
        return in.readNBytes(length);
      } catch (IOException e) {
        isSame = false;
        return new byte[0];
      }
    }

    boolean isSame() {
      return isSame && read(1).length == 0 && isSame;
    }

    @Override
    public void close() throws IOException {
      if (in != null) {
        in.close();
      }
    }
  }

  /** Writes a text file, and replaces an existing one. */
  public static void write(Path file, String text) throws IOException {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Checks that files can be written in a folder, which need not exist yet, and leaves no file.
   *
   * @throws NotWritten if they cannot be written
   */
  public static void check(Path folder) throws NotWritten {
    Path there = folder.toAbsolutePath();
    while (Files.notExists(there, LinkOption.NOFOLLOW_LINKS)) {
      there = there.getParent();
    }
    try {
      Files.delete(Files.createFile(temporary(there.resolve("try"))));
    } catch (IOException e) {
      throw new NotWritten(folder, e);
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + TEMPORARY);
  }

  private static FileChannel open(Path file, Path temporary) throws NotWritten {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new NotWritten(file, e);
    }
  }

  private static void force(Path file, FileChannel channel) throws NotWritten {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw new NotWritten(file, e);
    }
  }

  private static void replace(Path file, Path temporary) throws NotWritten {
    try {
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel folder =
          FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new NotWritten(file, e);
    }
  }

  /** Separates failures to write from failures of the content. */
  private static final class Disk extends OutputStream {

    /** The bytes between two fsyncs: one of a large file at its end would stop its producer. */
    private static final long EVERY = 1 << 25;

    private final Path file;
    private final FileChannel channel;
    private long unforced;

    Disk(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws NotWritten {
      ByteBuffer left = ByteBuffer.wrap(bytes, from, length);
      try {
        while (left.hasRemaining()) {
          channel.write(left);
        }
        unforced += length;
        if (unforced >= EVERY) {
          channel.force(false);
          unforced = 0;
        }
      } catch (IOException e) {
        throw new NotWritten(file, e);
      }
    }

    @Override
    public void write(int b) throws NotWritten {
      write(new byte[] {(byte) b}, 0, 1);
    }
  }
}
