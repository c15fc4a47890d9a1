// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.gson.Gson;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
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
 * The folder of one run, locked by one process at a time:
 *
 * <pre>
 * experiment.conf   the experiment with every default, and provenance
 * events.jsonl      the events, one line each, appended
 * results.csv       a row for each ticket and each network that it is compared with
 * verdicts.csv      each level against its dense network and controls
 * ledger.csv        the cost of tickets
 * results.png       the results as a picture
 * findings.csv      the findings of the method, a row each
 * tickets/          masks, starting and trained weights, and a record of each; a folder a variant
 * structures.csv    the widths of the networks that replicates found; see {@link
 *                   dev.espalier.runner.similarity.Similarity}
 * similarity*       the correlations of these widths
 * tensorboard/      learning curves, if requested; see {@link TensorBoardFile}
 * report.html       the page about the run
 * run.log           the log, with the trace of a failure
 * </pre>
 */
final class RunFolder implements EventLog, AutoCloseable {

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;

  /**
   * Opens or creates a run's folder and takes its lock.
   *
   * @throws RunHeld if another process has the lock
   * @throws NotWritten if the folder cannot be written
   */
  RunFolder(Path path) throws NotWritten {
    this.path = path;
    try {
      Files.createDirectories(path);
      lockFile =
          FileChannel.open(
              file(RunLayout.LOCK),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      lock = take();
    } catch (IOException e) {
      throw new NotWritten(path, e);
    }
  }

  private FileLock take() throws IOException {
    try {
      FileLock taken = tryLock();
      if (taken == null) {
        throw new RunHeld(path, Files.readString(file(RunLayout.LOCK)).strip());
      }
      String holder = "process " + ProcessHandle.current().pid() + " since " + Instant.now();
      lockFile.truncate(0);
      lockFile.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
      removeUnfinishedLine(file(RunLayout.EVENTS));
      return taken;
    } catch (IOException | RunHeld e) {
      lockFile.close();
      throw e;
    }
  }

  private FileLock tryLock() throws IOException {
    try {
      return lockFile.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // locked by this process
    }
  }

  /** Removes an incomplete last event, left by a full disk or a crash of the machine. */
  private static void removeUnfinishedLine(Path file) throws IOException {
    if (Files.notExists(file)) {
      return;
    }
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

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  void write(String name, String text) throws IOException {
    AtomicFile.write(file(name), text);
  }

  /** Appends an event with the time. */
  @Override
  public void event(String name, Map<String, ?> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", Instant.now().toString());
    line.put("event", name);
    line.putAll(details);
    try {
      Files.writeString(
          file(RunLayout.EVENTS),
          new Gson().toJson(line) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(new NotWritten(file(RunLayout.EVENTS), e));
    }
  }

  /** Releases the lock. */
  @Override
  public void close() throws IOException {
    lock.release();
    lockFile.close();
  }
}
