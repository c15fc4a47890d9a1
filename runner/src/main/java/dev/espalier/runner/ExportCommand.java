// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.export.TicketExport;
import dev.espalier.runner.results.StoredTicketResult;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Takes tickets out of a run for use elsewhere: masks, starting and trained weights in"
          + " <ticket>.safetensors, and in <ticket>.json the architecture, what the network is"
          + " shown, the experiment, where it comes from, and digests.",
      "A file that is there already is left alone if it is the same, and otherwise refused."
    })
final class ExportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<ticket | run>",
      description =
          "a ticket's .json or .safetensors file, with or without that ending, or the folder of a"
              + " run for all of its tickets")
  private Path what;

  @Option(
      names = "--to",
      paramLabel = "<folder>",
      required = true,
      description = "where the files go; made if it is not there")
  private Path folder;

  @Option(
      names = "--narrow",
      description =
          "the really smaller network, as <ticket>-narrow: without the channels that no living"
              + " weight reads, it says what the whole one says under its mask. A mask that keeps"
              + " whole channels is dense then")
  private boolean narrow;

  @Option(names = "--numpy", description = "writes <ticket>.npz too, with the same names")
  private boolean numpy;

  @Option(names = "--force", description = "replaces files that are not the same")
  private boolean force;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    List<StoredTicketResult> tickets = StoredTicketResult.oneAtLeast(what);
    ExperimentReader reader = new ExperimentReader(ExperimentOptions.registry(command));
    new TicketExport(reader, folder, narrow, numpy, force)
        .export(tickets, command.getOut()::println);
    return ExitCode.DONE;
  }
}
