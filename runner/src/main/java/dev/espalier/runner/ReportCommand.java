// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.report.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Rebuilds the report.html of a run from its folder: a self-contained page with all"
          + " figures and tables.",
      "With --figures or --markdown it writes files for a paper, or a page about several runs,"
          + " and no report.html.",
      "The run may still be in progress; the report shows the tickets published so far."
    })
final class ReportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<run>",
      arity = "1..*",
      description =
          "the folder of a run; for --figures and --markdown also a results.csv in a folder with"
              + " its experiment.conf")
  private List<Path> runs;

  @Option(
      names = "--figures",
      paramLabel = "<folder>",
      description =
          "write each figure as SVG and PDF with a caption in LaTeX, and the table of results as"
              + " LaTeX (booktabs) and CSV")
  private Path figures;

  @Option(
      names = "--markdown",
      paramLabel = "<file>",
      description = "write a page about all runs; a file published.md in a run's folder is a part")
  private Path markdown;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Registry registry = Registry.load();
    if (figures != null) {
      if (runs.size() > 1) {
        throw ConfigProblem.of(
            List.of(
                new Refusal(
                    "--figures",
                    runs.size() + " runs",
                    "one run",
                    "Call the command for each, with another folder")));
      }
      List<String> files = Report.figures(runs.get(0), figures, registry);
      out.println("figures: " + files.size() + " files in " + figures);
    }
    if (markdown != null) {
      Report.markdown(runs, markdown, registry);
      out.println("page: " + markdown);
    }
    if (figures == null && markdown == null) {
      runs.forEach(run -> out.println("report: " + Report.write(run, registry)));
    }
    return ExitCode.DONE;
  }
}
