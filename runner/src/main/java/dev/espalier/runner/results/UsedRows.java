// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.RecordJson.MayBeMissing;
import dev.espalier.runner.store.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The training examples that a criterion used, so that another program can compute the same scores.
 * Equal batches count once, in the order of their first use.
 *
 * @param number the number of rows
 * @param sha256 of the rows as int64, little-endian, 64 hexadecimal digits
 * @param listed the rows of each batch, separated by spaces, and the batches by semicolons; null
 *     for more than {@link #MOST_LISTED} rows
 */
public record UsedRows(Long number, String sha256, @MayBeMissing String listed) {

  /** The largest number of rows that are listed. */
  public static final int MOST_LISTED = 10_000;

  private static final String BATCH = ";";

  private static final String NUMBER = "rows";
  private static final String SHA256 = "rows-sha256";
  private static final String LISTED = "rows-listed";

  /** The rows of some batches. */
  public static UsedRows of(Collection<IntBuffer> batches) {
    long number = batches.stream().mapToLong(IntBuffer::remaining).sum();
    return new UsedRows(number, digest(batches), number > MOST_LISTED ? null : text(batches));
  }

  private static String digest(Collection<IntBuffer> batches) {
    try {
      return Sha256.of(
          out -> {
            for (IntBuffer batch : batches) {
              ByteBuffer bytes =
                  ByteBuffer.allocate(Long.BYTES * batch.remaining())
                      .order(ByteOrder.LITTLE_ENDIAN);
              rows(batch).forEach(bytes::putLong);
              out.write(bytes.array());
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written to a file
    }
  }

  private static String text(Collection<IntBuffer> batches) {
    return batches.stream()
        .map(batch -> rows(batch).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
        .collect(Collectors.joining(BATCH + " "));
  }

  private static IntStream rows(IntBuffer batch) {
    return IntStream.range(batch.position(), batch.limit()).map(batch::get);
  }

  /** Whether the parts agree with each other. */
  boolean isConsistent() {
    if (listed == null) {
      return number > MOST_LISTED;
    }
    try {
      Collection<IntBuffer> batches = batches();
      return batches.stream().flatMapToInt(UsedRows::rows).allMatch(row -> row >= 0)
          && equals(of(batches));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private Collection<IntBuffer> batches() {
    if (listed.isEmpty()) {
      return List.of();
    }
    return Arrays.stream(listed.split(BATCH + " ", -1))
        .map(batch -> Arrays.stream(batch.split(" ", -1)).mapToInt(Integer::parseInt).toArray())
        .map(IntBuffer::wrap)
        .toList();
  }

  /** The values as text by name, for the record of a step. */
  public Map<String, String> metadata() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(NUMBER, Long.toString(number));
    text.put(SHA256, sha256);
    if (listed != null) {
      text.put(LISTED, listed);
    }
    return text;
  }

  /** Reads the values of {@link #metadata}. */
  public static UsedRows of(Map<String, String> metadata) {
    return new UsedRows(
        Long.valueOf(metadata.get(NUMBER)), metadata.get(SHA256), metadata.get(LISTED));
  }
}
