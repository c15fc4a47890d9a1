// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

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
    try {
      AtomicFile.write(
          file, new Page(run.name(), "report.js", new ReportData(run, registry).all()).html());
    } catch (NotWritten e) {
      throw new ConfigProblem("the report " + file + " cannot be written (" + e.why() + ")");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }
}
