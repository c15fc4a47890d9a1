// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The figures and the table of a run, as files for a paper. */
public final class Figures {

  /** The beginning of the names of files. */
  private static final String FIGURE = "figure-";

  private final RecordedRun run;
  private final List<Curve> curves;

  /**
   * Creates the figures of a run.
   *
   * @param curves the findings that are drawn over others
   */
  public Figures(RecordedRun run, List<Curve> curves) {
    this.run = run;
    this.curves = List.copyOf(curves);
  }

  /**
   * Writes each figure as SVG, PDF and LaTeX, and the table of results as LaTeX and CSV.
   *
   * @param folder the folder, which need not exist
   * @return the names of the files
   */
  public List<String> write(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    FigureFont font = new FigureFont();
    Set<String> names = new HashSet<>();
    for (Panel panel : Panels.of(run.rows(), curves)) {
      String name = name(panel, names);
      Figure figure = new Figure(panel, font);
      AtomicFile.write(file(folder, name + ".svg", files), figure.svg());
      byte[] pdf = figure.pdf();
      AtomicFile.write(file(folder, name + ".pdf", files), out -> out.write(pdf));
      AtomicFile.write(file(folder, name + ".tex", files), tex(panel, name));
    }
    TextTable table = ResultsTable.lines(run.rows(), run.margin(), run.planned());
    AtomicFile.write(file(folder, "table-results.tex", files), tex(table));
    AtomicFile.write(file(folder, "table-results.csv", files), table.csv());
    return files;
  }

  /**
   * Writes each figure as SVG.
   *
   * @return the files and their captions
   */
  public Map<Path, String> writeSvg(Path folder) throws IOException {
    Map<Path, String> captions = new LinkedHashMap<>();
    FigureFont font = new FigureFont();
    Set<String> names = new HashSet<>();
    for (Panel panel : Panels.of(run.rows(), curves)) {
      Path file = folder.resolve(name(panel, names) + ".svg");
      AtomicFile.write(file, new Figure(panel, font).svg());
      captions.put(file, caption(panel));
    }
    return captions;
  }

  private static Path file(Path folder, String name, List<String> files) {
    files.add(name);
    return folder.resolve(name);
  }

  /** The name of a figure's files: that of its panel, and a number if another one has it. */
  private static String name(Panel panel, Set<String> names) {
    String slug =
        FIGURE
            + panel
                .name()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-+|-+$", "");
    String name = slug;
    for (int i = 2; !names.add(name); i++) {
      name = slug + "-" + i;
    }
    return name;
  }

  private String tex(Panel panel, String name) {
    return """
        \\begin{figure}
          \\centering
          \\includegraphics[width=\\linewidth]{%s}
          \\caption{%s}
          \\label{fig:%s}
        \\end{figure}
        """
        .formatted(name, TextTable.latex(caption(panel)), name.substring(FIGURE.length()));
  }

  private String tex(TextTable table) {
    return """
        \\begin{table}
          \\centering
          \\caption{%s}
          \\label{tab:results}
        %s\\end{table}
        """
        .formatted(TextTable.latex(caption()), table.latex());
  }

  private String caption(Panel panel) {
    IntSummaryStatistics n = panel.n();
    String title = panel.name();
    String mean =
        n.getMax() == 1
            ? "One replicate, without interval."
            : "Means of " + range(n) + " replicates; " + bars(n);
    return title.substring(0, 1).toUpperCase(Locale.ROOT)
        + title.substring(1)
        + ": "
        + run.subject()
        + ". Vertical axis: "
        + panel.y()
        + ". "
        + mean
        + (ResultsPicture.dense(panel).isPresent() ? " The dotted line is the dense network." : "");
  }

  private static String bars(IntSummaryStatistics n) {
    return n.getMax() < Estimate.FEWEST
        ? "two replicates have no interval."
        : "bars are 95 % confidence intervals of the mean by Student's t"
            + (n.getMin() < Estimate.FEWEST ? ", of three or more replicates." : ".");
  }

  private static String range(IntSummaryStatistics n) {
    return (n.getMin() < n.getMax() ? n.getMin() + " to " : "") + n.getMax();
  }

  /** The table as Markdown. */
  public String markdown() {
    return ResultsTable.lines(run.rows(), run.margin(), run.planned()).markdown();
  }

  /** The caption of the table. */
  private String caption() {
    IntSummaryStatistics n =
        run.levels().stream().mapToInt(level -> level.rows().size()).summaryStatistics();
    return "Results of "
        + run.subject()
        + (n.getMax() == 1
            ? ". One replicate."
            : ". Means of "
                + range(n)
                + " replicates, with half of the 95 % confidence interval by Student's t"
                + " where there are three or more.");
  }
}
