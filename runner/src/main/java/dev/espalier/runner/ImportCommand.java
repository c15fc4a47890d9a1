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
      "Imports exported tickets into runs/imported-..., where other commands find them.",
      "Checks everything first: layout, names, types, shapes, digests, and that the"
          + " model's settings give the same network. A damaged ticket is refused, and nothing"
          + " is written."
    })
final class ImportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<folder | ticket>",
      description = "a folder written by 'espalier export', or one of its files")
  private Path what;

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "parent of the folder runs (default: the current folder)")
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
