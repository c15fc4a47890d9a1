// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static dev.espalier.runner.store.SafetensorsHeader.METADATA;
import static dev.espalier.runner.store.SafetensorsHeader.OFFSETS;
import static dev.espalier.runner.store.SafetensorsHeader.SHAPE;
import static dev.espalier.runner.store.SafetensorsHeader.TYPE;
import static dev.espalier.runner.store.SafetensorsHeader.TYPES;

import ai.djl.ndarray.types.Shape;
import ai.djl.util.Float16Utils;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Named arrays and text in the published safetensors layout: the length of a JSON header as eight
 * bytes, the header, then the arrays' bytes, little-endian.
 *
 * @param arrays the arrays by name
 * @param metadata text by name
 */
public record Safetensors(Map<String, Array> arrays, Map<String, String> metadata) {

  private static final String AMISS = "not in the safetensors layout: ";

  /**
   * One array.
   *
   * @param type its type, such as F32
   * @param shape its shape
   * @param bytes its elements, row-major, little-endian
   */
  public record Array(String type, Shape shape, ByteBuffer bytes) {

    private static final Set<String> FLOATS = Set.of("F64", "F32", "F16", "BF16");

    /** Creates an array of float32. */
    public static Array of(Tensor tensor) {
      FloatBuffer values = tensor.values();
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * values.remaining()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return new Array("F32", tensor.shape(), bytes);
    }

    /** Creates an array of float64. */
    public static Array of(Shape shape, double... values) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asDoubleBuffer().put(values);
      return new Array("F64", shape, bytes);
    }

