// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.runner.store.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * Writes the learning curve of a ticket for TensorBoard: {@code
 * tensorboard/<ticket>/events.out.tfevents.0}. Each ticket is a run of TensorBoard. The scalars are
 * {@code train/loss}, {@code train/accuracy} or the names of other metrics, and likewise for {@code
 * validation} and {@code test}, at their iterations, where they exist. They are as in results.csv,
 * accuracies fractions, in float32.
 *
 * <p>The file consists of TFRecords, each an {@code Event} in the encoding of protocol buffers.
 * Unlike others, neither it nor its name contains the machine. The time of a point is computed from
 * the end and the duration of the first computation, at an even speed. A ticket that is found again
 * has the same history and times, and its file replaces the old one.
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

  private TensorBoardFile() {}

  /** Writes the file of a ticket, unless it has this content. */
  static void write(Path folder, Tracker.Published published) throws IOException {
    AtomicFile.update(
        folder.resolve(NAME),
        out -> {
          record(first(published.begin()), out);
          for (Tracker.Measurement point : published.history()) {
            record(event(point), out);
          }
        });
  }

  /** Appends an event to the file of a training. */
  static void append(Path file, Tracker.Measurement point) throws IOException {
    boolean isNew = Files.notExists(file);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (isNew) {
      Files.createDirectories(file.getParent());
      record(first(point.time()), out);
    }
    record(event(point), out);
    Files.write(file, out.toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static Message first(Instant time) {
    Message first = new Message();
    first.put(EVENT_WALL_TIME, seconds(time));
    first.put(EVENT_FILE_VERSION, VERSION);
    return first;
  }

  private static Message event(Tracker.Measurement point) {
    Message summary = new Message();
    point
        .values()
        .forEach(
            (tag, value) -> {
              Message scalar = new Message();
              scalar.put(VALUE_TAG, tag);
              scalar.put(VALUE_SIMPLE_VALUE, value.floatValue());
              summary.put(SUMMARY_VALUE, scalar);
            });
    Message event = new Message();
    event.put(EVENT_WALL_TIME, seconds(point.time()));
    event.put(EVENT_STEP, point.iteration());
    event.put(EVENT_SUMMARY, summary);
    return event;
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
