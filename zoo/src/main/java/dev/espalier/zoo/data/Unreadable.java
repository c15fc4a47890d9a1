// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Messages for files that the system cannot read: its own lack the file, or are the file alone. */
final class Unreadable {

  private Unreadable() {}

  /**
   * Returns an exception that names the file, the reason and the remedy.
   *
   * @param place the file or folder that was read
   * @param e the exception of the system
   */
  static IOException of(Path place, IOException e, String remedy) {
    String file = place.toString();
    if (e instanceof FileSystemException system && system.getFile() != null) {
      file = system.getFile();
    }
    return new IOException(file + ": cannot be read (" + why(Path.of(file), e) + "); " + remedy, e);
  }

  private static String why(Path file, IOException e) {
    if (Files.isDirectory(file) && !(e instanceof FileSystemException)) {
      return "it is a folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemLoopException) {
      return "a link leads to a folder that contains it";
    }
    if (e instanceof NoSuchFileException) {
      return "it does not exist";
    }
    if (e instanceof NotDirectoryException) {
      return "it is a file, not a folder";
    }
    if (e instanceof EOFException) {
      return "it ends too early";
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
