// SPDX-License-Identifier: Apache-2.0
package dev.espalier.mlflow;

import dev.espalier.api.Tracker.Measurement;
import dev.espalier.api.Tracker.Published;
import dev.espalier.api.Tracker.Session;
import dev.espalier.api.Tracker.Training;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A session with a time limit for each call. The client of MLflow waits for a server without limit,
 * and training waits for the client.
 */
final class LimitedSession implements Session {

  private final ExecutorService thread = Executors.newSingleThreadExecutor(LimitedSession::daemon);
  private final Duration limit;
  private final Session session;

  /**
   * Creates a session.
   *
   * @param begin begins the session that receives the calls
   * @param limit the longest duration of a call
   */
  LimitedSession(Callable<Session> begin, Duration limit) {
    this.limit = limit;
    session = call(begin);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "mlflow");
    thread.setDaemon(true); // a server that does not answer must not keep the process
    return thread;
  }

  private <T> T call(Callable<T> work) {
    try {
      return thread.submit(work).get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      thread.shutdown();
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      thread.shutdownNow();
      throw new IllegalStateException("no answer of the server within " + limit.toSeconds() + " s");
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void call(Runnable work) {
    call(Executors.callable(work));
  }

  @Override
  public void training(Training training) {
    call(() -> session.training(training));
  }

  @Override
  public void measured(Measurement measurement) {
    call(() -> session.measured(measurement));
  }

  @Override
  public void ticket(Published ticket) {
    call(() -> session.ticket(ticket));
  }

  @Override
  public void end(boolean isComplete) {
    call(() -> session.end(isComplete));
    thread.shutdown();
  }
}
