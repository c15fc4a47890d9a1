// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.run.UnreferencedSteps;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier gc}. */
@Command(
    name = "gc",
    mixinStandardHelpOptions = true,
    description = {
      "Lists the files of the folder store that no run in the folder runs refers to;"
          + " --remove deletes them. First delete the runs that you no longer need.",
      "A run refers to the steps behind its tickets, and to all steps of its last complete"
          + " start and of later starts. Steps that 'analyse' and 'collapse' have remembered"
          + " belong to no run.",
      "With --intermediate, a run whose last start ended without a failure refers only to its masks"
          + " and to the trainings that none of its later steps read. Weights of tickets stay, in the"
          + " folder of the run or in the store, so that all commands on it work, except"
          + " 'export --scores'. The same experiment computes removed steps again, to the same results."
    })
final class GcCommand implements Callable<Integer> {

  @Option(names = "--remove", description = "deletes the files after listing them")
  private boolean remove;

  @Option(
      names = "--intermediate",
      description = "also lists trainings that only later steps of finished runs have read")
  private boolean intermediate;

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "parent of the folders runs and store (default: the current folder)")
  private Path root = Path.of("");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (UnreferencedSteps steps = new UnreferencedSteps(root, !intermediate)) {
      long bytes = 0;
      for (Path file : steps.files()) {
        long size = Files.size(file);
        bytes += size;
        out.printf(Locale.ROOT, "%12d bytes  %s%n", size, file);
      }
      out.printf(
          Locale.ROOT,
          "%d files, %.1f MB, that none of %d runs %s; %d stay in the store%n",
          steps.files().size(),
          bytes / 1e6,
          steps.runs(),
          intermediate ? "will read again" : "refers to",
          steps.kept());
      if (remove) {
        steps.remove();
        out.println("removed");
      } else if (!steps.files().isEmpty()) {
        out.println(
            "nothing was removed; gc"
                + (intermediate ? " --intermediate" : "")
                + " --remove removes them");
      }
    }
    return ExitCode.DONE;
  }
}
