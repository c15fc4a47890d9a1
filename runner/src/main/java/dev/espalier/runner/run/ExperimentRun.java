// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import com.google.inject.Guice;
import com.google.inject.Stage;
import dev.espalier.api.Data;
import dev.espalier.api.Digest;
import dev.espalier.api.Method;
import dev.espalier.api.Network;
import dev.espalier.api.Plan;
import dev.espalier.api.Seed;
import dev.espalier.api.Ticket;
import dev.espalier.api.TrialFailed;
import dev.espalier.api.train.TrainingEngine;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Runs an experiment, or goes on with it: all its replicates, into one folder. */
public final class ExperimentRun {

  private final Registry registry;
  private final ExperimentReader reader;
  private final Path root;
  private final Progress progress;

  /**
   * A way to run experiments.
   *
   * @param registry what plugins bring
   * @param root the folder that {@code runs}, {@code store} and {@code prepared} are in
   * @param out where progress and tables go
   * @param terminal whether that is a terminal
   */
  public ExperimentRun(Registry registry, Path root, PrintStream out, boolean terminal) {
    this.registry = registry;
    this.root = root;
    reader = new ExperimentReader(registry);
    progress = new Progress(out, terminal);
  }

  /** The folder that a run of an experiment is in. */
  public Path folder(Experiment experiment) {
    String name = experiment.name() + "-" + reader.digest(experiment).prefix(8);
    return root.resolve("runs").resolve(name);
  }

  /**
   * Runs an experiment to its end. Steps that are remembered are found, all others done.
   *
   * @param experiment the experiment
   * @param interruption asks for an early end
   * @param log gets the run's log file before training begins
   * @throws ConfigProblem if it cannot be run as it is; then nothing was written
   * @throws TrialFailed if a training broke down; finished steps are kept
   */
  public void run(Experiment experiment, Interruption interruption, Consumer<Path> log) {
    Devices.threads(experiment.threads());
    Device device = Devices.choose(experiment.device());
    Data data = load(experiment);
    Plan plan = Plan.of(experiment.training(), data.train().size());
    try (Network network = build(experiment, data)) {
      Method method = method(experiment, network, data, plan);
      try (TrainingEngine engine = new TrainingEngine(network, data, device);
          RunFolder folder = open(folder(experiment))) {
        Store store =
            new Store(
                root.resolve("store"),
                damage -> {
                  progress.line("espalier: " + damage);
                  folder.event("damage", Map.of("what", damage));
                });
        RunTrial.Shared shared =
            new RunTrial.Shared(
                network,
                digest(experiment),
                data,
                plan,
                engine,
                store,
                folder,
                progress,
                interruption,
                experiment.controls());
        log.accept(folder.file("run.log"));
        begin(experiment, folder, device, data);
        Results results = new Results(folder);
        int trainings = 0;
        int remembered = 0;
        for (int replicate = 0; replicate < experiment.replicates(); replicate++) {
          RunTrial trial = run(method, experiment, replicate, shared, results);
          trainings += trial.trainings();
          remembered += trial.remembered();
        }
        folder.event("end", Map.of());
        progress.line("trainings: " + trainings + ", of which remembered: " + remembered);
        progress.line("");
        progress.line(results.table(experiment.controls()));
        progress.line("results: " + folder.file("results.csv"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private RunTrial run(
      Method method,
      Experiment experiment,
      int replicate,
      RunTrial.Shared shared,
      Results results) {
    String label =
        experiment.replicates() == 1
            ? ""
            : "replicate " + replicate + " of 0 to " + (experiment.replicates() - 1) + ", ";
    Seed seed = new Seed(experiment.seed(), replicate);
    RunTrial trial =
        new RunTrial(shared, seed, label, ticket -> take(shared, replicate, ticket, results));
    try {
      method.run(trial);
    } catch (TrialFailed e) {
      shared.folder().event("failed", Map.of("replicate", replicate, "why", e.getMessage()));
      throw e;
    }
    return trial;
  }

  /** Builds the method, and lets it refuse its settings before anything is written. */
  private static Method method(Experiment experiment, Network network, Data data, Plan plan) {
    Method method =
        Guice.createInjector(Stage.PRODUCTION, new MethodModule(experiment.method()))
            .getInstance(Method.class);
    try {
      method.check(network, data, plan);
      return method;
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem("method." + e.getMessage());
    }
  }

  /**
   * The settings and the code of what plugins bring into a training beside its parametrization. A
   * network's digest knows its parameters, but not what the block does with them.
   */
  private static Digest digest(Experiment experiment) {
    return Digest.of(
        experiment.model(),
        Digest.ofCode(experiment.model().getClass()),
        Digest.ofCode(experiment.training().optimizer().getClass()),
        Digest.ofCode(experiment.training().learningRateSchedule().getClass()));
  }

  private void begin(Experiment experiment, RunFolder folder, Device device, Data data) {
    Map<String, Object> provenance = Provenance.of(registry, device, experiment.threads(), data);
    try {
      folder.write("experiment.conf", reader.render(experiment, provenance));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    folder.event("begin", provenance);
  }

  private static void take(RunTrial.Shared shared, int replicate, Ticket ticket, Results results) {
    results.add(replicate, ticket);
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("replicate", replicate);
    event.put("round", ticket.round());
    event.put("branch", Results.branch(ticket));
    event.put("density", ticket.mask().density());
    shared.folder().event("ticket", event);
    try {
      TicketFile.write(shared.folder(), shared.network().name(), replicate, ticket);
      results.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Data load(Experiment experiment) {
    try {
      return experiment.data().load(experiment.seed(), root.resolve("prepared"));
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigProblem("data: " + e.getMessage());
    }
  }

  private static Network build(Experiment experiment, Data data) {
    try {
      return experiment.model().build(data.input(), data.classes());
    } catch (IllegalArgumentException e) {
      throw new ConfigProblem("model: " + e.getMessage());
    }
  }

  private static RunFolder open(Path path) {
    try {
      return new RunFolder(path);
    } catch (IOException e) {
      throw new ConfigProblem(
          "the folder " + path + " cannot be written (" + e + "); choose another with --dir");
    }
  }
}
