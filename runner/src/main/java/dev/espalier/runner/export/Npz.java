// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes arrays as NumPy's {@code savez} does: a zip of {@code .npy} files, uncompressed. DJL
 * writes such files, too, but adds the time, so that no two are equal.
 */
final class Npz {

  /** The first time that a zip can store. */
  private static final LocalDateTime ALWAYS = LocalDateTime.of(1980, 1, 1, 0, 0);

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final Map<String, String> TYPES = Map.of("F64", "<f8", "F32", "<f4", "U8", "|u1");

  /** The alignment of data in bytes. */
  private static final int ALIGNED = 64;

  private Npz() {}

  /** Writes all arrays under their names. */
  static void write(Safetensors arrays, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Map.Entry<String, Array> entry : arrays.arrays().entrySet()) {
      byte[] header = header(entry.getValue());
      ByteBuffer data = entry.getValue().bytes();
      CRC32 crc = new CRC32();
      crc.update(header);
      crc.update(data.duplicate());
      ZipEntry file = new ZipEntry(entry.getKey() + ".npy");
      file.setTimeLocal(ALWAYS);
      file.setMethod(ZipEntry.STORED);
      file.setSize((long) header.length + data.remaining());
      file.setCrc(crc.getValue());
      zip.putNextEntry(file);
      zip.write(header);
      zip.write(data.array(), data.arrayOffset(), data.remaining());
      zip.closeEntry();
    }
    zip.finish();
  }

  /**
   * Builds a header: magic, version 1.0, the length of the rest, and the rest, a padded Python
   * literal.
   */
  private static byte[] header(Array array) {
    String shape =
        LongStream.of(array.shape().getShape())
            .mapToObj(axis -> axis + ",")
            .collect(Collectors.joining(" ", "(", ")"));
    String literal =
        "{'descr': '"
            + TYPES.get(array.type())
            + "', 'fortran_order': False, 'shape': "
            + shape
            + "}";
    int used = MAGIC.length + Short.BYTES + literal.length() + 1;
    int length = (used + ALIGNED - 1) / ALIGNED * ALIGNED;
    String padded = literal + " ".repeat(length - used) + "\n";
    return ByteBuffer.allocate(length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) padded.length())
        .put(padded.getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}
