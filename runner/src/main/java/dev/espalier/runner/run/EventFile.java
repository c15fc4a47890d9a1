// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.gson.Gson;
import dev.espalier.runner.store.NotWritten;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of events, one line each, to which one process appends.
 *
 * @param file the file
 */
public record EventFile(Path file) implements EventLog {

  /** Opens a file, and removes an incomplete last event, left by a full disk or a crash. */
  public static EventFile open(Path file) throws IOException {
    if (Files.exists(file)) {
      removeUnfinishedLine(file);
    }
    return new EventFile(file);
  }

  private static void removeUnfinishedLine(Path file) throws IOException {
    try (RandomAccessFile lines = new RandomAccessFile(file.toFile(), "rw")) {
      long end = lines.length();
      long finished = end;
      while (finished > 0) {
        lines.seek(finished - 1);
        if (lines.read() == '\n') {
          break;
        }
        finished--;
      }
      if (finished < end) {
        lines.setLength(finished);
      }
    }
  }

  /** Appends an event with the time. */
  @Override
  public void event(String name, Map<String, ?> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("event", name);
    line.putAll(details);
    append(line);
  }

  /** Appends an event that has its time and its name. */
  public void append(Map<String, ?> line) {
    try {
      Files.writeString(
          file, text(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(new NotWritten(file, e));
    }
  }

  /** The text of an event, without the end of the line. */
  public static String text(Map<String, ?> line) {
    return new Gson().toJson(line);
  }
}
