// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.data.Metric;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Reading;
import dev.espalier.runner.retrain.RetrainTickets;
import java.util.Optional;

/**
 * Checks an experiment against its data and its network, as far as these are known. For unknown
 * ones the check is done twice, with substitutes that have little in common. Only what is refused
 * in the same words both times is reported: it depends on nothing unknown.
 */
final class ExperimentCheck {

  private final Reading<Experiment> reading;
  private final boolean withMethod;

  /**
   * Creates a check.
   *
   * @param reading the experiment, as far as it can be read
   * @param withMethod whether the method is checked, too
   */
  ExperimentCheck(Reading<Experiment> reading, boolean withMethod) {
    this.reading = reading;
    this.withMethod = withMethod;
  }

  /**
   * Checks the experiment.
   *
   * @param data the data without a deficit, if they can be loaded
   * @param refusals collects refusals and warnings
   * @return the starting weights of a file; empty without one
   */
  State check(Optional<Data> data, Refusals refusals) {
    Optional<Network> built =
        reading.isSure("model.id")
            ? data.flatMap(loaded -> network(reading.low(), loaded, refusals.within("model")))
            : Optional.empty();
    if (reading.isSure("model") && reading.isSure("training")) {
      built.ifPresent(
          network ->
              TrainingEngine.check(
                  network, data.orElseThrow(), reading.low().training(), refusals));
    }
    data.ifPresent(loaded -> checkMargin(reading.low(), loaded.metrics().get(0), refusals));
    boolean isWhole = reading.isComplete() && built.isPresent();
    Optional<Network> sure = reading.isSure("model") ? built : Optional.empty();
    try {
      Refusals first = new Refusals();
      try (Unknown unknown = new Unknown(false)) {
        Network network = built.orElseGet(unknown::network);
        check(reading.low(), data.orElseGet(unknown::data), network, isWhole, first);
      }
      Refusals second = first;
      if (!isWhole) {
        second = new Refusals();
        try (Unknown unknown = new Unknown(true)) {
          Network network = sure.orElseGet(unknown::network);
          check(reading.high(), data.orElseGet(unknown::data), network, false, second);
        }
      }
      first.all().stream().filter(second.all()::contains).forEach(refusals::add);
      first.warnings().stream().filter(second.warnings()::contains).forEach(refusals::add);
      return sure.map(network -> start(network, refusals)).orElse(State.EMPTY);
    } finally {
      built.ifPresent(Network::close);
    }
  }

  private State start(Network network, Refusals refusals) {
    Experiment experiment = reading.low();
    if (experiment.model().weights().isPresent() && experiment.replicates() > 1) {
      refusals.warn(
          "model.weights",
          "starting weights of " + experiment.replicates() + " replicates",
          "all of them start from these weights and differ only in what is drawn later",
          "Their intervals say nothing about other starting weights");
    }
    return ExperimentContext.start(experiment, network, refusals);
  }

  private void check(
      Experiment experiment, Data data, Network network, boolean isWhole, Refusals refusals) {
    Optional<Plan> plan = training(experiment.training(), data, refusals.within("training"));
    if (plan.isEmpty()) {
      return;
    }
    Refusals deficits = refusals.within("deficit");
    Data used =
        experiment
            .deficit()
            .flatMap(deficit -> deficient(data, deficit, plan.get(), deficits))
            .orElse(data);
    if (withMethod && reading.isSure("method.id")) {
      Refusals method = refusals.within("method");
      try {
        method.collect(
            () -> {
              Method built = MethodModule.build(experiment.method());
              built.check(network, used, plan.get(), method);
              if (built instanceof RetrainTickets tickets) {
                tickets.check(experiment, method);
              }
              return true;
            });
      } catch (RuntimeException e) {
        if (isWhole) { // otherwise a substitute may be the cause
          throw e;
        }
      }
    }
  }

  private static void checkMargin(Experiment experiment, Metric metric, Refusals refusals) {
    experiment
        .margin()
        .filter(margin -> metric.unit().equals("%") && margin > 1)
        .ifPresent(
            margin ->
                refusals.add(
                    "margin",
                    margin,
                    "[0, 1], as the " + metric.name() + " of networks is a fraction"));
  }

  /** Checks the lengths of a training, and returns its timetable. */
  private static Optional<Plan> training(Training training, Data data, Refusals refusals) {
    Optional<Plan> timetable = refusals.collect(() -> Plan.of(training, data.train().size()));
    if (timetable.isEmpty()) {
      return timetable;
    }
    Plan plan = timetable.get();
    long total = plan.total();
    long warmUp = plan.in(training.warmUp());
    if (warmUp > total) {
      refusals.add(
          "warm-up",
          length(training.warmUp(), warmUp),
          "at most the " + total + " iterations of the training",
          "The learning rate would never reach its value");
    }
    long interval = plan.in(training.evaluateEvery());
    if (interval > total && !training.evaluateEvery().equals(Span.epochs(1))) {
      refusals.warn(
          "evaluate-every",
          length(training.evaluateEvery(), interval),
          "more than the "
              + total
              + " iterations of the training, so that networks are measured at the end only",
          "Choose a shorter interval for a learning curve and an early stop");
    }
    training
        .learningRateSchedule()
        .check(total, plan.perEpoch(), refusals.within("learning-rate-schedule"));
    return timetable;
  }

  private static String length(Span span, long iterations) {
    return span.epochs() ? span + ", " + iterations + " iterations" : iterations + " iterations";
  }

  private static Optional<Data> deficient(
      Data loaded, Deficit deficit, Plan plan, Refusals refusals) {
    long epochs = (plan.total() + plan.perEpoch() - 1) / plan.perEpoch();
    if (deficit.from() >= epochs) { // otherwise the deficit would silently have no effect
      refusals.add(
          "from",
          "epoch " + deficit.from(),
          "less than the " + epochs + " epochs of a training",
          "Let it begin earlier, or take the deficit out");
    } else if (deficit.until() > epochs) {
      refusals.warn(
          "until",
          "epoch " + deficit.until(),
          "after the end of a training, which has " + epochs + " epochs",
          "The deficit lasts to the end; set it to " + epochs + " if that is intended");
    }
    return refusals.collect(() -> loaded.withDeficit(deficit));
  }

  /** Builds the network of an experiment; empty if it does not fit the data. */
  static Optional<Network> network(Experiment experiment, Data data, Refusals refusals) {
    try {
      return refusals.collect(() -> ExperimentContext.network(experiment, data));
    } catch (IllegalArgumentException e) { // thrown by DJL for a block that does not fit the input
      refusals.add("", "(" + e.getMessage() + ")", "a network for examples of " + data.input());
      return Optional.empty();
    }
  }
}
