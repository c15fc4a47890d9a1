// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.export.TicketImport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier import}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Puts exported tickets into runs/imported-..., where other commands find them.",
      "Everything is checked first: layout, names, types, shapes, digests, and that the model's"
          + " settings make such a network. What is damaged is refused, and nothing written."
    })
final class ImportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<folder | ticket>",
      description = "what 'espalier export' wrote: a folder, or one of its files")
  private Path what;

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "where the folder runs is (default: the current one)")
  private Path root = Path.of("");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    new TicketImport(ExperimentOptions.registry(command), root)
        .read(what, command.getOut()::println);
    return ExitCode.DONE;
  }
}
