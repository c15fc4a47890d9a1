// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named arrays and text in the published safetensors layout: the length of a JSON header as eight
 * bytes, the header, then the arrays' bytes, little-endian.
 *
 * @param arrays the arrays by name
 * @param metadata text by name
 */
public record Safetensors(Map<String, Array> arrays, Map<String, String> metadata) {

  /**
   * One array.
   *
   * @param type F32, F64 or U8
   * @param shape its shape
   * @param bytes its elements, row-major, little-endian
   */
  public record Array(String type, Shape shape, ByteBuffer bytes) {

    /** An array of float32. */
    public static Array of(Tensor tensor) {
      FloatBuffer values = tensor.values();
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * values.remaining()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return new Array("F32", tensor.shape(), bytes);
    }

    /** An array of float64. */
    public static Array of(Shape shape, double... values) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asDoubleBuffer().put(values);
      return new Array("F64", shape, bytes);
    }

    /** The elements as float32. */
    public Tensor tensor() {
      float[] values = new float[Math.toIntExact(shape.size())];
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      return Tensor.of(shape, values);
    }

    /** The elements as float64. */
    public double[] doubles() {
      double[] values = new double[Math.toIntExact(shape.size())];
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
      return values;
    }
  }

  private static final String METADATA = "__metadata__";

  /** Writes the whole, arrays in their order. */
  public void write(OutputStream out) throws IOException {
    JsonObject header = new JsonObject();
    header.add(METADATA, new Gson().toJsonTree(metadata));
    long offset = 0;
    for (Map.Entry<String, Array> entry : arrays.entrySet()) {
      Array array = entry.getValue();
      JsonObject description = new JsonObject();
      description.addProperty("dtype", array.type());
      description.add("shape", new Gson().toJsonTree(array.shape().getShape()));
      JsonArray offsets = new JsonArray();
      offsets.add(offset);
      offset += array.bytes().remaining();
      offsets.add(offset);
      description.add("data_offsets", offsets);
      header.add(entry.getKey(), description);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .array());
    out.write(json);
    for (Array array : arrays.values()) {
      out.write(array.bytes().array(), array.bytes().arrayOffset(), array.bytes().remaining());
    }
  }

  /**
   * Reads the whole.
   *
   * @throws IOException if it is not in that layout
   */
  public static Safetensors read(ByteBuffer file) throws IOException {
    ByteBuffer in = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      byte[] json = new byte[Math.toIntExact(in.getLong())];
      in.get(json);
      ByteBuffer data = in.slice();
      JsonObject header =
          JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
      Map<String, Array> arrays = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      for (Map.Entry<String, JsonElement> entry : header.entrySet()) {
        JsonObject value = entry.getValue().getAsJsonObject();
        if (entry.getKey().equals(METADATA)) {
          value.entrySet().forEach(e -> metadata.put(e.getKey(), e.getValue().getAsString()));
          continue;
        }
        JsonArray offsets = value.getAsJsonArray("data_offsets");
        int from = offsets.get(0).getAsInt();
        Shape shape = new Shape(new Gson().fromJson(value.get("shape"), long[].class));
        arrays.put(
            entry.getKey(),
            new Array(
                value.get("dtype").getAsString(),
                shape,
                data.slice(from, offsets.get(1).getAsInt() - from)));
      }
      return new Safetensors(arrays, metadata);
    } catch (RuntimeException e) {
      throw new IOException("not in the safetensors layout: " + e.getMessage(), e);
    }
  }
}
