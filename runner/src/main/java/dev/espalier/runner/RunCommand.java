// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import dev.espalier.runner.track.TensorBoard;
import java.util.List;
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
          "short for one more of the trackers, tensorboard: also writes learning curves into the"
              + " folder tensorboard of the run")
  private boolean tensorBoard;

  @Option(
      names = "--workers",
      paramLabel = "<n>",
      description =
          "computes in n processes at a time, each on its GPU if there are some; auto: one for each"
              + " GPU, or as many as the processors allow")
  private String workers;

  @Mixin private ClusterOptions cluster;

  @Mixin private RetryOption retry;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = options.registry();
    boolean isOnCluster = cluster.isOn();
    Draft file = options.draft(experiment, new ExperimentReader(registry, isConfirmed));
    Draft read = tensorBoard ? file.with(new TensorBoard()) : file;
    if (isOnCluster) {
      int number = workers == null ? 0 : count(workers);
      cluster.run(registry, read, options.root(), number, retry.options(), Terminal.screen(spec));
      return ExitCode.DONE;
    }
    ExperimentRun run =
        new ExperimentRun(
            registry,
            options.root(),
            Terminal.screen(spec),
            new ExperimentRun.Options(retry.before()));
    if (workers == null) {
      return options.interruptibly(
          interruption -> run.run(read, interruption, log -> Logging.to(log)));
    }
    int count = count(workers);
    return options.interruptibly(
        interruption -> run.run(read, interruption, log -> Logging.to(log), count));
  }

  /** The number of workers; 0 for auto. */
  private static int count(String workers) {
    if (workers.equals("auto")) {
      return 0;
    }
    if (!workers.matches("[1-9][0-9]{0,3}")) {
      throw ConfigProblem.of(
          List.of(new Refusal("--workers", workers, "a number from 1 to 9999, or auto")));
    }
    return Integer.parseInt(workers);
  }
}
