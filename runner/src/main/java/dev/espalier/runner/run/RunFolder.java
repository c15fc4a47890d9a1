// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.gson.Gson;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The folder of one run, held by one process at a time:
 *
 * <pre>
 * experiment.conf   the experiment with every default, and provenance
 * events.jsonl      what happened, one line each, appended
 * results.csv       a row a ticket, and each network it is compared with
 * results.png       how these compare; see {@link Panels}
 * findings.csv      what the method found on the way to them, a row each
 * tickets/          masks and starting weights
 * structures.csv    how wide the networks are that replicates found; see {@link Similarity}
 * similarity*       how alike these are
 * report.html       all of it on a page to look at; see {@link Report}
 * run.log           the log, with the trace of a failure
 * </pre>
 */
final class RunFolder implements Events, AutoCloseable {

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;

  /**
   * Opens, or makes, a run's folder and takes its lock.
   *
   * @throws RunHeld if another process holds it
   * @throws IOException if it cannot be written
   */
  RunFolder(Path path) throws IOException {
    this.path = path;
    Files.createDirectories(path);
    Path file = path.resolve("run.lock");
    lockFile =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock taken;
    try {
      taken = lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      taken = null;
    }
    if (taken == null) {
      String holder = Files.readString(file).strip();
      lockFile.close();
      throw new RunHeld(path, holder);
    }
    lock = taken;
    String holder = "process " + ProcessHandle.current().pid() + " since " + Instant.now();
    lockFile.truncate(0);
    lockFile.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  void write(String name, String text) throws IOException {
    AtomicFile.write(file(name), text);
  }

  /** Appends an event, with the time. */
  @Override
  public void event(String name, Map<String, ?> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("event", name);
    line.putAll(details);
    try {
      Files.writeString(
          file("events.jsonl"),
          new Gson().toJson(line) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives the run free for other processes. */
  @Override
  public void close() throws IOException {
    lock.release();
    lockFile.close();
  }
}
