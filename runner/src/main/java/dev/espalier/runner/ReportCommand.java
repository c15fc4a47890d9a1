// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.report.Report;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Rebuilds the report.html of a run from its folder: a self-contained page with all"
          + " figures and tables.",
      "The run may still be in progress; the report shows the tickets published so far."
    })
final class ReportCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<run>", description = "the folder of a run")
  private Path run;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println("report: " + Report.write(run, Registry.load()));
    return ExitCode.DONE;
  }
}
