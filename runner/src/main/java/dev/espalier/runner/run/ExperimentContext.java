// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import java.util.Map;
import java.util.Optional;

/** The data, network and engine of an experiment, shared by all replicates. */
final class ExperimentContext implements AutoCloseable {

  private final String variant;
  private final Experiment experiment;
  private final Workspace workspace;
  private final Data data;
  private final Device device;
  private final Plan plan;
  private final Optional<Network> network;
  private TrainingEngine engine;

  /**
   * Creates a context and builds the network; see {@link ContextLoader}.
   *
   * @param variant its name; empty for an experiment without variants
   * @param workspace the folder of the store
   * @param loaded the data without a deficit, shared by experiments with other deficits
   * @param refusals collects a network and a deficit that do not fit the data; the context cannot
   *     compute then
   */
  ExperimentContext(
      String variant,
      Experiment experiment,
      Workspace workspace,
      Device device,
      Data loaded,
      Refusals refusals) {
    this.variant = variant;
    this.experiment = experiment;
    this.workspace = workspace;
    this.device = device;
    plan = plan(experiment.training(), loaded.train().size(), refusals.within("training"));
    data =
        experiment
            .deficit()
            .flatMap(deficit -> deficient(loaded, deficit, refusals.within("deficit")))
            .orElse(loaded);
    network = build(experiment, data, refusals.within("model"));
  }

  String variant() {
    return variant;
  }

  Data data() {
    return data;
  }

  Network network() {
    return network.orElseThrow();
  }

  /** Builds the method. */
  Method method() {
    return MethodModule.build(experiment.method());
  }

  /**
   * Collects the refusals of the forward pass and of the method. Without a network they are not
   * known.
   */
  void check(Refusals refusals) {
    network.ifPresent(built -> TrainingEngine.check(built, data, experiment.training(), refusals));
    Refusals inner = refusals.within("method");
    network.ifPresent(
        built ->
            inner.collect(
                () -> {
                  method().check(built, data, plan, inner);
                  return true;
                }));
  }

  /**
   * Creates the shared part of the trials of all replicates, and puts the data on the device, which
   * a mere check does not need. Call it once.
   *
   * @param all receives every step with the name of this variant
   */
  RunContext shared(EventLog all, Progress progress, Interruption interruption) {
    engine = new TrainingEngine(network(), data, device);
    EventLog events = all.of(variant);
    Store store =
        new Store(
            workspace.root().resolve(RunLayout.STORE),
            damage -> {
              progress.line("espalier: " + damage);
              events.event("damage", Map.of("what", damage));
            });
    return new RunContext(
        experiment,
        network(),
        plan,
        data,
        engine,
        store,
        events,
        progress,
        interruption,
        workspace.binder());
  }

  Seed seed(int replicate) {
    return new Seed(experiment.seed(), replicate);
  }

  /**
   * The names of variant and replicate in front of a line on screen; empty if they are the only
   * ones.
   */
  String label(int replicate) {
    return (variant.isEmpty() ? "" : variant + ", ")
        + (experiment.replicates() == 1
            ? ""
            : "replicate " + replicate + " of 0 to " + (experiment.replicates() - 1) + ", ");
  }

  private static Plan plan(Training training, int examples, Refusals refusals) {
    return refusals
        .collect(() -> Plan.of(training, examples))
        .orElseGet(() -> new Plan(training, 1, 0, training.iterations().in(1)));
  }

  private Optional<Data> deficient(Data loaded, Deficit deficit, Refusals refusals) {
    long epochs = (plan.total() + plan.perEpoch() - 1) / plan.perEpoch();
    if (deficit.from() >= epochs) { // otherwise the deficit would silently have no effect
      refusals.add(
          "from",
          "epoch " + deficit.from(),
          "less than the " + epochs + " epochs of a training",
          "Let it begin earlier, or take the deficit out");
    }
    return refusals.collect(() -> loaded.withDeficit(deficit));
  }

  private static Optional<Network> build(Experiment experiment, Data data, Refusals refusals) {
    try {
      return refusals.collect(() -> experiment.model().build(data.input(), data.classes()));
    } catch (IllegalArgumentException e) { // thrown by DJL for a block that does not fit the input
      refusals.add("", "(" + e.getMessage() + ")", "a network for examples of " + data.input());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    }
    network.ifPresent(Network::close);
  }
}
