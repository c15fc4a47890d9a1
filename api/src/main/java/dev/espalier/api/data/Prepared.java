// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import dev.espalier.api.state.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.apiguardian.api.API;

/**
 * Results of slow preparations, such as decoded images. The runner stores them as files that all
 * runs of a folder share; {@link #inMemory} stores nothing.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Prepared {

  /**
   * The name of the logger for the progress of slow preparations. The runner prints its messages of
   * level INFO.
   */
  String PROGRESS = "dev.espalier.progress";

  /** Writes the bytes of one entry. */
  @FunctionalInterface
  interface Content {

    /**
     * Computes the bytes and writes them.
     *
     * @param out the destination; buffered, closed by the caller
     * @throws IOException if an input cannot be read
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Returns an entry. It is computed if it is missing, has another origin, or is damaged. Writes
   * are atomic: two processes may request the same entry at the same time.
   *
   * @param name the entry's name: a relative path of lower-case words, unique to the data source
   * @param origin a digest of all inputs of the computation
   * @param length the number of bytes
   * @param content computes the bytes
   * @return the bytes, read-only, position 0
   * @throws IOException if an input cannot be read, or the entry cannot be written
   */
  ByteBuffer get(String name, Digest origin, int length, Content content) throws IOException;

  /**
   * Returns whether {@link #get} would return an entry without computing it.
   *
   * @param name the entry's name
   * @param origin a digest of all inputs of the computation
   * @param length the number of bytes
   * @return true if it is stored; false by default
   * @throws IOException if the entry cannot be read
   */
  default boolean has(String name, Digest origin, int length) throws IOException {
    return false;
  }

  /**
   * Returns the space for new entries, so that a long preparation can be refused before it begins.
   *
   * @return bytes; {@code Long.MAX_VALUE} if they are not known, by default
   */
  default long free() {
    return Long.MAX_VALUE;
  }

  /**
   * Computes every entry each time, for programs without a folder.
   *
   * @return a service that stores nothing
   */
  static Prepared inMemory() {
    return (name, origin, length, content) -> {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(length);
      content.writeTo(bytes);
      return ByteBuffer.wrap(bytes.toByteArray()).asReadOnlyBuffer();
    };
  }
}
