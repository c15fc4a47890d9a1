// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.ExperimentRun;
import dev.espalier.runner.run.Interruption;
import dev.espalier.runner.run.Worker;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier work}. */
@Command(
    name = "work",
    mixinStandardHelpOptions = true,
    description = {
      "Computes replicates of an experiment that no other worker computes, until none is left.",
      "Start it as often as you like, also on other machines that share the folder. The last worker"
          + " writes the results, which are the same bytes as those of 'espalier run'.",
      "On this machine, 'espalier run --workers' starts workers and shows their progress."
    })
final class WorkCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<experiment>",
      completionCandidates = Ids.Experiments.class,
      description = "a file, or a built-in experiment (see 'espalier list')")
  private String experiment;

  @Option(
      names = "--name",
      paramLabel = "<name>",
      description =
          "the worker's name, which no other worker of the run has (default: its machine and"
              + " process)")
  private String name = Worker.defaultName();

  @Option(names = "--no-results", description = "leaves the results to another process")
  private boolean noResults;

  @Option(names = "--attached", hidden = true, description = "ends with its standard input")
  private boolean attached;

  @Mixin private RetryOption retry;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!name.matches("[A-Za-z0-9.-]{1,100}")) {
      throw ConfigProblem.of(
          List.of(new Refusal("--name", name, "letters, digits, dots and hyphens")));
    }
    Registry registry = options.registry();
    Draft read = options.draft(experiment, new ExperimentReader(registry, true));
    Worker worker =
        new Worker(
            registry,
            options.root(),
            Terminal.screen(spec),
            new ExperimentRun.Options(retry.before()),
            name);
    return options.interruptibly(
        interruption -> {
          if (attached) {
            endWithInput(interruption);
          }
          worker.work(read, interruption, log -> Logging.to(log));
          if (!noResults) {
            worker.finish(read, interruption, log -> {});
          }
        });
  }

  /** Interrupts the work when the process that started it ends. */
  private static void endWithInput(Interruption interruption) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is written there.
                }
              } catch (IOException e) {
                // As if it had ended.
              }
              interruption.ask();
            },
            "attached");
    thread.setDaemon(true);
    thread.start();
  }
}
