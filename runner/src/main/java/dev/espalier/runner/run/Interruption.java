// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An interruption by Ctrl-C: the run saves a checkpoint and stops, and the JVM waits for it. The
 * JVM then ends with 130, the exit code of an interrupted command.
 */
public final class Interruption implements AutoCloseable {

  /** Thrown by a run that was interrupted and has saved its state. */
  public static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Interrupted() {
      super("interrupted; start the same command again to go on");
    }
  }

  /** The time that a process has to save its checkpoint. */
  static final int SECONDS_TO_SAVE = 60;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupt, "interruption");
  private final CountDownLatch asked = new CountDownLatch(1);

  /** Creates an interruption and registers its shutdown hook. */
  public Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void interrupt() {
    asked.countDown();
    try {
      if (!ended.await(SECONDS_TO_SAVE, TimeUnit.SECONDS)) {
        System.err.println("espalier: the last checkpoint could not be waited for");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean asked() {
    return asked.getCount() == 0;
  }

  /** Waits, but not after an interruption. */
  void await(long time, TimeUnit unit) {
    try {
      if (asked.await(time, unit)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Interrupts the work as Ctrl-C does, and returns at once. */
  public void ask() {
    asked.countDown();
  }

  /** Ends the interruption after the run, complete or not. */
  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook is running, and has just been released.
    }
  }
}
