// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.Method;
import dev.espalier.api.Plan;
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

/** An experiment's data, network and engine: what is made once for all replicates. */
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
   * Builds the network; see {@link ContextLoader}.
   *
   * @param variant what to call it; empty for an experiment without variants
   * @param workspace the folder of the store
   * @param loaded the data as they are, which experiments with other deficits share
   * @param refusals collects a network and a deficit that do not fit the data; nothing can then be
   *     computed
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
    plan = Plan.of(experiment.training(), loaded.train().size());
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

  /** Collects what the method refuses. Without a network that is not known. */
  void check(Refusals refusals) {
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
   * What the trials of all replicates share. Puts the data on the device, which who only checks an
   * experiment need not wait for; to be asked once.
   *
   * @param all takes note of every step, and of this variant with it
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
   * What variant and replicate are called in front of what they do; nothing if they are the only
   * ones.
   */
  String label(int replicate) {
    return (variant.isEmpty() ? "" : variant + ", ")
        + (experiment.replicates() == 1
            ? ""
            : "replicate " + replicate + " of 0 to " + (experiment.replicates() - 1) + ", ");
  }

  private Optional<Data> deficient(Data loaded, Deficit deficit, Refusals refusals) {
    long epochs = (plan.total() + plan.perEpoch() - 1) / plan.perEpoch();
    if (deficit.from() >= epochs) { // it would be none, without a word
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
    } catch (IllegalArgumentException e) { // DJL's, of a block that does not fit the input
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
