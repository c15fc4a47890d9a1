// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.run.ExperimentAnalysis;
import dev.espalier.runner.run.Screen;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier analyse}. */
@Command(
    name = "analyse",
    mixinStandardHelpOptions = true,
    description = {
      "Shows, for a mask, the density of every layer, weights on a path from input to"
          + " output (effective), dead units and empty layers.",
      "Tickets are read from their run. An experiment is pruned without training, as far"
          + " as its masks need no training; controls are left out. Rounds of pruning are"
          + " remembered as in a run."
    })
final class AnalyseCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<ticket | run | experiment>",
      description =
          "a ticket's .json or .safetensors file, the folder of a run, an experiment's"
              + " file, or a built-in experiment (see 'espalier list')")
  private String what;

  @Option(
      names = "--replicate",
      paramLabel = "<n>",
      description = "only this replicate of an experiment, counted from 0")
  private Integer replicate;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<StoredTicketResult> tickets = StoredTicketResult.at(Path.of(what));
    if (tickets.isEmpty()) {
      return experiment();
    }
    if (options.areSet() || replicate != null) {
      throw new ConfigProblem(
          "found --set, --variant or --replicate with tickets of a run, allowed are they with an"
              + " experiment; leave them out, or name one ticket");
    }
    Screen screen = Terminal.screen(spec);
    tickets.forEach(ticket -> screen.out().println(ticket.table(screen.width())));
    return ExitCode.DONE;
  }

  private int experiment() {
    Registry registry = options.registry();
    Draft read = options.draft(what, new ExperimentReader(registry));
    ExperimentAnalysis analysis =
        new ExperimentAnalysis(registry, options.root(), Terminal.screen(spec));
    OptionalInt only = replicate == null ? OptionalInt.empty() : OptionalInt.of(replicate);
    return options.interruptibly(interruption -> analysis.run(read, only, interruption));
  }
}
