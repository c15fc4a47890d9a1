// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Measures memory every few milliseconds, in a separate thread. */
final class Peak implements AutoCloseable {

  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(2);

  private final UsedMemory memory;
  private final long first;
  private final FutureTask<Long> highest = new FutureTask<>(this::look);
  private volatile boolean over;

  private Peak(UsedMemory memory) {
    this.memory = memory;
    first = memory.bytes();
  }

  /** Starts the measurement. */
  static Peak of(UsedMemory memory) {
    Peak peak = new Peak(memory);
    Thread thread = new Thread(peak.highest, "native memory");
    thread.setDaemon(true);
    thread.start();
    return peak;
  }

  private long look() {
    long most = first;
    while (!over) {
      LockSupport.parkNanos(INTERVAL);
      most = Math.max(most, memory.bytes());
    }
    return most;
  }

  /** Stops the measurement, and returns the peak in bytes, with the first and the last value. */
  long bytes() {
    over = true;
    try {
      return Math.max(highest.get(), memory.bytes());
    } catch (ExecutionException e) {
      throw new IllegalStateException("native memory cannot be read", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while native memory was read", e);
    }
  }

  @Override
  public void close() {
    over = true;
  }
}
