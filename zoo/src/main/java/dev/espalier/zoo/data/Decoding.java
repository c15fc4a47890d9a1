// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Prepared;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decoding of images by several threads. The bytes do not depend on their number. Parts that
 * are prepared are not decoded again, so that a decoding that was ended resumes at the part where
 * it was. A broken image leaves its part undecoded; all others are decoded before it is reported.
 */
final class Decoding {

  /** The number of broken images that a message names. */
  private static final int NAMED = 12;

  /** The bytes of a task, if it has more than one image. */
  private static final int TASK = 1 << 18;

  /** The bytes that are decoded before they can be written, if those are a task for each thread. */
  private static final int AHEAD = 1 << 24;

  private static final long LOG_EVERY_NANOS = 10_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(Prepared.PROGRESS);

  /** The pixels of some images, and messages about those that are broken. */
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Decoded(byte[] pixels, int images, List<String> broken) {}

  /** Thrown in place of the content of a part that has a broken image. */
  private static final class BrokenPart extends IOException {
    private static final long serialVersionUID = 1;
  }

  private final Prepared prepared;
  private final int threads;
  private final ExecutorService pool;
  private final List<String> broken = new ArrayList<>();
  private long brokenCount;

  /** Images of parts that are missing: all, those of earlier parts, and those decoded here. */
  private long total;

  private long passed;
  private long decoded;

  private long started;
  private long logged;

  private Decoding(Prepared prepared, int threads, ExecutorService pool) {
    this.prepared = prepared;
    this.threads = threads;
    this.pool = pool;
  }

  /**
   * Decodes the images that are not prepared. A line says before how many they are and how much
   * disk they need; lines every ten seconds say how many are done.
   *
   * @param sets the parts of each set of images
   * @return the pixels of each part
   * @throws IOException if the disk has not enough space, or if images are broken
   */
  static List<List<ByteBuffer>> pixels(
      List<List<PackedImages.Part>> sets, Prepared prepared, int threads) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "images");
              thread.setDaemon(true);
              return thread;
            });
    try {
      return new Decoding(prepared, threads, pool).pixels(sets);
    } finally {
      pool.shutdownNow();
    }
  }

  private List<List<ByteBuffer>> pixels(List<List<PackedImages.Part>> sets) throws IOException {
    List<PackedImages.Part> missing = new ArrayList<>();
    Set<String> isMissing = new HashSet<>();
    for (List<PackedImages.Part> set : sets) {
      for (PackedImages.Part part : set) {
        if (!part.isThere(prepared)) {
          missing.add(part);
          isMissing.add(part.name());
        }
      }
    }
    if (!missing.isEmpty()) {
      begin(missing);
    }
    List<List<ByteBuffer>> pixels = new ArrayList<>();
    for (List<PackedImages.Part> set : sets) {
      List<ByteBuffer> buffers = new ArrayList<>();
      for (PackedImages.Part part : set) {
        try {
          buffers.add(
              prepared.get(part.name(), part.origin(), part.length(), out -> decode(part, out)));
        } catch (BrokenPart e) {
          // Reported after all other parts.
        }
        passed += isMissing.contains(part.name()) ? part.files().size() : 0;
      }
      pixels.add(buffers);
    }
    if (brokenCount > 0) {
      throw broken();
    }
    return pixels;
  }

  private void begin(List<PackedImages.Part> missing) throws IOException {
    long bytes = missing.stream().mapToLong(PackedImages.Part::length).sum();
    total = missing.stream().mapToLong(part -> part.files().size()).sum();
    PackedImages first = missing.get(0).images();
    Path folder = first.folder().getParent();
    long free = prepared.free();
    String need =
        total
            + " images at "
            + first.size()
            + " pixels need "
            + size(bytes)
            + " of disk"
            + (free == Long.MAX_VALUE ? "" : ", " + size(free) + " are free");
    if (bytes > free) {
      throw new IOException(
          folder
              + ": decoded, "
              + need
              + " where they are stored; make room, make data.size less, or choose another folder"
              + " with --dir");
    }
    LOG.info("{}: decoding by {} threads; {}", folder, threads, need);
    started = System.nanoTime();
    logged = started;
  }

  private static String size(long bytes) {
    if (bytes < 1_000_000) {
      return bytes + " bytes";
    }
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }

  /** Decodes a part: tasks are taken up in any order, and written in order. */
  private void decode(PackedImages.Part part, OutputStream out) throws IOException {
    int each = part.length() / part.files().size();
    int images = Math.max(1, TASK / each);
    int ahead = Math.max(threads + 1, AHEAD / (images * each));
    int files = part.files().size();
    Queue<Future<Decoded>> tasks = new ArrayDeque<>();
    long before = brokenCount;
    long done = 0;
    for (int next = 0; next < files || !tasks.isEmpty(); ) {
      while (next < files && tasks.size() < ahead) {
        List<LabelledImages.Entry> some =
            part.files().subList(next, Math.min(files, next + images));
        tasks.add(pool.submit(() -> decode(part.images(), some, each)));
        next += some.size();
      }
      Decoded result = result(tasks.remove());
      for (String message : result.broken) {
        brokenCount++;
        if (broken.size() < NAMED) {
          broken.add(message);
        }
      }
      done += result.images;
      decoded += result.images;
      if (brokenCount == before) {
        out.write(result.pixels);
      }
      log(done);
    }
    if (brokenCount > before) {
      throw new BrokenPart();
    }
  }

  private static Decoded decode(PackedImages images, List<LabelledImages.Entry> files, int each) {
    byte[] pixels = new byte[each * files.size()];
    List<String> broken = new ArrayList<>();
    int at = 0;
    for (LabelledImages.Entry file : files) {
      try {
        Path image = images.folder().resolve(file.name());
        ImageFile.square(image, images.size(), images.colour(), pixels, at);
      } catch (IOException e) {
        broken.add(e.getMessage());
      }
      at += each;
    }
    return new Decoded(pixels, files.size(), broken);
  }

  private static Decoded result(Future<Decoded> task) throws IOException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private void log(long done) {
    long now = System.nanoTime();
    if (now - logged > LOG_EVERY_NANOS) {
      logged = now;
      LOG.info(progress(passed + done, total, decoded / ((now - started) / 1e9)));
    }
  }

  /**
   * Returns a line about the state of a decoding.
   *
   * @param rate images per second
   */
  static String progress(long done, long total, double rate) {
    long seconds = Math.round((total - done) / rate);
    Duration left = Duration.ofSeconds(seconds);
    return String.format(
        Locale.ROOT,
        "decoded %d of %d images, %.0f images/s, %d:%02d:%02d left",
        done,
        total,
        rate,
        left.toHours(),
        left.toMinutesPart(),
        left.toSecondsPart());
  }

  private IOException broken() {
    if (brokenCount == 1) {
      return new IOException(broken.get(0));
    }
    return new IOException(
        brokenCount
            + " images are broken: "
            + String.join("; ", broken)
            + (brokenCount > NAMED ? "; and " + (brokenCount - NAMED) + " more" : ""));
  }
}
