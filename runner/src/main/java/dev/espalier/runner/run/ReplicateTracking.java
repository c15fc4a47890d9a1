// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Tracker;
import dev.espalier.api.Trained;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Network;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.TicketResult;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Reports one replicate to the trackers of its run. */
final class ReplicateTracking {

  /** The name of the mean loss since the last evaluation. */
  private static final String SO_FAR = "train/loss-so-far";

  private final Trackers trackers;
  private final List<Tracked> sessions;
  private final Optional<Place> place;

  /** A tracker with its session. */
  record Tracked(Tracker tracker, Tracker.Session session) {}

  /** A replicate in its run. */
  record Place(RunContext run, Metrics metrics, String variant, int replicate) {}

  /** Creates the report of a replicate to some sessions. */
  ReplicateTracking(Trackers trackers, List<Tracked> sessions, Place place) {
    this.trackers = trackers;
    this.sessions = sessions;
    this.place = sessions.isEmpty() ? Optional.empty() : Optional.of(place);
  }

  private ReplicateTracking() {
    trackers = new Trackers(null);
    sessions = List.of();
    place = Optional.empty();
  }

  /** Reports to no tracker. */
  static ReplicateTracking none() {
    return new ReplicateTracking();
  }

  private void each(Consumer<Tracker.Session> call) {
    for (Tracked tracked : sessions) {
      trackers.guard(tracked.tracker(), () -> call.accept(tracked.session()));
    }
  }

  /**
   * Prepares the report of a training.
   *
   * @param number its number in the replicate, counted from 1
   * @param name its words on screen
   * @param density the kept fraction of the weights of its network
   * @param plan its whole stretch
   */
  OfTraining training(int number, String name, double density, Plan plan) {
    return new OfTraining(number, name, density, plan);
  }

  /** Reports a ticket, with its learning curve. */
  void ticket(Network network, Ticket ticket, Ledger.Timing timing, boolean isControl) {
    if (place.isEmpty()) {
      return;
    }
    Place at = place.get();
    Network whole = at.run().network();
    Tracker.Published published =
        new Tracker.Published(
            TicketResult.name(at.variant(), at.replicate(), ticket.round(), ticket.branch()),
            ticket,
            isControl,
            (double) network.weights() / whole.weights() * ticket.mask().density(),
            before(timing.end(), timing.seconds()),
            measurements(0, ticket.trained().history().points(), ticket.plan().from(), timing));
    each(session -> session.ticket(published));
  }

  /** The points of a training that is not computed now, as if each iteration took as long. */
  private List<Tracker.Measurement> measurements(
      int training, List<History.Point> points, long from, Ledger.Timing timing) {
    Metrics metrics = place.orElseThrow().metrics();
    long until = points.isEmpty() ? from : points.get(points.size() - 1).iteration();
    return points.stream()
        .map(
            point -> {
              double rest = (double) (until - point.iteration()) / Math.max(1, until - from);
              Instant time = before(timing.end(), timing.seconds() * rest);
              return new Tracker.Measurement(
                  training, point.iteration(), time, values(point, metrics));
            })
        .toList();
  }

  private static Instant before(Instant end, double seconds) {
    return end.minus(Duration.ofNanos(Math.round(seconds * 1e9)));
  }

  private static Map<String, Double> values(History.Point point, Metrics metrics) {
    Map<String, Double> values = new LinkedHashMap<>();
    put("train", point.train(), metrics, values);
    put("validation", point.validation(), metrics, values);
    put("test", point.test(), metrics, values);
    return values;
  }

  private static void put(
      String part, Evaluation evaluation, Metrics metrics, Map<String, Double> values) {
    put(part + "/loss", evaluation.loss(), values);
    for (Metric metric : metrics.all()) {
      put(part + "/" + metric.name(), metrics.value(evaluation, metric), values);
    }
  }

  private static void put(String name, double value, Map<String, Double> values) {
    if (Double.isFinite(value)) {
      values.put(name, value);
    }
  }

  /** Ends the report. */
  void end(boolean isComplete) {
    each(session -> session.end(isComplete));
  }

  /** Reports one training. */
  final class OfTraining {

    private final int number;
    private final String name;
    private final double density;
    private final Plan plan;
    private boolean isLive;

    private OfTraining(int number, String name, double density, Plan plan) {
      this.number = number;
      this.name = name;
      this.density = density;
      this.plan = plan;
    }

    /** Reports that it is computed now. */
    void begin() {
      isLive = true;
      announce(false);
    }

    /** Reports an evaluation. */
    void measured(History.Point point) {
      if (place.isPresent()) {
        Map<String, Double> values = values(point, place.get().metrics());
        put("learning-rate", plan.learningRate(point.iteration() - 1), values);
        report(point.iteration(), Instant.now(), values);
      }
    }

    /** Reports the loss since the last evaluation, which a checkpoint reads anyway. */
    void checkpoint(Trained sofar) {
      Trained.Running running = sofar.running();
      if (running.examples() > 0) {
        Map<String, Double> values = new LinkedHashMap<>();
        put(SO_FAR, running.loss() / running.examples(), values);
        report(sofar.iteration(), Instant.now(), values);
      }
    }

    /** Reports a training that was not computed now, with the evaluations in the store. */
    void end(Trained trained, Ledger.Timing timing) {
      if (isLive || place.isEmpty()) {
        return;
      }
      announce(true);
      List<History.Point> points =
          trained.history().points().stream()
              .filter(point -> point.iteration() > plan.from()) // not those of an earlier training
              .toList();
      measurements(number, points, plan.from(), timing)
          .forEach(measurement -> each(session -> session.measured(measurement)));
    }

    private void announce(boolean isStored) {
      Tracker.Training training =
          new Tracker.Training(number, name, density, plan.from(), plan.until(), isStored);
      each(session -> session.training(training));
    }

    private void report(long iteration, Instant time, Map<String, Double> values) {
      Tracker.Measurement measurement = new Tracker.Measurement(number, iteration, time, values);
      each(session -> session.measured(measurement));
    }
  }
}
