// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import com.typesafe.config.ConfigFactory;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.train.Adam;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Results;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A run of many variants, made from the tickets of a small one. */
final class ManyVariants {

  private static final double MARGIN = 0.005;

  private ManyVariants() {}

  /**
   * Makes a run of random draws in another folder.
   *
   * @param small a run without variants
   */
  static RecordedRun of(Path small, int variants, Path folder) throws IOException {
    RecordedRun base = RecordedRun.at(small);
    Files.createDirectories(folder);
    Path conf =
        Files.writeString(
            folder.resolve("sweep.conf"),
            Files.readString(small.resolve("experiment.conf"))
                + "\nsweep { random = "
                + variants
                + ", training.optimizer.learning-rate { log-uniform = [1e-4, 1e-1] },"
                + " training.batch-size { choice = [20, 40, 60] }, method.rewind-to { uniform ="
                + " [0, 30] }, method.criterion { choice = [magnitude, random, { id = snip }] } }\n");
    ExperimentReader reader = new ExperimentReader(Registry.load(), true);
    Sweep sweep = reader.read(conf.toString(), List.of());
    Files.writeString(
        folder.resolve("experiment.conf"),
        reader.render(sweep, base.experiment().getConfig("provenance").root().unwrapped()));
    Files.copy(small.resolve("events.jsonl"), folder.resolve("events.jsonl"));
    List<StoredTicketResult> tickets = new ArrayList<>();
    Results results = new Results(folder, MARGIN);
    for (Map.Entry<String, Experiment> variant : sweep.variants().entrySet()) {
      double loss = loss(variant.getValue());
      for (StoredTicketResult ticket : base.tickets()) {
        TicketResult row = changed(ticket.row(), variant.getKey(), loss);
        results.add(row);
        tickets.add(
            new StoredTicketResult(
                ticket.file(), ticket.input(), variant.getKey() + "-" + ticket.name(), row));
      }
    }
    results.write();
    return new RecordedRun(
        folder, ConfigFactory.parseFile(folder.resolve("experiment.conf").toFile()), tickets);
  }

  /**
   * The accuracy that a variant loses: the best learning rate is 3e-3, and late rewinding helps.
   */
  private static double loss(Experiment experiment) {
    double rate = ((Adam) experiment.training().optimizer()).learningRate();
    double rewind =
        ConfigFactory.parseString(
                experiment
                    .method()
                    .settings()
                    .toString()
                    .replaceAll(".*?rewindTo=(\\d+).*", "it=$1"))
            .getDouble("it");
    boolean isRandom = experiment.method().criterion().toString().contains("Random");
    return 0.04 * Math.pow(Math.log10(rate / 3e-3), 2)
        + 0.001 * (30 - rewind)
        + (isRandom ? 0.05 : 0)
        + 0.0002 * experiment.training().batchSize();
  }

  private static TicketResult changed(TicketResult row, String variant, double loss) {
    return new TicketResult(
        variant,
        row.replicate(),
        row.round(),
        row.branch(),
        row.isControl(),
        row.density(),
        row.kept(),
        row.effective(),
        row.analysis(),
        row.layers(),
        row.cost(),
        row.effectiveMacs(),
        row.mask(),
        row.iteration(),
        row.metrics(),
        new History(
            row.history().points().stream()
                .map(
                    point ->
                        new History.Point(
                            point.iteration(),
                            point.train(),
                            less(point.validation(), loss),
                            less(point.test(), loss)))
                .toList()),
        row.findings(),
        row.account());
  }

  private static Evaluation less(Evaluation of, double loss) {
    return of.values().isEmpty()
        ? of
        : new Evaluation(
            of.loss() + loss,
            of.values().stream().map(value -> Math.max(0.1, value - loss)).toList());
  }

  /** The page of a run. */
  static Path page(RecordedRun run) throws IOException {
    return Files.writeString(
        run.folder().resolve("report.html"),
        new Page(run.name(), "report.js", new ReportData(run, Registry.load()).all()).html());
  }
}
