// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.Tensor;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SafetensorsTest {

  private static byte[] bytes(Safetensors content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    content.write(out);
    return out.toByteArray();
  }

  private static Safetensors sample() {
    Map<String, Array> arrays = new LinkedHashMap<>();
    arrays.put("fc.weight", Array.of(Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, 6.5f)));
    arrays.put("mask", new Array("U8", new Shape(3), ByteBuffer.wrap(new byte[] {1, 0, 1})));
    arrays.put("loss", Array.of(new Shape(), 0.1));
    return new Safetensors(arrays, Map.of("step", "train \"quoted\" \u00fc"));
  }

  /** The layout by hand, from its published description. */
  @Test
  void isAHeadersLengthAHeaderAndTheArrays() throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes(sample())).order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[Math.toIntExact(file.getLong())];
    file.get(json);
    JsonObject header =
        JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    assertThat(header.keySet()).containsExactly("__metadata__", "fc.weight", "mask", "loss");
    assertThat(header.getAsJsonObject("__metadata__").get("step").getAsString())
        .isEqualTo("train \"quoted\" \u00fc");
    assertThat(header.get("fc.weight"))
        .isEqualTo(
            JsonParser.parseString("{dtype: \"F32\", shape: [2, 3], data_offsets: [0, 24]}"));
    assertThat(header.get("mask"))
        .isEqualTo(JsonParser.parseString("{dtype: \"U8\", shape: [3], data_offsets: [24, 27]}"));
    assertThat(header.get("loss"))
        .isEqualTo(JsonParser.parseString("{dtype: \"F64\", shape: [], data_offsets: [27, 35]}"));
    assertThat(file.remaining()).isEqualTo(35);
    for (float expected : new float[] {1, 2, 3, 4, 5, 6.5f}) {
      assertThat(file.getFloat()).isEqualTo(expected);
    }
    assertThat(new byte[] {file.get(), file.get(), file.get()}).containsExactly(1, 0, 1);
    assertThat(file.getDouble()).isEqualTo(0.1);
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Safetensors read = Safetensors.read(ByteBuffer.wrap(bytes(sample())));
    assertThat(read.metadata()).isEqualTo(sample().metadata());
    assertThat(read.arrays().keySet()).containsExactly("fc.weight", "mask", "loss");
    assertThat(read.arrays().get("fc.weight").tensor())
        .isEqualTo(Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, 6.5f));
    assertThat(read.arrays().get("loss").doubles()).containsExactly(0.1);
    assertThat(bytes(read)).isEqualTo(bytes(sample()));
  }

  @Test
  void refusesAnotherLayout() throws IOException {
    byte[] whole = bytes(sample());
    for (byte[] other :
        new byte[][] {
          {},
          "a text, and no arrays at all".getBytes(StandardCharsets.UTF_8),
          java.util.Arrays.copyOf(whole, 30),
          java.util.Arrays.copyOf(whole, whole.length - 1)
        }) {
      assertThatThrownBy(() -> Safetensors.read(ByteBuffer.wrap(other)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("safetensors");
    }
  }
}
