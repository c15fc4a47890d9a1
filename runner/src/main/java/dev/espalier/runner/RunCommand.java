// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs an experiment with all its variants, or goes on with one that was interrupted.",
      "Steps done before, by this or any other experiment in the same folder, are found and not"
          + " done again."
    })
final class RunCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<experiment>",
      description = "a file, or one of the built-in experiments that 'espalier list' names")
  private String experiment;

  @Option(
      names = "--tensorboard",
      description =
          "writes the learning curves of every ticket for TensorBoard, too, into the folder"
              + " tensorboard of the run")
  private boolean tensorBoard;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = options.registry();
    Sweep read = options.read(experiment, new ExperimentReader(registry));
    CommandLine command = spec.commandLine();
    ExperimentRun run =
        new ExperimentRun(
            registry,
            options.root(),
            command.getOut(),
            CommandLine.Help.Ansi.AUTO.enabled(),
            tensorBoard);
    return options.interruptibly(
        interruption -> run.run(read, interruption, log -> Logging.to(log)));
  }
}
