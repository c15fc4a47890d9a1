// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.runner.results.Panels.Panel;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Figures and tables as files for a paper. */
public final class Figures {

  /** The beginning of the names of files. */
  private static final String FIGURE = "figure-";

  private static final String TABLE = "table-";

  /** A figure. */
  public record Captioned(Panel panel, String caption) {}

  /**
   * A table.
   *
   * @param name the rest of the name of its files
   */
  public record Table(String name, TextTable table, String caption) {}

  private final List<Captioned> figures;
  private final List<Table> tables;

  /** Creates files of figures and tables. */
  public Figures(List<Captioned> figures, List<Table> tables) {
    this.figures = List.copyOf(figures);
    this.tables = List.copyOf(tables);
  }

  /**
   * Creates the figures and the table of a run.
   *
   * @param curves the findings that are drawn over others
   */
  public static Figures of(RecordedRun run, List<Curve> curves) {
    return new Figures(
        Panels.of(run.rows(), curves).stream()
            .map(panel -> new Captioned(panel, caption(panel, run.subject())))
            .toList(),
        List.of(
            new Table(
                "results",
                ResultsTable.lines(run.rows(), run.margin(), run.planned()),
                caption(run))));
  }

  /**
   * Writes each figure as SVG, PDF and LaTeX, and each table as LaTeX and CSV.
   *
   * @param folder the folder, which need not exist
   * @return the names of the files
   */
  public List<String> write(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    FigureFont font = new FigureFont();
    for (Map.Entry<String, Captioned> named : named().entrySet()) {
      String name = named.getKey();
      Figure figure = new Figure(named.getValue().panel(), font);
      AtomicFile.write(file(folder, name + ".svg", files), figure.svg());
      byte[] pdf = figure.pdf();
      AtomicFile.write(file(folder, name + ".pdf", files), out -> out.write(pdf));
      AtomicFile.write(file(folder, name + ".tex", files), tex(named.getValue().caption(), name));
    }
    for (Table table : tables) {
      String name = TABLE + table.name();
      AtomicFile.write(file(folder, name + ".tex", files), tex(table));
      AtomicFile.write(file(folder, name + ".csv", files), table.table().csv());
    }
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
    for (Map.Entry<String, Captioned> named : named().entrySet()) {
      Path file = folder.resolve(named.getKey() + ".svg");
      AtomicFile.write(file, new Figure(named.getValue().panel(), font).svg());
      captions.put(file, named.getValue().caption());
    }
    return captions;
  }

  /** The figures by the names of their files. */
  private Map<String, Captioned> named() {
    Map<String, Captioned> named = new LinkedHashMap<>();
    for (Captioned captioned : figures) {
      named.put(name(captioned.panel(), named.keySet()), captioned);
    }
    return named;
  }

  private static Path file(Path folder, String name, List<String> files) {
    files.add(name);
    return folder.resolve(name);
  }

  /** The name of a figure's files: that of its panel, and a number if another one has it. */
  private static String name(Panel panel, Set<String> others) {
    String slug =
        FIGURE
            + panel
                .name()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-+|-+$", "");
    String name = slug;
    for (int i = 2; others.contains(name); i++) {
      name = slug + "-" + i;
    }
    return name;
  }

  private static String tex(String caption, String name) {
    return """
        \\begin{figure}
          \\centering
          \\includegraphics[width=\\linewidth]{%s}
          \\caption{%s}
          \\label{fig:%s}
        \\end{figure}
        """
        .formatted(name, TextTable.latex(caption), name.substring(FIGURE.length()));
  }

  private static String tex(Table table) {
    return """
        \\begin{table}
          \\centering
          \\caption{%s}
          \\label{tab:%s}
        %s\\end{table}
        """
        .formatted(TextTable.latex(table.caption()), table.name(), table.table().latex());
  }

  /**
   * Writes the caption of a panel with means over replicates.
   *
   * @param subject network and data, and what else is the subject
   */
  public static String caption(Panel panel, String subject) {
    IntSummaryStatistics n = panel.n();
    String mean =
        n.getMax() == 1
            ? "One replicate, without interval."
            : "Means of " + range(n) + " replicates; " + bars(n);
    return begin(panel, subject)
        + mean
        + (ResultsPicture.dense(panel).isPresent() ? " The dotted line is the dense network." : "");
  }

  /** The begin of a caption: title, subject and axis. */
  public static String begin(Panel panel, String subject) {
    String title = panel.name();
    return title.substring(0, 1).toUpperCase(Locale.ROOT)
        + title.substring(1)
        + ": "
        + subject
        + ". Vertical axis: "
        + panel.y()
        + ". ";
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

  /** The tables as Markdown. */
  public String markdown() {
    return tables.stream().map(table -> table.table().markdown()).collect(Collectors.joining("\n"));
  }

  /** The caption of the table. */
  private static String caption(RecordedRun run) {
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
