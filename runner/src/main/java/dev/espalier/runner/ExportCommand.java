// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.export.TicketExport;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.run.Interruption;
import dev.espalier.runner.run.RecordedScores;
import dev.espalier.runner.store.TemporaryFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
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
      "--scores and --order also write what another program needs to compute the same mask and the"
          + " same training.",
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

  @Option(
      names = "--scores",
      description =
          "also writes <ticket>.scores.safetensors: the scores of the criterion that made the mask."
              + " They are computed again from the experiment and the store of the run, and checked"
              + " against the mask")
  private boolean scores;

  @Option(
      names = "--order",
      description =
          "also writes <ticket>.order.safetensors: the order of the training examples, from which"
              + " the batches follow")
  private boolean order;

  @Option(names = "--force", description = "replaces files that differ")
  private boolean force;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    List<StoredTicketResult> tickets = StoredTicketResult.oneAtLeast(what);
    Registry registry = ExperimentOptions.registry(command);
    ExperimentReader reader = new ExperimentReader(registry);
    TicketExport.Form form = new TicketExport.Form(narrow, numpy, order);
    Consumer<Optional<Path>> export =
        computed ->
            new TicketExport(reader, folder, form, force, computed)
                .export(tickets, command.getOut()::println);
    if (scores) {
      return ExperimentOptions.interruptibly(
          spec, interruption -> withScores(registry, tickets, interruption, export));
    }
    export.accept(Optional.empty());
    return ExitCode.DONE;
  }

  /** Exports with the scores in a temporary folder: those of all tickets may exceed the memory. */
  private void withScores(
      Registry registry,
      List<StoredTicketResult> tickets,
      Interruption interruption,
      Consumer<Optional<Path>> export) {
    Path run = tickets.get(0).run();
    try (TemporaryFolder computed = new TemporaryFolder("espalier-scores")) {
      new RecordedScores(registry, run, computed.path(), Terminal.screen(spec))
          .write(tickets, interruption);
      export.accept(Optional.of(computed.path()));
    }
  }
}
