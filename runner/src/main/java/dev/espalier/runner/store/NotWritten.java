// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Thrown if a file cannot be written: the disk is full, perhaps, or the folder belongs to another
 * user. The user must fix the cause; the message names the file and the reason.
 */
public final class NotWritten extends IOException {

  private static final long serialVersionUID = 1;

  private final String why;

  /**
   * Creates an exception that names the file.
   *
   * @param file the file, or its folder
   * @param cause the exception of the system
   */
  public NotWritten(Path file, IOException cause) {
    super("cannot write " + file + ": " + why(file, cause), cause);
    why = why(file, cause);
  }

  /** The reason of the system, in a few words without the file. */
  public String why() {
    return why;
  }

  private static String why(Path file, IOException e) {
    String reason =
        e instanceof FileSystemException system && system.getReason() != null
            ? system.getReason()
            : String.valueOf(e.getMessage());
    // Only then: a folder may also be named because the disk is full.
    if (Files.isDirectory(file)
        && (e instanceof DirectoryNotEmptyException || reason.equals("Is a directory"))) {
      return "there is a folder in place of a file";
    }
    // The messages of these exceptions are the file alone.
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "there is a file in place of a folder";
    }
    if (e instanceof NoSuchFileException) {
      return "nothing can be made there";
    }
    return reason;
  }
}
