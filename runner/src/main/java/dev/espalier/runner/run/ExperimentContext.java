// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import java.nio.file.Path;
import java.util.Map;

/** An experiment's data, network and engine: what is made once for all replicates. */
final class ExperimentContext implements AutoCloseable {

  private final String variant;
  private final Experiment experiment;
  private final Path root;
  private final Data data;
  private final Device device;
  private final Plan plan;
  private final Network network;
  private final Binder binder;
  private TrainingEngine engine;

  /**
   * Builds the network; see {@link ContextLoader}.
   *
   * @param variant what to call it; empty for an experiment without variants
   * @param root the folder that {@code store} is in
   * @param loaded the data as they are, which experiments with other deficits share
   * @param binder writes settings as a configuration does
   * @throws ConfigProblem if the network or the deficit does not fit the data
   */
  ExperimentContext(
      String variant, Experiment experiment, Path root, Device device, Data loaded, Binder binder) {
    this.binder = binder;
    this.variant = variant;
    this.experiment = experiment;
    this.root = root;
    this.device = device;
    plan = Plan.of(experiment.training(), loaded.train().size());
    data = experiment.deficit().map(deficit -> deficient(loaded, deficit, plan)).orElse(loaded);
    network = build(experiment, data);
  }

  String variant() {
    return variant;
  }

  Data data() {
    return data;
  }

  Network network() {
    return network;
  }

  /**
   * Builds the method, and lets it refuse its settings.
   *
   * @throws ConfigProblem if it does
   */
  Method method() {
    Method method = MethodModule.build(experiment.method());
    try {
      method.check(network, data, plan);
      return method;
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem("method." + e.getMessage());
    }
  }

  /**
   * What the trials of all replicates share. Puts the data on the device, which who only checks an
   * experiment need not wait for; to be asked once.
   *
   * @param all takes note of every step, and of this variant with it
   */
  RunContext shared(EventLog all, Progress progress, Interruption interruption) {
    engine = new TrainingEngine(network, data, device);
    EventLog events = all.of(variant);
    Store store =
        new Store(
            root.resolve(RunLayout.STORE),
            damage -> {
              progress.line("espalier: " + damage);
              events.event("damage", Map.of("what", damage));
            });
    return new RunContext(
        experiment, network, plan, data, engine, store, events, progress, interruption, binder);
  }

  Seed seed(int replicate) {
    return new Seed(experiment.seed(), replicate);
  }

  /**
   * What variant and replicate are called in front of what they do; nothing if they are the only
   * ones.
   */
  String label(int replicate) {
    return (variant.isEmpty() ? "" : variant + ", ")
        + (experiment.replicates() == 1
            ? ""
            : "replicate " + replicate + " of 0 to " + (experiment.replicates() - 1) + ", ");
  }

  private static Data deficient(Data data, Deficit deficit, Plan plan) {
    long epochs = (plan.total() + plan.perEpoch() - 1) / plan.perEpoch();
    if (deficit.from() >= epochs) { // it would be none, without a word
      throw new ConfigProblem(
          "deficit.from: found epoch "
              + deficit.from()
              + ", allowed is less than the "
              + epochs
              + " of a training; let it begin earlier, or take the deficit out");
    }
    try {
      return data.withDeficit(deficit);
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem("deficit." + e.getMessage());
    }
  }

  private static Network build(Experiment experiment, Data data) {
    try {
      return experiment.model().build(data.input(), data.classes());
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem("model: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    }
    network.close();
  }
}
