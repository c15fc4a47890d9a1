// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A tracker: it receives the events of a run while it trains, and writes them elsewhere. An
 * experiment chooses trackers by their ids: {@code trackers = [json-lines]}. Implement it as a
 * record with {@link Setting}s.
 *
 * <p>A tracker changes no result and is no part of a key. If it throws an exception, it is switched
 * off with one warning, and the run continues. Training waits for each call.
 *
 * <p>Each replicate has a session, in the process that computes it. After an interruption the same
 * replicate has another session, which begins with the trainings in the store. A training that
 * resumes from a checkpoint computes the points after it again, with equal values. A tracker whose
 * output has them already must not write them twice.
 *
 * <p>Settings are written to experiment.conf, so a password must not be one. Read it from an
 * environment variable.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Tracker {

  /**
   * Begins a replicate.
   *
   * @param start the replicate
   * @return receives its events
   */
  Session begin(Start start);

  /**
   * A replicate of a run. No other process has a session of it at the same time.
   *
   * @param run the name of the run: that of its folder
   * @param variant its variant; empty for an experiment without variants
   * @param replicate its number, counted from 0
   * @param settings the settings of the experiment by their keys, such as {@code
   *     training.optimizer.learning-rate}; without {@code trackers}
   * @param folder the folder of the run, which all its processes share
   */
  record Start(
      String run, String variant, int replicate, Map<String, String> settings, Path folder) {

    /** Creates a start with a copy of the settings. */
    public Start {
      settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /**
     * Returns a name for files, which no other replicate of the run has.
     *
     * @return such as {@code replicate-0}, after the variant if there is one
     */
    public String name() {
      return (variant.isEmpty() ? "" : variant + "-") + "replicate-" + replicate;
    }
  }

  /**
   * A training that begins, or that was found in the store.
   *
   * @param number its number in the replicate, counted from 1; the same after a resume
   * @param name its words on the screen, such as {@code round 1, reinit (3 of 17)}
   * @param density the fraction of weights that its mask keeps at the beginning
   * @param from its first iteration
   * @param until its last iteration
   * @param isStored whether it was found in the store; then the times of its measurements are
   *     spread evenly, and they have no learning rate
   */
  record Training(
      int number, String name, double density, long from, long until, boolean isStored) {}

  /**
   * Values of a training at an iteration.
   *
   * @param training the number of the training
   * @param iteration the number of completed iterations
   * @param time the wall time of the measurement
   * @param values finite values by name: {@code train/loss}, {@code validation/accuracy}, {@code
   *     test/accuracy} and likewise for other metrics of the objective; {@code learning-rate}; at
   *     checkpoints {@code train/loss-so-far}, the mean since the last evaluation
   */
  record Measurement(int training, long iteration, Instant time, Map<String, Double> values) {

    /** Creates a measurement with a copy of the values, in their order. */
    public Measurement {
      values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }
  }

  /**
   * A ticket or a control that was published.
   *
   * @param name its name in the run, such as {@code replicate-0-round-03-reinit}
   * @param ticket the ticket, with its round, branch, mask and findings
   * @param isControl whether a control of the experiment trained it
   * @param density the kept fraction of the weights of the experiment's network
   * @param begin the time at which its last training began, when it was first computed
   * @param history its learning curve; the times are spread evenly from the beginning to the end of
   *     its last training
   */
  record Published(
      String name,
      Ticket ticket,
      boolean isControl,
      double density,
      Instant begin,
      List<Measurement> history) {

    /** Creates a published ticket with a copy of the history. */
    public Published {
      history = List.copyOf(history);
    }
  }

  /** Receives the events of one replicate, in the thread that trains. */
  interface Session {

    /**
     * Receives a training that begins, or that was found in the store.
     *
     * @param training the training
     */
    default void training(Training training) {}

    /**
     * Receives values of a training.
     *
     * @param measurement the values
     */
    default void measured(Measurement measurement) {}

    /**
     * Receives a ticket or a control.
     *
     * @param ticket the ticket
     */
    default void ticket(Published ticket) {}

    /**
     * Ends the session. It is not called after an exception of the tracker.
     *
     * @param isComplete whether the replicate has ended; otherwise it failed, was stopped, or is
     *     continued later
     */
    default void end(boolean isComplete) {}
  }
}
