// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads event files by the published layout of TFRecords and of protocol buffers. */
class TensorBoardFileTest {

  private static final String[] SMALL = {
    "data.per-class=30", "training.iterations=300", "training.evaluate-every=100", "method.rounds=1"
  };

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  /** CRC-32C bit by bit: reflected, with the polynomial of Castagnoli. */
  private static int crc32c(byte[] bytes) {
    int crc = ~0;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
      }
    }
    return ~crc;
  }

  private static int masked(byte[] bytes) {
    int crc = crc32c(bytes);
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  private static byte[] bytes(ByteBuffer in, long length) {
    byte[] bytes = new byte[Math.toIntExact(length)];
    in.get(bytes);
    return bytes;
  }

  /** uint64 length, its masked checksum, the bytes, their masked checksum; all little-endian. */
  private static List<byte[]> records(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = bytes(in, 8);
      assertThat(in.getInt()).as("checksum of the length").isEqualTo(masked(length));
      byte[] record = bytes(in, ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
      assertThat(in.getInt()).as("checksum of the record").isEqualTo(masked(record));
      records.add(record);
    }
    return records;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  /** The fields of a message: Long, Float or byte[], those of one number in their order. */
  private static Map<Integer, List<Object>> fields(Object message) {
    ByteBuffer in = ByteBuffer.wrap((byte[]) message).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, List<Object>> fields = new TreeMap<>();
    while (in.hasRemaining()) {
      long key = varint(in);
      Object value =
          switch ((int) (key & 7)) {
            case 0 -> varint(in);
            case 1 -> in.getDouble();
            case 2 -> bytes(in, varint(in));
            case 5 -> in.getFloat();
            default -> throw new IllegalStateException("wire type of key " + key);
          };
      fields.computeIfAbsent((int) (key >> 3), first -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static Object only(Map<Integer, List<Object>> fields, int number) {
    assertThat(fields.get(number)).as("field %d of %s", number, fields).hasSize(1);
    return fields.get(number).get(0);
  }

  /**
   * The scalars of a file, by iteration and tag: of Event, wall_time 1, step 2, file_version 3,
   * summary 5.
   */
  private static Map<Long, Map<String, Float>> scalars(Path file) throws IOException {
    List<byte[]> records = records(file);
    Map<Integer, List<Object>> first = fields(records.get(0));
    assertThat(first).containsOnlyKeys(1, 3);
    assertThat(new String((byte[]) only(first, 3), UTF_8)).isEqualTo("brain.Event:2");
    Map<Long, Map<String, Float>> all = new LinkedHashMap<>();
    for (byte[] record : records.subList(1, records.size())) {
      Map<Integer, List<Object>> event = fields(record);
      assertThat(event).containsOnlyKeys(1, 2, 5);
      Map<String, Float> scalars =
          all.computeIfAbsent((Long) only(event, 2), step -> new LinkedHashMap<>());
      Map<Integer, List<Object>> summary = fields(only(event, 5));
      assertThat(summary).containsOnlyKeys(1); // Summary: value 1
      for (Object value : summary.get(1)) {
        Map<Integer, List<Object>> scalar = fields(value); // Value: tag 1, simple_value 2
        assertThat(scalar).containsOnlyKeys(1, 2);
        String tag = new String((byte[]) only(scalar, 1), UTF_8);
        assertThat(scalars.put(tag, (Float) only(scalar, 2))).as("a second %s", tag).isNull();
      }
    }
    return all;
  }

  /** The same by the ticket's record. */
  private static Map<Long, Map<String, Float>> history(Path record) throws IOException {
    Map<Long, Map<String, Float>> history = new LinkedHashMap<>();
    JsonObject ticket = JsonParser.parseString(Files.readString(record)).getAsJsonObject();
    for (JsonElement element : ticket.getAsJsonArray("history")) {
      JsonObject point = element.getAsJsonObject();
      Map<String, Float> scalars = new LinkedHashMap<>();
      for (String part : List.of("train", "validation", "test")) {
        for (String figure : List.of("loss", "accuracy")) {
          if (point.has(part + "-" + figure)) {
            scalars.put(part + "/" + figure, point.get(part + "-" + figure).getAsFloat());
          }
        }
      }
      history.put(point.get("iteration").getAsLong(), scalars);
    }
    return history;
  }

  static Path file(Path run, String ticket) {
    return run.resolve("tensorboard").resolve(ticket).resolve("events.out.tfevents.0");
  }

  @Test
  void theChecksumOfTheTestIsCrc32c() {
    assertThat(crc32c("123456789".getBytes(US_ASCII))).isEqualTo(0xe3069283);
  }

  @Test
  void everyTicketsCurvesAreThoseOfItsRecord() throws IOException {
    Path run = runs.runWithTensorBoard(with("controls=[reinit]"));
    List<String> tickets =
        List.of("replicate-0-round-00", "replicate-0-round-01", "replicate-0-round-01-reinit");
    assertThat(Runs.files(run.resolve("tensorboard")))
        .containsExactlyInAnyOrderElementsOf(
            tickets.stream().map(ticket -> file(run, ticket)).toList());
    for (String ticket : tickets) {
      Map<Long, Map<String, Float>> scalars = scalars(file(run, ticket));
      scalars.values().forEach(values -> assertThat(values.remove("learning-rate")).isPositive());
      assertThat(scalars).isEqualTo(history(run.resolve("tickets/" + ticket + ".json")));
      assertThat(scalars.keySet()).containsExactly(100L, 200L, 300L);
      assertThat(scalars.get(300L))
          .containsOnlyKeys(
              "train/loss",
              "train/accuracy",
              "validation/loss",
              "validation/accuracy",
              "test/loss",
              "test/accuracy");
    }
  }

  /** The wall times of a file's points, by iteration. */
  static Map<Long, Double> times(Path file) throws IOException {
    Map<Long, Double> times = new TreeMap<>();
    List<byte[]> records = records(file);
    for (byte[] record : records.subList(1, records.size())) {
      Map<Integer, List<Object>> event = fields(record);
      Double before = times.put((Long) only(event, 2), (Double) only(event, 1));
      assertThat(before).isIn(null, only(event, 1));
    }
    return times;
  }

  @Test
  void pointsHaveTheTimesAtWhichTheyWereMeasured() throws IOException {
    Path run = runs.run(with("trackers=[json-lines, tensorboard]"));
    List<JsonObject> lines =
        Files.readAllLines(run.resolve("json-lines/replicate-0.jsonl")).stream()
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .filter(line -> line.has("training") && line.has("step"))
            .toList();
    for (int round = 0; round < 2; round++) {
      Map<Long, Double> times = times(file(run, "replicate-0-round-0" + round));
      assertThat(times).hasSize(3);
      for (JsonObject line : lines) {
        if (line.get("training").getAsInt() == round + 1) {
          Instant time = Instant.parse(line.get("time").getAsString());
          assertThat(times.get(line.get("step").getAsLong()))
              .isCloseTo(time.toEpochMilli() / 1e3, within(2e-3));
        }
      }
    }
  }

  @Test
  void pointsOfAStoredTrainingHaveTimesAtAnEvenSpeed() throws IOException {
    double before = System.currentTimeMillis() / 1e3;
    runs.run(SMALL);
    double after = System.currentTimeMillis() / 1e3;
    Path run = runs.runWithTensorBoard(SMALL);
    for (String ticket : List.of("replicate-0-round-00", "replicate-0-round-01")) {
      List<Double> times = List.copyOf(times(file(run, ticket)).values());
      assertThat(times).hasSize(3).isSorted().doesNotHaveDuplicates();
      assertThat(times).allSatisfy(time -> assertThat(time).isBetween(before, after));
      assertThat(times.get(1) - times.get(0))
          .as("100 iterations each")
          .isCloseTo(times.get(2) - times.get(1), within(1e-3));
    }
  }

  @Test
  void whatWasNotMeasuredIsLeftOut() throws IOException {
    Path run = runs.runWithTensorBoard(with("data.validation=0"));
    assertThat(scalars(file(run, "replicate-0-round-01")).get(100L))
        .containsOnlyKeys(
            "train/loss", "train/accuracy", "test/loss", "test/accuracy", "learning-rate");
  }

  @Test
  void withoutTheOptionThereAreNone() throws IOException {
    assertThat(runs.run(SMALL).resolve("tensorboard")).doesNotExist();
  }

  @Test
  void rememberedTicketsKeepTheirFilesAndRepairThem() throws IOException {
    Path run = runs.run(SMALL);
    assertThat(runs.runWithTensorBoard(SMALL)).as("no other experiment").isEqualTo(run);
    assertThat(Runs.found(run)).containsOnly(true);
    List<Path> files = Runs.files(run.resolve("tensorboard"));
    assertThat(files).hasSize(2);
    Map<Path, byte[]> once = new LinkedHashMap<>();
    for (Path file : files) {
      once.put(file, Files.readAllBytes(file));
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    }
    Path damaged = files.get(0);
    Files.write(damaged, new byte[] {7});
    runs.runWithTensorBoard(SMALL);
    assertThat(Runs.files(run.resolve("tensorboard"))).isEqualTo(files);
    for (Path file : files) {
      assertThat(file).hasBinaryContent(once.get(file));
      if (!file.equals(damaged)) {
        assertThat(Files.getLastModifiedTime(file).toMillis()).as("not written again").isZero();
      }
    }
  }

  private static String[] with(String more) {
    List<String> all = new ArrayList<>(List.of(SMALL));
    all.add(more);
    return all.toArray(String[]::new);
  }
}
