// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import ai.djl.engine.Engine;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Devices;
import dev.espalier.runner.run.Provenance;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Shows what is installed, and trains for a second as a check.")
final class DoctorCommand implements Callable<Integer> {

  private static final int STEPS = 600;
  private static final double ENOUGH = 0.8;

  @Option(
      names = "--device",
      paramLabel = "<device>",
      description = "device: auto, cpu, gpu or gpu:1 (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Devices.required(device);
    PrintWriter out = spec.commandLine().getOut();
    Devices.threads(1);
    Registry registry = Registry.load();
    row(out, "espalier", Provenance.version());
    row(out, "java", System.getProperty("java.vm.name") + " " + Runtime.version());
    row(out, "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    Provenance.hardware().forEach((what, found) -> row(out, what, found));
    row(out, "heap", (Runtime.getRuntime().maxMemory() >> 20) + " MiB at most");
    registry.origins().forEach(origin -> row(out, "plugin", origin));
    registry.skipped().forEach(jar -> row(out, "not loaded", jar));
    row(out, "djl", Engine.getDjlVersion());
    row(out, "natives", natives());
    try {
      Engine engine = Devices.engine();
      row(out, "engine", engine.getEngineName() + " " + engine.getVersion());
      Devices.cuda().forEach((what, found) -> row(out, what, found));
    } catch (ConfigProblem e) {
      row(out, "engine", "DOES NOT START: " + e.getMessage());
      return ExitCode.MISTAKE;
    }
    row(out, "device", Devices.described(device));
    row(out, "threads", "1 an operation here; an experiment says its own");
    return check(new ExperimentReader(registry), out) ? ExitCode.DONE : ExitCode.FAULT;
  }

  /** The native libraries in the distribution. */
  private static String natives() throws IOException {
    String home = System.getProperty("espalier.home");
    if (home == null) {
      return "from the class path";
    }
    try (Stream<Path> files = Files.list(Path.of(home, "natives"))) {
      List<String> jars = files.map(file -> file.getFileName().toString()).sorted().toList();
      return jars.isEmpty() ? "none bundled, DJL fetches them" : String.join(", ", jars);
    }
  }

  private boolean check(ExperimentReader reader, PrintWriter out) throws IOException {
    Data data = reader.source("digits").load(Prepared.inMemory());
    Training training =
        new Training(
            new Adam(1.2e-3),
            new Constant(),
            Span.iterations(0),
            60,
            Span.iterations(STEPS),
            Span.iterations(STEPS));
    try (Network network = reader.model("lenet-300-100").build(data.task());
        LocalTrial trial =
            new LocalTrial(network, data, training, new Seed(1, 0), Devices.choose(device))) {
      Plan plan = trial.plan();
      long start = System.nanoTime();
      Trained trained = trial.train(trial.initial(), Parametrization.dense(), plan);
      double seconds = (System.nanoTime() - start) / 1e9;
      Evaluation test = trained.history().last().orElseThrow().test();
      boolean learns = test.score() > ENOUGH;
      row(
          out,
          "training",
          String.format(
              Locale.ROOT,
              "%s: %d steps in %.1f s, test accuracy %.1f %%, expected is above %.0f %%",
              learns ? "works" : "DOES NOT LEARN",
              STEPS,
              seconds,
              100 * test.score(),
              100 * ENOUGH));
      return learns;
    }
  }

  private static void row(PrintWriter out, String what, String found) {
    out.printf("%-12s %s%n", what, found);
  }
}
