// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Curve;
import dev.espalier.runner.results.Figures;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The report of a run, report.html in its folder: its results in figures and tables. */
public final class Report {

  private Report() {}

  /**
   * Writes the page from the current files of a run. It needs no lock, since all files are written
   * atomically.
   *
   * @param folder the folder of the run
   * @param registry the plugins; without the run's method, findings appear under their keys
   * @return the file of the page
   * @throws ConfigProblem if the folder is not a run's, has no tickets yet, or cannot be written
   */
  public static Path write(Path folder, Registry registry) {
    RecordedRun run = RecordedRun.at(folder);
    Path file = folder.resolve(RunLayout.REPORT);
    write(
        "report",
        file,
        () ->
            AtomicFile.write(
                file,
                new Page(run.name(), "report.js", new ReportData(run, registry).all()).html()));
    return file;
  }

  /**
   * Writes the figures and the table of a run as files for a paper.
   *
   * @param run the folder of the run, or its results.csv
   * @param folder the folder of the files, which need not exist
   * @return the names of the files
   * @throws ConfigProblem if there is no run with tickets, or a file cannot be written
   */
  public static List<String> figures(Path run, Path folder, Registry registry) {
    RecordedRun recorded = RecordedRun.ofTables(run);
    List<Curve> curves = ReportData.curves(recorded, registry);
    List<String> files = new ArrayList<>();
    write("figures", folder, () -> files.addAll(Figures.of(recorded, curves).write(folder)));
    return files;
  }

  /**
   * Writes a page in Markdown about several runs, and the first figure of each into its folder. A
   * folder with the text published.md alone is listed as not run.
   *
   * @throws ConfigProblem if a folder is not a run's, or a file cannot be written
   */
  public static void markdown(List<Path> runs, Path file, Registry registry) {
    write("page", file, () -> AtomicFile.write(file, new Gallery(file, registry).text(runs)));
  }

  private interface Writing {
    void write() throws IOException;
  }

  private static void write(String what, Path file, Writing writing) {
    try {
      writing.write();
    } catch (NotWritten e) {
      throw new ConfigProblem("the " + what + " " + file + " cannot be written (" + e.why() + ")");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
