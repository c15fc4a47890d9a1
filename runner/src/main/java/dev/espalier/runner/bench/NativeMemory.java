// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The memory in use by this process outside Java's heap. It is the resident memory of {@code
 * /proc/self/smaps}, of all mappings but those of the heap, whose addresses the JVM reports. It
 * includes PyTorch's arrays, direct buffers, libraries and compiled code. It excludes free memory
 * that the C library holds, where the JVM can make it release that.
 *
 * <p>A mapping that the kernel made of a piece of the heap and a neighbour counts with its part
 * outside, assumed to be resident.
 */
final class NativeMemory implements UsedMemory {

  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** A range of the heap: its begin, the reserved part, its end. */
  private static final Pattern RANGE =
      Pattern.compile("\\[0x(\\p{XDigit}+)(?:, ?0x\\p{XDigit}+)*, ?0x(\\p{XDigit}+)\\)");

  private static final Pattern MAPPING = Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) .*");
  private static final Pattern RESIDENT = Pattern.compile("Rss: +(\\d+) kB");

  private final long heapStart;
  private final long heapEnd;

  private NativeMemory(long heapStart, long heapEnd) {
    this.heapStart = heapStart;
    this.heapEnd = heapEnd;
  }

  /**
   * Finds the memory of this process.
   *
   * @return empty where the system has no {@code smaps}, or the JVM does not report the addresses
   *     of its heap
   */
  static Optional<NativeMemory> here() {
    if (!Files.isReadable(MAPPINGS)) {
      return Optional.empty();
    }
    try {
      return of(diagnose("gcHeapInfo"));
    } catch (JMException e) {
      return Optional.empty();
    }
  }

  /**
   * Finds the memory outside a heap.
   *
   * @param heapInfo the JVM's description of its heap: one range or, of old and young objects,
   *     several
   */
  static Optional<NativeMemory> of(String heapInfo) {
    long start = Long.MAX_VALUE;
    long end = 0;
    for (Matcher range = RANGE.matcher(heapInfo); range.find(); ) {
      start = Math.min(start, Long.parseUnsignedLong(range.group(1), 16));
      end = Math.max(end, Long.parseUnsignedLong(range.group(2), 16));
    }
    return end == 0 ? Optional.empty() : Optional.of(new NativeMemory(start, end));
  }

  @Override
  public long bytes() {
    try {
      diagnose("systemTrimNativeHeap");
    } catch (JMException e) {
      // Not with this JVM or C library: then the free memory of the C library counts.
    }
    try (BufferedReader mappings = Files.newBufferedReader(MAPPINGS)) {
      return resident(mappings);
    } catch (IOException e) {
      throw new UncheckedIOException(MAPPINGS + " cannot be read", e);
    }
  }

  /** Sums the resident bytes outside the heap, of mappings in the form of {@code smaps}. */
  long resident(BufferedReader mappings) throws IOException {
    long sum = 0;
    long outside = 0;
    for (String line = mappings.readLine(); line != null; line = mappings.readLine()) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        outside =
            outside(
                Long.parseUnsignedLong(mapping.group(1), 16),
                Long.parseUnsignedLong(mapping.group(2), 16));
      } else if (line.startsWith("Rss:")) {
        Matcher resident = RESIDENT.matcher(line);
        if (resident.matches()) {
          sum += Math.min(outside, Long.parseLong(resident.group(1)) << 10);
        }
      }
    }
    return sum;
  }

  private long outside(long start, long end) {
    long inside = Math.min(end, heapEnd) - Math.max(start, heapStart);
    return end - start - Math.max(0, inside);
  }

  /** Frees the direct buffers that are garbage. */
  static void release() {
    // The thread that frees direct buffers finishes the finds of one collection before those of
    // the next: when it reaches the second, all of the first are free.
    collect();
    collect();
  }

  /** Collects garbage, and waits until the collector's finds are processed. */
  private static void collect() {
    ReferenceQueue<Object> finds = new ReferenceQueue<>();
    WeakReference<Object> garbage = new WeakReference<>(new Object(), finds);
    System.gc();
    try {
      finds.remove(TimeUnit.SECONDS.toMillis(1)); // never arrives if System.gc() is disabled
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      Reference.reachabilityFence(garbage);
    }
  }

  private static String diagnose(String command) throws JMException {
    ObjectName jvm = new ObjectName("com.sun.management:type=DiagnosticCommand");
    return String.valueOf(
        ManagementFactory.getPlatformMBeanServer().invoke(jvm, command, null, null));
  }
}