    /** Creates an array of int32. */
    public static Array of(Shape shape, IntStream values) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.toIntExact(Integer.BYTES * shape.size()))
              .order(ByteOrder.LITTLE_ENDIAN);
      values.forEach(bytes::putInt);
      return new Array("I32", shape, bytes.flip());
    }

    /**
     * Creates the mask of a layer as an array of U8: 1 where a weight is alive, of the layer's
     * shape.
     */
    public static Array of(Mask mask, Layer layer) {
      byte[] bytes = new byte[layer.size()];
      mask.alive(layer).stream().forEach(i -> bytes[i] = 1);
      return new Array("U8", layer.shape(), ByteBuffer.wrap(bytes));
    }

    /** The flat indices of the elements of an array of U8 that are not 0. */
    public BitSet alive() {
      BitSet alive = new BitSet(bytes.remaining());
      ByteBuffer each = bytes.duplicate();
      for (int i = 0; each.hasRemaining(); i++) {
        alive.set(i, each.get() != 0);
      }
      return alive;
    }

    /** The elements as float32. */
    public Tensor tensor() {
      float[] values = new float[Math.toIntExact(shape.size())];
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      return Tensor.of(shape, values);
    }

    /** The elements as float32, if they are floating-point numbers of any length. */
    public Optional<Tensor> asFloats() {
      if (!FLOATS.contains(type)) {
        return Optional.empty();
      }
      double[] numbers = numbers();
      float[] values = new float[numbers.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) numbers[i];
      }
      return Optional.of(Tensor.of(shape, values));
    }

    /** The elements as float64, for an array of any type; a boolean is 0 or 1. */
    public double[] numbers() {
      double[] values = new double[Math.toIntExact(shape.size())];
      ByteBuffer each = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < values.length; i++) {
        values[i] =
            switch (type) {
              case "F64" -> each.getDouble();
              case "F32" -> each.getFloat();
              case "F16" -> Float16Utils.halfToFloat(each.getShort());
              case "BF16" -> Float.intBitsToFloat(each.getShort() << 16);
              case "I64" -> each.getLong();
              case "I32" -> each.getInt();
              case "I16" -> each.getShort();
              case "U8" -> Byte.toUnsignedInt(each.get());
              default -> each.get();
            };
      }
      return values;
    }

    /** The elements as float64. */
    public double[] doubles() {
      double[] values = new double[Math.toIntExact(shape.size())];
      bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
      return values;
    }
  }

  /** The arrays under a prefix, without it, as tensors. */
  public State state(String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          if (name.startsWith(prefix)) {
            tensors.put(name.substring(prefix.length()), array.tensor());
          }
        });
    return State.of(tensors);
  }

  /**
   * Writes the file: arrays of F64 first, then of F32 and I32, then of U8, each in their order.
   * Each then begins at a multiple of its element size, so that it can be mapped into memory, as
   * PyTorch requires.
   */
  public void write(OutputStream out) throws IOException {
    List<Map.Entry<String, Array>> ordered = new ArrayList<>(arrays.entrySet());
    ordered.sort(Comparator.comparingInt(array -> -TYPES.get(array.getValue().type())));
    JsonObject header = new JsonObject();
    header.add(METADATA, new Gson().toJsonTree(metadata));
    long offset = 0;
    for (Map.Entry<String, Array> entry : ordered) {
      Array array = entry.getValue();
      JsonObject description = new JsonObject();
      description.addProperty(TYPE, array.type());
      description.add(SHAPE, new Gson().toJsonTree(array.shape().getShape()));
      JsonArray offsets = new JsonArray();
      offsets.add(offset);
      offset += array.bytes().remaining();
      offsets.add(offset);
      description.add(OFFSETS, offsets);
      header.add(entry.getKey(), description);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padding = -json.length & 7;
    out.write(
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length + padding)
            .array());
    out.write(json);
    out.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    for (Map.Entry<String, Array> entry : ordered) {
      ByteBuffer bytes = entry.getValue().bytes();
      out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
    }
  }

  /**
   * Reads a file in memory.
   *
   * @throws IOException if it is not in that layout
   */
  public static Safetensors read(ByteBuffer file) throws IOException {
    try {
      return read(
          file.remaining(), (from, length) -> file.slice(file.position() + (int) from, length));
    } catch (IOException e) {
      throw new IOException(AMISS + e.getMessage(), e);
    }
  }

  /**
   * Reads like {@link #read(Path)}, for a file of which few arrays are used: arrays are mapped into
   * memory, and read from the disk on access.
   *
   * @throws IOException if it does not exist, or has another layout
   */
  public static Safetensors mapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
    }
  }

  /**
   * Reads a file. Its size and its header are checked first: nothing is allocated for arrays until
   * all of them are known to be complete.
   *
   * @throws IOException if it is not in that layout, or cannot be read
   */
  public static Safetensors read(Path file) throws IOException {
    return read(file, Safetensors::read);
  }

  /**
   * Reads the descriptions of a file's arrays, and no array.
   *
   * @throws IOException if it is not in that layout, or cannot be read
   */
  public static SafetensorsHeader header(Path file) throws IOException {
    return read(file, SafetensorsHeader::read);
  }

  /** A reader of a file of a given size. */
  @FunctionalInterface
  private interface Reading<T> {
    T read(long size, SafetensorsHeader.Source file) throws IOException;
  }

  private static <T> T read(Path file, Reading<T> reading) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return reading.read(channel.size(), (from, length) -> bytes(channel, from, length));
    } catch (FileSystemException e) {
      throw e; // it names the file already
    } catch (IOException e) {
      throw new IOException(file + " is " + AMISS + e.getMessage(), e);
    }
  }

  private static ByteBuffer bytes(FileChannel file, long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("found it truncated during the read; let no other process write it");
      }
    }
    return bytes.flip();
  }

  private static Safetensors read(long size, SafetensorsHeader.Source file) throws IOException {
    SafetensorsHeader header = SafetensorsHeader.read(size, file);
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (Map.Entry<String, SafetensorsHeader.Entry> array : header.arrays().entrySet()) {
      SafetensorsHeader.Entry entry = array.getValue();
      ByteBuffer bytes = file.at(header.begin() + entry.from(), entry.length());
      arrays.put(array.getKey(), new Array(entry.type(), entry.shape(), bytes));
    }
    return new Safetensors(arrays, header.metadata());
  }
}
