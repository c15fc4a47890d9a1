// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Files of arrays read by their published layouts, with nothing of ours. */
final class Layouts {

  private static final Pattern NPY =
      Pattern.compile(
          "\\{'descr': '(<f4|\\|u1)', 'fortran_order': False, 'shape': \\(([0-9, ]*)\\)\\} *\n");

  private Layouts() {}

  /** An array: its type in the words of safetensors, its shape, its bytes. */
  record Array(String type, List<Long> shape, ByteBuffer bytes) {

    float[] floats() {
      assertThat(type).isEqualTo("F32");
      float[] values = new float[bytes.remaining() / 4];
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      return values;
    }

    byte[] raw() {
      byte[] raw = new byte[bytes.remaining()];
      bytes.duplicate().get(raw);
      return raw;
    }
  }

  /** Eight bytes of length, little-endian, a JSON header, data at offsets behind it. */
  static Map<String, Array> safetensors(Path path) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[Math.toIntExact(file.getLong())];
    file.get(json);
    ByteBuffer data = file.slice();
    JsonObject header =
        JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    Map<String, Array> arrays = new LinkedHashMap<>();
    int end = 0;
    for (Map.Entry<String, JsonElement> entry : header.entrySet()) {
      if (!entry.getKey().equals("__metadata__")) {
        JsonObject array = entry.getValue().getAsJsonObject();
        JsonArray offsets = array.getAsJsonArray("data_offsets");
        assertThat(offsets.get(0).getAsInt()).isEqualTo(end);
        end = offsets.get(1).getAsInt();
        String type = array.get("dtype").getAsString();
        int from = offsets.get(0).getAsInt();
        assertThat((json.length + Long.BYTES + from) % (type.equals("F32") ? 4 : 1))
            .as("alignment of %s", entry.getKey())
            .isZero();
        arrays.put(
            entry.getKey(),
            new Array(
                type,
                array.getAsJsonArray("shape").asList().stream()
                    .map(JsonElement::getAsLong)
                    .toList(),
                data.slice(from, end - from)));
      }
    }
    assertThat(end).isEqualTo(data.remaining());
    return arrays;
  }

  /** A zip of .npy files: magic, version 1.0, a length, a Python literal, data. */
  static Map<String, Array> npz(Path path) throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(path.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        assertThat(entry.getName()).endsWith(".npy");
        assertThat(entry.getMethod()).isEqualTo(ZipEntry.STORED);
        ByteBuffer file =
            ByteBuffer.wrap(zip.getInputStream(entry).readAllBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[8];
        file.get(magic);
        assertThat(magic).containsExactly(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0);
        byte[] header = new byte[file.getShort()];
        file.get(header);
        assertThat(file.position() % 64).isZero();
        Matcher matcher = NPY.matcher(new String(header, StandardCharsets.US_ASCII));
        assertThat(matcher.matches()).as(new String(header, StandardCharsets.US_ASCII)).isTrue();
        // A tuple of one needs its comma.
        assertThat(matcher.group(2)).matches("|\\d+,|\\d+(, \\d+)+,?");
        arrays.put(
            entry.getName().replaceFirst("\\.npy$", ""),
            new Array(
                matcher.group(1).equals("|u1") ? "U8" : "F32",
                Pattern.compile("\\d+")
                    .matcher(matcher.group(2))
                    .results()
                    .map(number -> Long.parseLong(number.group()))
                    .toList(),
                file.slice()));
      }
    }
    return arrays;
  }
}
