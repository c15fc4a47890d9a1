// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The messages for memory that ran out: that of the Java heap, the machine or the GPU. */
final class OutOfMemory {

  /** PyTorch's messages: "you tried to allocate 64 bytes", "Tried to allocate 2.00 GiB". */
  private static final Pattern NATIVE =
      Pattern.compile("tried to allocate ([0-9.]+) (bytes|[KMG]i?B)", Pattern.CASE_INSENSITIVE);

  private static final String REMEDY =
      ". Choose a smaller network or batch-size; finished steps are kept, and the same command"
          + " goes on";

  private OutOfMemory() {}

  /** The message for an exception; empty if no memory ran out. */
  static Optional<String> message(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof OutOfMemoryError) {
        return Optional.of(
            "found a full Java heap of "
                + gigabytes((double) Runtime.getRuntime().maxMemory())
                + " ("
                + text
                + "), allowed is what fits. Give it more, such as java -Xmx"
                + more()
                + " -jar espalier.jar ...; finished steps are kept, and the same command goes on");
      }
      Matcher tried = NATIVE.matcher(text);
      if (tried.find()) {
        String where = text.contains("CUDA") ? "the GPU" : "the machine";
        String size =
            tried.group(2).equalsIgnoreCase("bytes")
                ? gigabytes(Double.parseDouble(tried.group(1)))
                : tried.group(1) + " " + tried.group(2);
        return Optional.of(
            "found one array of "
                + size
                + ", allowed is what the memory of "
                + where
                + " has left"
                + REMEDY);
      }
    }
    return Optional.empty();
  }

  /** Four times the heap, at least 2 GB. */
  private static String more() {
    return Math.max(2, Runtime.getRuntime().maxMemory() >> 28) + "g";
  }

  private static String gigabytes(double bytes) {
    return String.format(Locale.ROOT, "%,.2f GB", bytes / 1e9);
  }
}
