// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import com.typesafe.config.Config;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Figures;
import dev.espalier.runner.results.RecordedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page in Markdown about several runs: settings, figures and table of each. */
final class Gallery {

  /** A text by hand about a run in its folder, such as the figures that a paper has. */
  private static final String PUBLISHED = "published.md";

  private final Path page;
  private final Registry registry;

  /**
   * Creates a page.
   *
   * @param page its file, which links are relative to
   */
  Gallery(Path page, Registry registry) {
    this.page = page;
    this.registry = registry;
  }

  /** The text; figures are written into the folders of the runs. */
  String text(List<Path> folders) throws IOException {
    StringBuilder text = new StringBuilder("# Measured results\n\n");
    text.append("`espalier report <run>... --markdown <file>` makes this page from files of runs");
    text.append(" that were done.\nIt trains nothing. Means are over replicates, and ± is half of");
    text.append(
        " their 95 % interval by Student's t.\nFiles in commands are relative to the folder of this page.\n");
    for (Path folder : folders) {
      text.append('\n').append(entry(folder));
    }
    return text.toString();
  }

  private String entry(Path folder) throws IOException {
    Path published = folder.resolve(PUBLISHED);
    String byHand =
        Files.isRegularFile(published) ? "\n" + Files.readString(published).strip() + "\n" : "";
    if (!byHand.isEmpty() && !Files.exists(folder.resolve("experiment.conf"))) {
      return "## " + folder.getFileName() + "\n\n**Not run.**\n" + byHand;
    }
    RecordedRun run = RecordedRun.ofTables(folder);
    Figures figures = Figures.of(run, ReportData.curves(run, registry));
    StringBuilder text = new StringBuilder("## " + run.name() + "\n\n");
    text.append("- Command: `espalier run ").append(command(run)).append("`\n");
    text.append("- Network and data: ").append(run.subject()).append('\n');
    text.append("- Replicates: ").append(run.planned()).append('\n');
    run.values("training.iterations")
        .findFirst()
        .ifPresent(
            iterations -> text.append("- Training: ").append(iterations).append(" iterations\n"));
    text.append("- Machine: ").append(machine(run.experiment())).append("\n");
    figures
        .writeSvg(run.folder())
        .forEach(
            (file, caption) ->
                text.append("\n![")
                    .append(caption, 0, caption.indexOf(':'))
                    .append("](")
                    .append(link(file))
                    .append(")\n\n")
                    .append(caption)
                    .append('\n'));
    return text + "\n" + figures.markdown() + byHand;
  }

  /** The experiment's file in the folder of the run, else its name. */
  private String command(RecordedRun run) {
    String name = run.experiment().getString("name");
    Path file = run.folder().resolve(name + ".conf");
    return Files.isRegularFile(file) ? link(file) : name;
  }

  private static String machine(Config experiment) {
    return Stream.of("cpu", "gpu", "memory", "device", "threads", "os", "engine")
        .filter(key -> experiment.hasPath("provenance." + key))
        .map(
            key ->
                (key.equals("threads") ? "threads " : "")
                    + experiment.getString("provenance." + key))
        .collect(Collectors.joining(", "));
  }

  private String link(Path file) {
    Path above = page.toAbsolutePath().normalize().getParent();
    return above.relativize(file.toAbsolutePath().normalize()).toString().replace('\\', '/');
  }
}
