// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;
import dev.espalier.api.data.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** A table of a data set, whose rows become arrays (rows, values) of their stored type. */
interface DeviceTable extends AutoCloseable {

  /** The name of the threads that copy rows. */
  String THREAD = "examples";

  /** Returns rows in a given order; a new array. */
  NDArray gather(Indices indices);

  /** Returns the rows from one index up to another. */
  NDArray slice(int from, int to);

  /** Says which rows the next call of {@link #gather} asks for. */
  default void expect(int... rows) {}

  @Override
  default void close() {}

  /**
   * Returns a table.
   *
   * @param rows its rows
   * @param isResident whether to copy all rows to the device
   * @param manager the owner of the copy and of arrays of rows
   */
  static DeviceTable of(Rows rows, boolean isResident, NDManager manager) {
    return isResident ? new Resident(rows, manager) : new Streamed(rows, manager);
  }

  /**
   * A table on the device. A gather is an embedding's look-up, which copies whole rows; an index by
   * an array copies single elements and takes ten times as long.
   */
  final class Resident implements DeviceTable {

    /** The largest number of bytes in one copy to the device. */
    private static final long PIECE = 1 << 24;

    private final NDArray table;

    Resident(Rows rows, NDManager manager) {
      long each = rows.shape().size();
      table = manager.zeros(new Shape(rows.size(), each), rows.type());
      // In pieces: DJL copies a whole buffer to native memory first, and a buffer has at most 2 GB.
      int piece =
          (int) Math.max(1, Math.min(rows.size(), PIECE * rows.size() / (rows.bytes() + 1)));
      Buffered buffer = new Buffered(rows);
      for (int from = 0; from < rows.size(); from += piece) {
        int to = Math.min(rows.size(), from + piece);
        buffer.fill(IntStream.range(from, to).toArray());
        try (NDArray copied = buffer.array(manager, to - from)) {
          table.set(new NDIndex().addSliceDim(from, to), copied);
        }
      }
    }

    @Override
    public NDArray gather(Indices indices) {
      return Embedding.embedding(indices.array(), table, SparseFormat.DENSE).singletonOrThrow();
    }

    @Override
    public NDArray slice(int from, int to) {
      return table.get(new NDIndex().addSliceDim(from, to));
    }
  }

  /**
   * A table that stays in memory or in a mapped file. A thread copies the expected rows while the
   * device computes, and each gather is one copy to the device. One thread at a time gathers.
   */
  final class Streamed implements DeviceTable {

    private final NDManager manager;
    private final Buffered ahead;
    private final Buffered now;
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread created = new Thread(task, THREAD);
              created.setDaemon(true);
              return created;
            });
    private Future<?> filling;
    private int[] expected;

    Streamed(Rows rows, NDManager manager) {
      this.manager = manager;
      ahead = new Buffered(rows);
      now = new Buffered(rows);
    }

    @Override
    public void expect(int... some) {
      waitForThread();
      expected = some.clone();
      filling = thread.submit(() -> ahead.fill(some));
    }

    @Override
    public NDArray gather(Indices indices) {
      int[] some = indices.rows();
      boolean isExpected = waitForThread() && Arrays.equals(some, expected);
      if (!isExpected) {
        now.fill(some);
      }
      return copy(isExpected ? ahead : now, some.length);
    }

    @Override
    public NDArray slice(int from, int to) {
      now.fill(IntStream.range(from, to).toArray());
      return copy(now, to - from);
    }

    /** Waits until the expected rows are copied; returns whether some are expected. */
    private boolean waitForThread() {
      if (filling == null) {
        return false;
      }
      try {
        filling.get();
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while examples are read", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("examples cannot be read: " + e.getCause(), e.getCause());
      } finally {
        filling = null;
      }
    }

    private NDArray copy(Buffered buffer, int count) {
      NDArray array = buffer.array(manager, count);
      if (manager.getDevice().isGpu()) {
        return array;
      }
      try (array) { // on a CPU it is the memory of the buffer
        return array.duplicate();
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }

  /** Some rows in native memory, which grows to the largest batch. */
  final class Buffered {

    private final Rows rows;
    private final long rowBytes;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);

    Buffered(Rows rows) {
      this.rows = rows;
      rowBytes = rows.shape().size() * rows.type().getNumOfBytes();
    }

    void fill(int... some) {
      int length = Math.toIntExact(rowBytes * some.length);
      if (buffer.capacity() < length) {
        buffer = ByteBuffer.allocateDirect(length);
      }
      buffer.clear().order(ByteOrder.nativeOrder());
      rows.copyTo(buffer, some);
      buffer.flip();
    }

    /** Returns an array of the rows, which may share the memory of this buffer. */
    NDArray array(NDManager manager, int count) {
      ByteBuffer filled = buffer.slice().order(ByteOrder.nativeOrder());
      return manager.create(filled, new Shape(count, rows.shape().size()), rows.type());
    }
  }
}
