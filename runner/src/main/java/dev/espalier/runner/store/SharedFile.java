// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** Reads files that other processes replace, on this machine or on others. */
public final class SharedFile {

  /** The number of tries on a network file system, whose handle of a replaced file is stale. */
  private static final int TRIES = 3;

  private SharedFile() {}

  /** Reads the bytes of a file. */
  @FunctionalInterface
  interface Reading {
    byte[] of(Path file) throws IOException;
  }

  /** Reads a text in UTF-8; empty if there is no file. */
  public static Optional<String> text(Path file) throws IOException {
    return read(file).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /**
   * Reads an object in JSON; empty if there is no file, or a damaged one.
   *
   * @param conversion converts the object, and may fail on one that lacks a value
   */
  public static <T> Optional<T> json(Path file, Function<JsonObject, T> conversion)
      throws IOException {
    Optional<String> text = text(file);
    try {
      return text.map(found -> conversion.apply(JsonParser.parseString(found).getAsJsonObject()));
    } catch (JsonParseException | IllegalStateException | NullPointerException e) {
      return Optional.empty();
    } catch (UnsupportedOperationException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Reads a file; empty if there is none. */
  static Optional<byte[]> read(Path file) throws IOException {
    return read(file, Files::readAllBytes);
  }

  /** Reads a file; a stale handle means to look again, and after some tries that it is gone. */
  static Optional<byte[]> read(Path file, Reading reading) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      try {
        return Optional.of(reading.of(file));
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (IOException e) {
        if (!isStale(e)) {
          throw e;
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isStale(IOException e) {
    String why =
        e instanceof FileSystemException failed && failed.getReason() != null
            ? failed.getReason()
            : String.valueOf(e.getMessage());
    return why.contains("Stale file handle") || why.contains("Stale NFS file handle");
  }
}
