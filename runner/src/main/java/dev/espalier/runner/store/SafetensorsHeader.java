// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import ai.djl.ndarray.types.Shape;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The header of a safetensors file, completely checked before any array is read. Types are known,
 * and each array is as long as its type and shape require. The arrays lie without gaps from the
 * header's end to the file's, in any order of names.
 *
 * @param begin the offset of the arrays in the file
 * @param arrays the arrays by name
 * @param metadata text by name
 */
public record SafetensorsHeader(
    long begin, Map<String, Entry> arrays, Map<String, String> metadata) {

  /** The bytes of an element, by type. */
  static final Map<String, Integer> TYPES =
      Map.of(
          "F64", 8, "I64", 8, "F32", 4, "I32", 4, "F16", 2, "BF16", 2, "I16", 2, "U8", 1, "I8", 1,
          "BOOL", 1);

  static final String METADATA = "__metadata__";
  static final String TYPE = "dtype";
  static final String SHAPE = "shape";
  static final String OFFSETS = "data_offsets";

  /** The published limit of a header's length. */
  private static final long LONGEST = 100_000_000;

  /** The largest number of axes, more than any engine supports. */
  private static final int AXES = 32;

  /**
   * The description of one array.
   *
   * @param type its type, such as F32
   * @param shape its shape
   * @param from the offset of its first byte, relative to the first array
   * @param to the offset of its end
   */
  public record Entry(String type, Shape shape, long from, long to) {

    int length() {
      return Math.toIntExact(to - from);
    }
  }

  /** Reads some bytes of a file. */
  @FunctionalInterface
  interface Source {
    ByteBuffer at(long from, int length) throws IOException;
  }

  /**
   * Reads the header of a file of a given size.
   *
   * @throws IOException if the file has another layout, naming the value found and the values
   *     allowed
   */
  static SafetensorsHeader read(long size, Source file) throws IOException {
    if (size < Long.BYTES) {
      throw new IOException("found " + size + " bytes, allowed are at least " + Long.BYTES);
    }
    long length = file.at(0, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
    long most = Math.min(LONGEST, size - Long.BYTES);
    if (length < 2 || length > most) {
      throw new IOException(
          "found a header of "
              + Long.toUnsignedString(length)
              + " bytes, allowed are from 2 to "
              + most
              + " in a file of "
              + size);
    }
    byte[] json = new byte[(int) length];
    file.at(Long.BYTES, json.length).get(json);
    long begin = Long.BYTES + length;
    Map<String, Entry> arrays = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    StrictJson.read(
        json,
        header -> {
          if (json[0] != '{') {
            throw new IOException("found a header that does not begin with {, as it has to");
          }
          StrictJson.members(
              header,
              name -> {
                if (!names.add(name)) {
                  throw StrictJson.twice(name);
                }
                if (name.equals(METADATA)) {
                  metadata(header, metadata);
                } else {
                  arrays.put(name, entry(name, header, size - begin));
                }
              });
          return header;
        });
    fill(arrays, size - begin);
    return new SafetensorsHeader(begin, arrays, metadata);
  }

  private static void metadata(JsonReader json, Map<String, String> metadata) throws IOException {
    StrictJson.members(
        json,
        key -> {
          if (json.peek() != JsonToken.STRING) {
            throw new IOException(
                METADATA + ": found no text under " + StrictJson.shown(key) + ", allowed is text");
          }
          if (metadata.put(key, json.nextString()) != null) {
            throw StrictJson.twice(key);
          }
        });
  }

  private static Entry entry(String name, JsonReader json, long data) throws IOException {
    try {
      Description description = new Description();
      StrictJson.members(json, key -> description.take(key, json));
      return description.entry(data);
    } catch (IOException e) {
      // The place in the text helps human readers only; the name of the array helps all.
      throw e.getClass() == IOException.class
          ? new IOException("array " + StrictJson.shown(name) + ": " + e.getMessage(), e)
          : e;
    }
  }

  /** Refuses gaps between arrays, overlaps, and bytes after the last. */
  private static void fill(Map<String, Entry> arrays, long data) throws IOException {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(arrays.entrySet());
    sorted.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> array) -> array.getValue().from())
            .thenComparing(array -> array.getValue().to()));
    long end = 0;
    for (Map.Entry<String, Entry> array : sorted) {
      long from = array.getValue().from();
      if (from != end) {
        throw new IOException(
            "array "
                + StrictJson.shown(array.getKey())
                + ": found "
                + (from < end ? "an overlap with the one before" : "a hole in front of it")
                + ", it begins at "
                + from
                + ", allowed is "
                + end
                + ", where that one ends");
      }
      end = array.getValue().to();
    }
    if (end != data) {
      throw new IOException(
          "found " + data + " bytes behind the header, allowed are the " + end + " of its arrays");
    }
  }

  /** The description of one array while it is read. */
  private static final class Description {

    private String type;
    private long[] shape;
    private long[] offsets;

    void take(String key, JsonReader json) throws IOException {
      switch (key) {
        case TYPE -> {
          once(key, type == null);
          StrictJson.expect(JsonToken.STRING, json);
          type = json.nextString();
        }
        case SHAPE -> {
          once(key, shape == null);
          shape = numbers(key, json, AXES);
        }
        case OFFSETS -> {
          once(key, offsets == null);
          offsets = numbers(key, json, 2);
        }
        default ->
            throw new IOException(
                "found the key "
                    + StrictJson.shown(key)
                    + ", allowed are "
                    + String.join(", ", TYPE, SHAPE, OFFSETS));
      }
    }

    private static void once(String key, boolean isFirst) throws IOException {
      if (!isFirst) {
        throw StrictJson.twice(key);
      }
    }

    private static long[] numbers(String key, JsonReader json, int most) throws IOException {
      StrictJson.expect(JsonToken.BEGIN_ARRAY, json);
      json.beginArray();
      List<Long> numbers = new ArrayList<>();
      while (json.hasNext()) {
        if (numbers.size() == most) {
          throw new IOException(
              key + ": found more than " + most + " numbers, allowed are " + most);
        }
        StrictJson.expect(JsonToken.NUMBER, json);
        String number = json.nextString();
        if (!number.matches("\\d{1,18}")) {
          throw new IOException(
              key
                  + ": found "
                  + StrictJson.shown(number)
                  + ", allowed are whole numbers from 0 to 10^18");
        }
        numbers.add(Long.parseLong(number));
      }
      json.endArray();
      return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    Entry entry(long data) throws IOException {
      if (type == null || shape == null || offsets == null || offsets.length != 2) {
        throw new IOException(
            "found no complete description, allowed is one with "
                + String.join(", ", TYPE, SHAPE)
                + " and two "
                + OFFSETS);
      }
      if (!TYPES.containsKey(type)) {
        throw new IOException(
            TYPE
                + ": found "
                + StrictJson.shown(type)
                + ", allowed are F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL");
      }
      if (offsets[0] > offsets[1] || offsets[1] > data) {
        throw new IOException(
            OFFSETS
                + ": found "
                + offsets[0]
                + " to "
                + offsets[1]
                + ", allowed is from 0 to the "
                + data
                + " bytes behind the header");
      }
      Shape axes = new Shape(shape);
      long length = offsets[1] - offsets[0];
      long expected = bytes();
      if (length != expected || length > Integer.MAX_VALUE) {
        throw new IOException(
            OFFSETS
                + ": found "
                + length
                + " bytes for "
                + type
                + " "
                + axes
                + ", allowed are "
                + (expected < 0 || expected > Integer.MAX_VALUE
                    ? "arrays of at most " + Integer.MAX_VALUE
                    : "its " + expected));
      }
      return new Entry(type, axes, offsets[0], offsets[1]);
    }

    /** Computes the length of an array of this type and shape; -1 if it overflows. */
    private long bytes() {
      long bytes = TYPES.get(type);
      for (long axis : shape) {
        if (axis == 0) {
          return 0;
        }
      }
      for (long axis : shape) {
        if (axis > Long.MAX_VALUE / bytes) {
          return -1;
        }
        bytes *= axis;
      }
      return bytes;
    }
  }
}
