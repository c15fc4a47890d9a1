// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import dev.espalier.runner.run.Interruption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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

  @Override
  public Integer call() {
    Registry registry = Registry.load();
    registry.skipped().forEach(jar -> System.err.println("espalier: plugin not loaded: " + jar));
    Experiment read = new ExperimentReader(registry).read(experiment, sets);
    ExperimentRun run =
        new ExperimentRun(registry, root, System.out, CommandLine.Help.Ansi.AUTO.enabled());
    try (Interruption interruption = new Interruption()) {
      run.run(read, interruption, log -> Logging.to(log));
    }
    return Main.DONE;
  }
}
