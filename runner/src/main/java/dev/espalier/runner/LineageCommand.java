// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.results.Lineage;
import dev.espalier.runner.results.StoredTicketResult;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier lineage}. */
@Command(
    name = "lineage",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the remembered steps behind a ticket in the order of their computation:"
          + " input, settings and cost of each.",
      "A gradient counts as three forward passes; evaluation is not counted. Effective"
          + " multiply-accumulates (MACs) leave out the zeros of masks."
    })
final class LineageCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<ticket | run>",
      description =
          "a ticket's .json or .safetensors file, or the folder of a run for all of its tickets")
  private Path what;

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "parent of the folder store (default: the current folder)")
  private Path root = Path.of("");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<StoredTicketResult> tickets = StoredTicketResult.oneAtLeast(what);
    Lineage lineage = new Lineage(root);
    tickets.forEach(ticket -> spec.commandLine().getOut().println(lineage.of(ticket)));
    return ExitCode.DONE;
  }
}
