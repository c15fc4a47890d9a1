// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import java.util.concurrent.Callable;
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
      "Runs an experiment with all its variants, or resumes it.",
      "Steps that this or another experiment in the same folder has finished are not repeated."
    })
final class RunCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<experiment>",
      completionCandidates = Ids.Experiments.class,
      description = "a file, or a built-in experiment (see 'espalier list')")
  private String experiment;

  @Option(
      names = "--yes",
      description = "runs a sweep of more than 1,000 variants, which is otherwise refused")
  private boolean isConfirmed;

  @Option(
      names = "--tensorboard",
      description =
          "also writes the learning curves of every ticket for TensorBoard, into the"
              + " folder tensorboard of the run")
  private boolean tensorBoard;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = options.registry();
    Draft read = options.draft(experiment, new ExperimentReader(registry, isConfirmed));
    ExperimentRun run =
        new ExperimentRun(registry, options.root(), Terminal.screen(spec), tensorBoard);
    return options.interruptibly(
        interruption -> run.run(read, interruption, log -> Logging.to(log)));
  }
}
