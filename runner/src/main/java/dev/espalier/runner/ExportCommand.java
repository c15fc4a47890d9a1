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
      "Exports tickets of a run for use elsewhere. <ticket>.safetensors contains masks,"
          + " starting and trained weights; <ticket>.json contains the architecture, the input,"
          + " the experiment, its provenance, and digests.",
      "An existing file is left alone if it is identical; otherwise the export is refused."
    })
final class ExportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<ticket | run>",
      description =
          "a ticket's .json or .safetensors file, with or without the ending, or the"
              + " folder of a run for all of its tickets")
  private Path what;

  @Option(
      names = "--to",
      paramLabel = "<folder>",
      required = true,
      description = "folder for the files; created if it does not exist")
  private Path folder;

  @Option(
      names = "--narrow",
      description =
          "exports the narrow network, as <ticket>-narrow: channels that no living weight"
              + " reads are removed, without changing the outputs. A mask that keeps whole"
              + " channels becomes dense")
  private boolean narrow;

  @Option(names = "--numpy", description = "also writes <ticket>.npz, with the same names")
  private boolean numpy;

  @Option(names = "--force", description = "replaces files that differ")
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
