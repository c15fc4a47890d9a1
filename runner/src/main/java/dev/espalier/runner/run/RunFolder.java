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
 * The folder of one run, held by one process at a time:
 *
 * <pre>
 * experiment.conf   the experiment with every default, and provenance
 * events.jsonl      what happened, one line each, appended
 * results.csv       a row a ticket, and each network it is compared with
 * verdicts.csv      each level against its dense network and controls
 * ledger.csv        what they cost
 * results.png       how these compare
 * findings.csv      what the method found on the way to them, a row each
 * tickets/          masks, starting and trained weights, and a record of each
 * structures.csv    how wide the networks are that replicates found; see {@link
 *                   dev.espalier.runner.similarity.Similarity}
 * similarity*       how alike these are
 * tensorboard/      how they trained, if that is asked for; see {@link TensorBoardFile}
 * report.html       all of it on a page to look at
 * run.log           the log, with the trace of a failure
 * </pre>
 */
final class RunFolder implements EventLog, AutoCloseable {

  private final Path path;
  private final FileChannel lockFile;
  private final FileLock lock;

  /**
   * Opens, or makes, a run's folder and takes its lock.
   *
   * @throws RunHeld if another process holds it
   * @throws NotWritten if it cannot be written
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
      return null; // held by this process
    }
  }

  /** A full disk, or the end of the machine, may have cut the last event short. */
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

  /** Appends an event, with the time. */
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

  /** Gives the run free for other processes. */
  @Override
  public void close() throws IOException {
    lock.release();
    lockFile.close();
  }
}
