// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {

  @TempDir private Path folder;

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
    assertThat(header.keySet()).containsExactly("__metadata__", "loss", "fc.weight", "mask");
    assertThat(file.position() % 8).as("where the arrays begin").isZero();
    assertThat(header.getAsJsonObject("__metadata__").get("step").getAsString())
        .isEqualTo("train \"quoted\" \u00fc");
    assertThat(header.get("fc.weight"))
        .isEqualTo(
            JsonParser.parseString("{dtype: \"F32\", shape: [2, 3], data_offsets: [8, 32]}"));
    assertThat(header.get("mask"))
        .isEqualTo(JsonParser.parseString("{dtype: \"U8\", shape: [3], data_offsets: [32, 35]}"));
    assertThat(header.get("loss"))
        .isEqualTo(JsonParser.parseString("{dtype: \"F64\", shape: [], data_offsets: [0, 8]}"));
    assertThat(file.remaining()).isEqualTo(35);
    assertThat(file.getDouble()).isEqualTo(0.1);
    for (float expected : new float[] {1, 2, 3, 4, 5, 6.5f}) {
      assertThat(file.getFloat()).isEqualTo(expected);
    }
    assertThat(new byte[] {file.get(), file.get(), file.get()}).containsExactly(1, 0, 1);
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Safetensors read = Safetensors.read(ByteBuffer.wrap(bytes(sample())));
    assertThat(read.metadata()).isEqualTo(sample().metadata());
    assertThat(read.arrays().keySet()).containsExactly("loss", "fc.weight", "mask");
    assertThat(read.arrays().get("fc.weight").tensor())
        .isEqualTo(Tensor.of(new Shape(2, 3), 1, 2, 3, 4, 5, 6.5f));
    assertThat(read.arrays().get("loss").doubles()).containsExactly(0.1);
    assertThat(bytes(read)).isEqualTo(bytes(sample()));
  }

  /** A file by hand. */
  private static byte[] file(String header, int data) {
    return file(header.getBytes(StandardCharsets.UTF_8), data);
  }

  private static byte[] file(byte[] header, int data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .array();
  }

  private static byte[] headerOf(long length, int more) {
    return ByteBuffer.allocate(Long.BYTES + more)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .array();
  }

  private static String array(String type, String shape, String offsets) {
    return "{\"dtype\": \""
        + type
        + "\", \"shape\": "
        + shape
        + ", \"data_offsets\": "
        + offsets
        + "}";
  }

  private static Arguments one(String what, String array, int data, String message) {
    return Arguments.of(what, file("{\"a\": " + array + "}", data), message);
  }

  static List<Arguments> hostile() {
    String four = array("F32", "[1]", "[0, 4]");
    String twice = "{\"a\": " + four + ", \"a\": " + four + "}";
    return List.of(
        Arguments.of("nothing", new byte[0], "found 0 bytes, allowed are at least 8"),
        Arguments.of("no header", headerOf(0, 10), "found a header of 0 bytes"),
        Arguments.of("a header beyond the file", headerOf(11, 10), "header of 11 bytes"),
        Arguments.of("a huge header", headerOf(Long.MAX_VALUE, 10), "from 2 to 10 in a file of 18"),
        Arguments.of(
            "a header of negative length", headerOf(-1, 10), "header of 18446744073709551615"),
        Arguments.of("a list", file("[]", 0), "does not begin with {"),
        Arguments.of("white space first", file(" {}", 0), "does not begin with {"),
        Arguments.of("no JSON", file("{a: 1}", 0), "found JSON that is amiss at line 1"),
        Arguments.of("half of it", file("{\"a\": ", 0), "found JSON that is amiss at line 1"),
        Arguments.of("more behind it", file("{} {}", 0), "found JSON that is amiss"),
        Arguments.of("no UTF-8", file(new byte[] {'{', '"', -1, '"', '}'}, 0), "not UTF-8"),
        Arguments.of("a name twice", file(twice, 4), "found the name \"a\" twice"),
        Arguments.of(
            "deep nesting",
            file("{\"a\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}", 0),
            "found JSON with a list"),
        Arguments.of(
            "metadata twice",
            file("{\"__metadata__\": {}, \"__metadata__\": {}}", 0),
            "\"__metadata__\" twice"),
        Arguments.of(
            "metadata that is no text",
            file("{\"__metadata__\": {\"x\": 1}}", 0),
            "found no text under \"x\""),
        Arguments.of(
            "deep metadata",
            file("{\"__metadata__\": {\"x\": " + "[".repeat(1000) + "}}", 0),
            "found no text under \"x\""),
        one("no object", "1", 0, "found JSON with a number where there is to be an object"),
        one("no shape", "{\"dtype\": \"F32\"}", 0, "array \"a\": found no complete description"),
        one("another key", "{\"type\": \"F32\"}", 0, "found the key \"type\", allowed are dtype"),
        one("a type twice", "{\"dtype\": \"U8\", \"dtype\": \"U8\"}", 0, "\"dtype\" twice"),
        one("an unknown type", array("F31", "[1]", "[0, 4]"), 4, "found \"F31\", allowed are F64"),
        one("a negative axis", array("F32", "[-1]", "[0, 4]"), 4, "shape: found \"-1\""),
        one("half an axis", array("F32", "[0.5]", "[0, 4]"), 4, "shape: found \"0.5\""),
        one("an axis in words", array("F32", "[\"1\"]", "[0, 4]"), 4, "found JSON with a text"),
        one(
            "an endless axis",
            array("F32", "[99999999999999999999]", "[0, 4]"),
            4,
            "allowed are whole numbers"),
        one(
            "axes without end",
            array("F32", "[" + "1,".repeat(100_000) + "1]", "[0, 4]"),
            4,
            "shape: found more than 32 numbers"),
        one(
            "a shape that overflows to what is there",
            array("U8", "[4294967296, 4294967296]", "[0, 0]"),
            0,
            "arrays of at most 2147483647"),
        one(
            "a shape of too many bytes",
            array("F32", "[1000000, 1000000]", "[0, 4]"),
            4,
            "arrays of at most 2147483647"),
        one(
            "too few bytes",
            array("F32", "[2]", "[0, 4]"),
            4,
            "found 4 bytes for F32 (2), allowed"),
        one("too many bytes", array("F32", "[]", "[0, 8]"), 8, "allowed are its 4"),
        one("one offset", array("F32", "[1]", "[0]"), 4, "two data_offsets"),
        one("three offsets", array("F32", "[1]", "[0, 4, 8]"), 4, "found more than 2 numbers"),
        one("offsets the other way", array("F32", "[1]", "[4, 0]"), 4, "found 4 to 0"),
        one("offsets beyond the file", array("F32", "[2]", "[0, 8]"), 4, "found 0 to 8"),
        one("a hole in front", array("U8", "[1]", "[1, 2]"), 2, "found a hole in front of it"),
        one("bytes behind", array("U8", "[1]", "[0, 1]"), 2, "found 2 bytes behind the header"),
        Arguments.of(
            "an overlap",
            file("{\"a\": " + four + ", \"b\": " + array("F32", "[1]", "[2, 6]") + "}", 6),
            "array \"b\": found an overlap with the one before, it begins at 2, allowed is 4"),
        Arguments.of(
            "the same bytes twice",
            file("{\"a\": " + four + ", \"b\": " + four + "}", 4),
            "found an overlap"),
        Arguments.of(
            "a hole between",
            file("{\"a\": " + four + ", \"b\": " + array("F32", "[1]", "[8, 12]") + "}", 12),
            "found a hole"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void refusesWhatIsNotInTheLayout(String what, byte[] content, String message) throws IOException {
    assertThatThrownBy(() -> Safetensors.read(ByteBuffer.wrap(content)))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith("not in the safetensors layout: ")
        .hasMessageContaining(message);
    Path file = Files.write(folder.resolve("hostile.safetensors"), content);
    assertThatThrownBy(() -> Safetensors.read(file))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " is not in the safetensors layout: ")
        .hasMessageContaining(message);
    assertThatThrownBy(() -> Safetensors.header(file)).hasMessageContaining(message);
  }

  /** A file that claims a lot, and is as large as it claims, though there is nothing in it. */
  @Test
  void theHeaderIsReadOfFilesThatNoMemoryHolds() throws IOException {
    long many = Integer.MAX_VALUE;
    byte[] json =
        ("{\"a\": "
                + array("U8", "[" + many + "]", "[0, " + many + "]")
                + ", \"b\": "
                + array("U8", "[" + many + "]", "[" + many + ", " + 2 * many + "]")
                + "}")
            .getBytes(StandardCharsets.UTF_8);
    Path file = folder.resolve("sparse.safetensors");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(ByteBuffer.wrap(file(json, 0)));
      channel.write(ByteBuffer.allocate(1), Long.BYTES + json.length + 2 * many - 1);
      assertThat(Safetensors.header(file).arrays().get("b").to()).isEqualTo(2 * many);
      channel.write(ByteBuffer.allocate(1), Long.BYTES + json.length + 2 * many);
      assertThatThrownBy(() -> Safetensors.read(file))
          .hasMessageContaining("found 4294967295 bytes");
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void anArraysPlaceIsWhatItsOffsetsSayInWhateverOrderTheHeaderIs() throws IOException {
    String header =
        "{\"b\": "
            + array("U8", "[1]", "[2, 3]")
            + ", \"none\": "
            + array("F32", "[0, 7]", "[2, 2]")
            + ", \"a\": "
            + array("U8", "[2]", "[0, 2]")
            + "}   ";
    byte[] content = file(header, 3);
    content[content.length - 1] = 7;
    Safetensors read = Safetensors.read(ByteBuffer.wrap(content));
    assertThat(read.arrays().get("b").bytes().get(0)).isEqualTo((byte) 7);
    assertThat(read.arrays().get("none").tensor().size()).isZero();
    assertThat(read.arrays().get("a").shape()).isEqualTo(new Shape(2));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = bytes(sample());
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Safetensors.read(ByteBuffer.wrap(part)))
          .as("the first %d bytes", length)
          .isExactlyInstanceOf(IOException.class);
    }
  }

  /**
   * Whatever byte of the header changes, it is refused, or it says something else in so many words:
   * another name, another text, another shape or type of as many bytes. The data stay as they are.
   */
  @Test
  void changedBytesOfAHeaderAreRefusedOrSaySomethingElse() throws IOException {
    byte[] whole = bytes(sample());
    int header = Math.toIntExact(ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] changed = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        changed[random.nextInt(Long.BYTES + header)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        Safetensors read = Safetensors.read(ByteBuffer.wrap(changed));
        ByteBuffer data = ByteBuffer.allocate(35);
        read.arrays().values().forEach(array -> data.put(array.bytes().duplicate()));
        assertThat(data.position()).isEqualTo(35);
        assertThat(read.arrays()).hasSize(3);
      } catch (IOException e) {
        refused++;
        assertThat(e).hasMessageStartingWith("not in the safetensors layout: ");
      }
    }
    assertThat(refused).isGreaterThan(2_500);
  }

  @Test
  void aFileThatIsNotThereIsNoBadOne() {
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
