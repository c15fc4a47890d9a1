// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.compare.RunsComparison;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.store.RunLayout;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Compares runs, one column per variant: test accuracy at equal density and at equal"
          + " cost, with 95 %% intervals and the difference to the first column. Runs whose data"
          + " have another metric are compared by that one. Shows the"
          + " overlap of masks between methods, seeds and levels, and the overlap expected by"
          + " chance.",
      "Writes comparison.html, comparison.csv and overlap.csv."
    })
final class CompareCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<run>",
      arity = "1..*",
      description = "folders of runs, such as runs/demo-1a2b3c4d; the first is the reference")
  private List<Path> runs;

  @Option(
      names = "--to",
      paramLabel = "<folder>",
      description =
          "folder to write to (default: comparison- and a name made of the runs' names, in"
              + " the current folder)")
  private Path to;

  @Option(
      names = "--cost",
      paramLabel = "<unit>",
      description =
          "unit of cost: examples, macs, effective-macs or seconds (default: ${DEFAULT-VALUE})")
  private String cost = "effective-macs";

  @Option(
      names = "--figures",
      paramLabel = "<folder>",
      description =
          "also write the figures by density as SVG and PDF with captions in LaTeX, and the tables"
              + " as LaTeX (booktabs) and CSV")
  private Path figures;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    RunsComparison comparison = RunsComparison.of(runs, cost);
    Path folder = to == null ? Path.of(comparison.name()) : to;
    comparison.write(folder);
    Screen screen = Terminal.screen(spec);
    PrintWriter out = screen.out();
    out.println(comparison.tables(screen.width()));
    out.println("tables: " + folder.resolve(RunLayout.COMPARISON) + " and " + RunLayout.OVERLAP);
    out.println("page: " + folder.resolve(RunLayout.COMPARISON_PAGE));
    if (figures != null) {
      int files = comparison.writeFigures(figures).size();
      out.println("figures: " + files + " files in " + figures);
    }
    return ExitCode.DONE;
  }
}
