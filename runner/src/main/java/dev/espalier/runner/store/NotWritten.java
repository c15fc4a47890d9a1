// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file cannot be written: the disk is full, perhaps, or the folder is somebody else's. That is
 * for the user to mend; the message names the file and says why.
 */
public final class NotWritten extends IOException {

  private static final long serialVersionUID = 1;

  private final String why;

  /**
   * Tells which file it was.
   *
   * @param file the file, or the folder in which it was to be
   * @param cause what the system says
   */
  public NotWritten(Path file, IOException cause) {
    super("cannot write " + file + ": " + why(cause), cause);
    why = why(cause);
  }

  /** What the system says, in a few words without the file. */
  public String why() {
    return why;
  }

  private static String why(IOException e) {
    // These name the file alone.
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException) {
      return "there is a file in place of a folder";
    }
    if (e instanceof NoSuchFileException) {
      return "nothing can be made there";
    }
    return e instanceof FileSystemException system && system.getReason() != null
        ? system.getReason()
        : e.getMessage();
  }
}
