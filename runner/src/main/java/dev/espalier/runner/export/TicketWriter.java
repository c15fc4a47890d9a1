// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes tickets: all tickets are checked before the first file, and each file is written
 * atomically.
 */
final class TicketWriter {

  private TicketWriter() {}

  /**
   * The files of a ticket.
   *
   * @param files by path, in the order of writing
   * @param news the message after writing
   */
  record FileSet(Map<Path, AtomicFile.Content> files, String news) {}

  /** Prepares the files of a ticket without writing them. */
  @FunctionalInterface
  interface Packing {
    FileSet pack(Path ticket) throws IOException;
  }

  /**
   * Packs all tickets to check them, and then again to write them, since together they may exceed
   * the memory.
   *
   * @param replaces whether files with other content may be replaced
   * @param way the remedy for such files, a sentence without a full stop
   * @param news receives a line for each ticket that is written
   * @throws ConfigProblem naming all problems of all tickets, with nothing written; or if a file
   *     cannot be written
   */
  static void deliver(
      List<Path> tickets, Packing packing, boolean replaces, String way, Consumer<String> news) {
    List<Problem> problems = new ArrayList<>();
    for (Path ticket : tickets) {
      try {
        for (Map.Entry<Path, AtomicFile.Content> file : packing.pack(ticket).files().entrySet()) {
          if (!replaces
              && Files.exists(file.getKey(), LinkOption.NOFOLLOW_LINKS)
              && !isThere(file.getKey(), file.getValue())) {
            problems.add(
                problem(
                    file.getKey(),
                    new Refusal("", "something else there", "nothing, or the same", way)
                        .toString()));
          }
        }
      } catch (ConfigProblem | IOException e) {
        // The message of the system does not have all details.
        String message = e instanceof FileSystemException ? e.toString() : e.getMessage();
        String.valueOf(message).lines().forEach(line -> problems.add(problem(ticket, line)));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
    for (Path ticket : tickets) {
      Path target = ticket;
      try {
        FileSet files = packing.pack(ticket);
        for (Map.Entry<Path, AtomicFile.Content> file : files.files().entrySet()) {
          target = file.getKey();
          if (!isThere(target, file.getValue())) {
            AtomicFile.write(target.toAbsolutePath(), file.getValue());
          }
        }
        news.accept(files.news());
      } catch (IOException e) {
        String why = e instanceof NotWritten written ? written.why() : e.toString();
        throw new ConfigProblem(
            List.of(
                problem(
                    target,
                    new Refusal(
                            "",
                            "a file that cannot be written (" + why + ")",
                            "a folder for it that can be",
                            "Choose another folder")
                        .toString())));
      }
    }
  }

  private static Problem problem(Path file, String message) {
    return new Problem(file.toString(), -1, message);
  }

  private static boolean isThere(Path file, AtomicFile.Content content) throws IOException {
    return AtomicFile.has(file, content);
  }
}
