// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import dev.espalier.runner.run.Interruption;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs an experiment, or goes on with one that was interrupted.",
      "Steps done before, by this or any other experiment in the same folder, are found and not"
          + " done again."
    })
final class RunCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<experiment>",
      description = "a file, or one of the built-in experiments that 'espalier list' names")
  private String experiment;

  @Option(
      names = "--set",
      paramLabel = "<key=value>",
      description = "replaces a value of the file, such as --set method.rounds=3; repeatable")
  private List<String> sets = List.of();

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "where the folders runs and store are (default: the current one)")
  private Path root = Path.of("");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = Registry.load();
    PrintWriter err = spec.commandLine().getErr();
    registry.skipped().forEach(jar -> err.println("espalier: plugin not loaded: " + jar));
    Experiment read = new ExperimentReader(registry).read(experiment, sets);
    ExperimentRun run =
        new ExperimentRun(registry, root, System.out, CommandLine.Help.Ansi.AUTO.enabled());
    try (Interruption interruption = new Interruption()) {
      return run(run, read, interruption, err);
    }
  }

  /** Says that it was interrupted while the JVM still waits: once told, it ends at once. */
  private static int run(
      ExperimentRun run, Experiment experiment, Interruption interruption, PrintWriter err) {
    try {
      run.run(experiment, interruption, log -> Logging.to(log));
      return Main.DONE;
    } catch (Interruption.Interrupted e) {
      err.println("espalier: " + e.getMessage());
      return Main.INTERRUPTED;
    }
  }
}
