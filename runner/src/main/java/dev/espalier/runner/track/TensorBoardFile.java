// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.runner.store.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The learning curve of a training or a ticket for TensorBoard: {@code events.out.tfevents.0} in a
 * folder, which is a run of TensorBoard. The scalars are {@code train/loss}, {@code train/accuracy}
 * or the names of other metrics, and likewise for {@code validation} and {@code test}, at their
 * iterations, where they exist. They are as in results.csv, accuracies fractions, in float32. A
 * curve that was written while it was computed has also those of {@link Tracker.Measurement}.
 *
 * <p>The file consists of TFRecords, each an {@code Event} in the encoding of protocol buffers with
 * one scalar. Unlike others, neither it nor its name contains the machine. A value that it has is
 * not written again: a resumed training computes the points after its checkpoint twice. The times
 * of a curve that is written from a history are computed from the end and the duration of its
 * training, at an even speed.
 */
final class TensorBoardFile {

  private static final String NAME = "events.out.tfevents.0";
  private static final String VERSION = "brain.Event:2";

  /** The wire types of fields. */
  private static final int VARINT = 0;

  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE_VALUE = 2;

  /** The bytes of the wall time, with which an event begins. */
  private static final int TIME = 1 + Double.BYTES;

  /** The bytes of a record before and after its message. */
  private static final int BEFORE = Long.BYTES + Integer.BYTES;

  private static final int AFTER = Integer.BYTES;

  private final Path file;

  /** The events of the file without their times. */
  private final Set<ByteBuffer> events = new HashSet<>();

  private TensorBoardFile(Path folder) {
    file = folder.resolve(NAME);
  }

  /** Opens the file in a folder, and removes an incomplete end, left by a full disk or a crash. */
  static TensorBoardFile open(Path folder) throws IOException {
    TensorBoardFile opened = new TensorBoardFile(folder);
    if (Files.exists(opened.file)) {
      opened.read();
    }
    return opened;
  }

  private void read() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int end = 0;
    for (int next = 0; next >= 0; next = next(bytes, end)) {
      if (next > end) {
        events.add(ByteBuffer.wrap(bytes, end + BEFORE + TIME, next - AFTER - end - BEFORE - TIME));
      }
      end = next;
    }
    if (end < bytes.length) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(end);
      }
    }
  }

  /** The end of a record; -1 if it is incomplete or damaged. */
  private static int next(byte[] bytes, int begin) {
    if (bytes.length - begin < BEFORE) {
      return -1;
    }
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(begin);
    if (length < TIME || length > bytes.length - begin - BEFORE - AFTER) {
      return -1;
    }
    int end = begin + BEFORE + (int) length;
    byte[] message = Arrays.copyOfRange(bytes, begin + BEFORE, end);
    return Arrays.equals(checksum(message), Arrays.copyOfRange(bytes, end, end + AFTER))
        ? end + AFTER
        : -1;
  }

  /** Whether it has all points of a history. */
  boolean isOf(List<Tracker.Measurement> history) {
    return !events.isEmpty()
        && history.stream()
            .flatMap(TensorBoardFile::scalars)
            .map(Message::untimed)
            .allMatch(events::contains);
  }

  /** Writes the file of a ticket from its history. */
  static void write(Path folder, Tracker.Published published) throws IOException {
    AtomicFile.write(
        folder.resolve(NAME),
        out -> {
          record(first(published.begin()), out);
          for (Tracker.Measurement point : published.history()) {
            for (Message scalar : scalars(point).toList()) {
              record(scalar, out);
            }
          }
        });
  }

  /** Appends the values of a point that the file lacks. */
  void append(Tracker.Measurement point) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (events.isEmpty()) {
      Files.createDirectories(file.getParent());
      Message first = first(point.time());
      events.add(first.untimed());
      record(first, out);
    }
    for (Message scalar : scalars(point).toList()) {
      if (events.add(scalar.untimed())) {
        record(scalar, out);
      }
    }
    Files.write(file, out.toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static Message first(Instant time) {
    Message first = new Message();
    first.put(EVENT_WALL_TIME, seconds(time));
    first.put(EVENT_FILE_VERSION, VERSION);
    return first;
  }

  /** An event for each value of a point. */
  private static Stream<Message> scalars(Tracker.Measurement point) {
    return point.values().entrySet().stream()
        .map(
            value -> {
              Message scalar = new Message();
              scalar.put(VALUE_TAG, value.getKey());
              scalar.put(VALUE_SIMPLE_VALUE, value.getValue().floatValue());
              Message summary = new Message();
              summary.put(SUMMARY_VALUE, scalar);
              Message event = new Message();
              event.put(EVENT_WALL_TIME, seconds(point.time()));
              event.put(EVENT_STEP, point.iteration());
              event.put(EVENT_SUMMARY, summary);
              return event;
            });
  }

  private static double seconds(Instant time) {
    return time.getEpochSecond() + time.getNano() / 1e9;
  }

  /** Writes a TFRecord: the length, a checksum of that, the message, a checksum of that. */
  private static void record(Message message, OutputStream out) throws IOException {
    byte[] bytes = message.bytes();
    byte[] length = little(Long.BYTES).putLong(bytes.length).array();
    out.write(length);
    out.write(checksum(length));
    out.write(bytes);
    out.write(checksum(bytes));
  }

  /** Computes CRC-32C, rotated and shifted as in TFRecords, since records may contain checksums. */
  private static byte[] checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    return little(Integer.BYTES).putInt(masked).array();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A message of protocol buffers: fields, each after its number and wire type. */
  private static final class Message {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] bytes() {
      return out.toByteArray();
    }

    /** An event without its wall time. */
    ByteBuffer untimed() {
      return ByteBuffer.wrap(bytes(), TIME, out.size() - TIME);
    }

    void put(int field, long value) {
      key(field, VARINT);
      varint(value);
    }

    void put(int field, double value) {
      key(field, FIXED_64);
      out.writeBytes(little(Double.BYTES).putDouble(value).array());
    }

    void put(int field, float value) {
      key(field, FIXED_32);
      out.writeBytes(little(Float.BYTES).putFloat(value).array());
    }

    void put(int field, String value) {
      put(field, value.getBytes(StandardCharsets.UTF_8));
    }

    void put(int field, Message value) {
      put(field, value.bytes());
    }

    private void put(int field, byte[] value) {
      key(field, LENGTH_DELIMITED);
      varint(value.length);
      out.writeBytes(value);
    }

    private void key(int field, int wire) {
      varint(((long) field << 3) | wire);
    }

    /** Writes seven bits per byte, the lowest first; the eighth is set if more bytes follow. */
    private void varint(long value) {
      long left = value;
      while (left > 0x7f) {
        out.write((int) ((left & 0x7f) | 0x80));
        left >>>= 7;
      }
      out.write((int) left);
    }
  }
}
