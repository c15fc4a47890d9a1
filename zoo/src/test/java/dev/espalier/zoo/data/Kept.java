// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/** Prepared entries in memory, which a test may look at and change. */
final class Kept implements Prepared {

  final TreeMap<String, Digest> origins = new TreeMap<>();
  final TreeMap<String, byte[]> entries = new TreeMap<>();

  @Override
  public ByteBuffer get(String name, Digest origin, int length, Content content)
      throws IOException {
    if (!origin.equals(origins.get(name))) {
      ByteBuffer made = Prepared.inMemory().get(name, origin, length, content);
      byte[] bytes = new byte[made.remaining()];
      made.get(bytes);
      entries.put(name, bytes);
      origins.put(name, origin);
    }
    return ByteBuffer.wrap(entries.get(name)).asReadOnlyBuffer();
  }
}
