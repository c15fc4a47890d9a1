// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.Method;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ModelSettings;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Store;
import dev.espalier.runner.weights.StartingState;
import java.util.Map;
import java.util.Set;

/** The data, network and engine of an experiment, shared by all replicates. */
final class ExperimentContext implements AutoCloseable {

  private final String variant;
  private final Experiment experiment;
  private final Workspace workspace;
  private final Data data;
  private final Device device;
  private final Network network;
  private final State start;
  private TrainingEngine engine;

  /**
   * Creates a context and builds the network; see {@link ContextLoader}.
   *
   * @param variant its name; empty for an experiment without variants
   * @param workspace the folder of the store
   * @param loaded the data without a deficit, shared by experiments with other deficits
   */
  ExperimentContext(
      String variant, Experiment experiment, Workspace workspace, Device device, Data loaded) {
    this.variant = variant;
    this.experiment = experiment;
    this.workspace = workspace;
    this.device = device;
    data = experiment.deficit().map(loaded::withDeficit).orElse(loaded);
    network = network(experiment, data);
    Refusals refusals = new Refusals();
    start = start(experiment, network, refusals);
    if (!refusals.isEmpty()) { // the file changed since it was checked
      network.close();
      throw new RefusedException(refusals.all());
    }
  }

  /**
   * Reads the starting weights of an experiment.
   *
   * @param refusals collects what does not fit the network, by keys of the experiment
   * @return the weights of its file; empty without one
   */
  static State start(Experiment experiment, Network network, Refusals refusals) {
    Refusals inner = refusals.within("model").within(ModelSettings.WEIGHTS);
    return experiment
        .model()
        .weights()
        .flatMap(weights -> StartingState.read(weights, network, inner))
        .orElse(State.EMPTY);
  }

  /**
   * Builds the network of an experiment.
   *
   * @return a network, to be closed by the caller
   */
  static Network network(Experiment experiment, Data data) {
    Model model = experiment.model().architecture();
    return PluginFailed.nonNull("model", model, "network", model.build(data.task()));
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

  /** Builds the method. */
  Method method() {
    return MethodModule.build(experiment.method());
  }

  /**
   * Creates the shared part of the trials of all replicates, and puts the data on the device, which
   * a mere check does not need. Call it once.
   *
   * @param all receives every step with the name of this variant
   */
  RunContext shared(EventLog all, Progress progress, Interruption interruption) {
    long dataMemory = (long) (experiment.dataMemory() * Devices.memory(device));
    engine = new TrainingEngine(network, data, device, dataMemory);
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
        network,
        start,
        data,
        engine,
        new SharedSteps(store, workspace.policy(), progress, interruption),
        events,
        progress,
        interruption,
        workspace.binder());
  }

  /** The network and the seeds of a replicate. */
  Trial.Context replicate(int number) {
    return new Trial.Context(
        network,
        new Seed(experiment.seed().init(), number),
        new Seed(experiment.seed().order(), number),
        Set.of());
  }

  /**
   * The names of variant and replicate in front of a line on screen; empty if they are the only
   * ones. Replicates have the number of their files, which begins at 0.
   */
  String label(int replicate) {
    return (variant.isEmpty() ? "" : variant + ", ")
        + (experiment.replicates() == 1
            ? ""
            : "replicate %d (%d of %d), "
                .formatted(replicate, replicate + 1, experiment.replicates()));
  }

  @Override
  public void close() {
    if (engine != null) {
      engine.close();
    }
    network.close();
  }
}
