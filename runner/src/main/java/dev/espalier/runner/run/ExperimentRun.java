// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.data.Data;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.OnCollapse;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.report.Report;
import dev.espalier.runner.results.Pictures;
import dev.espalier.runner.results.Results;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Runs an experiment, or goes on with it: all its variants and replicates, into one folder. */
public final class ExperimentRun {

  private final Registry registry;
  private final ExperimentReader reader;
  private final Path root;
  private final Progress progress;
  private final boolean tensorBoard;

  /**
   * A way to run experiments.
   *
   * @param registry what plugins bring
   * @param root the folder that {@code runs}, {@code store} and {@code prepared} are in
   * @param out where progress and tables go
   * @param terminal whether that is a terminal
   * @param tensorBoard whether to write event files for TensorBoard, too
   */
  public ExperimentRun(
      Registry registry, Path root, PrintWriter out, boolean terminal, boolean tensorBoard) {
    this.registry = registry;
    this.root = root;
    reader = new ExperimentReader(registry);
    progress = new Progress(out, terminal);
    this.tensorBoard = tensorBoard;
  }

  /** The folder that a run of an experiment is in. */
  public Path folder(Sweep sweep) {
    String name = sweep.first().name() + "-" + reader.digest(sweep).prefix(8);
    return root.resolve("runs").resolve(name);
  }

  /**
   * Runs an experiment to its end. Steps that are remembered are found, all others done.
   *
   * @param draft the experiment
   * @param interruption asks for an early end
   * @param log gets the run's log file before training begins
   * @throws ConfigProblem if it cannot be run as it is; then nothing was written
   * @throws TrialFailed if a replicate broke down, after all others are done; finished steps are
   *     kept
   */
  public void run(Draft draft, Interruption interruption, Consumer<Path> log) {
    ContextLoader workshops = new ContextLoader(root);
    Map<String, Map<String, String>> data = workshops.check(draft);
    Sweep sweep = draft.complete();
    try (RunFolder folder = open(folder(sweep))) {
      log.accept(folder.file("run.log"));
      begin(sweep, data, folder);
      Results results = new Results(folder.path(), sweep.first().margin());
      Similarity similarity = new Similarity();
      int trainings = 0;
      int remembered = 0;
      List<String> failures = new ArrayList<>();
      for (Map.Entry<String, Experiment> entry : sweep.variants().entrySet()) {
        try (ExperimentContext workshop = workshops.open(sweep, entry.getKey())) {
          Method method = workshop.method();
          RunTrial.RunContext shared = workshop.shared(folder, progress, interruption);
          for (int replicate = 0; replicate < sweep.first().replicates(); replicate++) {
            int number = replicate;
            String label = workshop.label(replicate);
            RunTrial trial =
                new RunTrial(
                    shared,
                    workshop.seed(replicate),
                    label,
                    (network, ticket, account) -> {
                      PublishedTicket published =
                          new PublishedTicket(
                              workshop.variant(),
                              number,
                              workshop.network(),
                              network,
                              ticket,
                              account);
                      take(folder, label, published, workshop.data(), results);
                      similarity.add(published);
                    });
            try {
              run(method, trial, label, shared.events());
            } catch (TrialFailed e) {
              failures.add(e.getMessage()); // other replicates and variants may fare better
              if (entry.getValue().onCollapse() == OnCollapse.FAIL) {
                break; // as is asked for there
              }
            } finally {
              trainings += trial.trainings();
              remembered += trial.remembered();
            }
          }
        }
      }
      if (failures.isEmpty()) {
        folder.event("end", Map.of());
      }
      results.write();
      progress.line("trainings: " + trainings + ", of which remembered: " + remembered);
      progress.line("");
      progress.line(results.table());
      Pictures pictures = new Pictures(progress::line);
      boolean pictured = results.draw(pictures);
      String structures = similarity.write(folder, pictures);
      if (!structures.isEmpty()) {
        progress.line(structures);
      }
      progress.line("results: " + folder.file("results.csv"));
      if (pictured) {
        progress.line("picture: " + folder.file("results.png"));
      }
      report(folder);
      if (!failures.isEmpty()) {
        throw new TrialFailed(String.join("\n", failures));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a report cannot show loses nothing else. */
  private void report(RunFolder folder) {
    try {
      progress.line("report: " + Report.write(folder.path()));
    } catch (ConfigProblem e) {
      progress.line("no report could be written: " + e.getMessage());
    }
  }

  private static void run(Method method, RunTrial trial, String label, EventLog events) {
    try {
      method.run(trial);
    } catch (RunTrial.Stopped e) {
      // It has said so itself; the next replicate may fare better.
    } catch (TrialFailed e) {
      events.event("failed", Map.of("replicate", trial.seed().replicate(), "why", e.getMessage()));
      throw new TrialFailed(label + e.getMessage());
    }
  }

  private void begin(Sweep sweep, Map<String, Map<String, String>> data, RunFolder folder) {
    Experiment first = sweep.first();
    Map<String, Object> provenance =
        Provenance.of(
            registry,
            Devices.choose(first.device()),
            first.threads(),
            data.containsKey("") ? data.get("") : data);
    try {
      folder.write("experiment.conf", reader.render(sweep, provenance));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    folder.event("begin", provenance);
  }

  private void take(
      RunFolder folder, String label, PublishedTicket published, Data data, Results results) {
    Ticket ticket = published.ticket();
    results.add(published.row());
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("replicate", published.replicate());
    event.put("round", ticket.round());
    event.put("branch", ticket.branch());
    event.put("density", published.density());
    event.put("findings", ticket.findings());
    folder.of(published.variant()).event("ticket", event);
    progress.found(label, ticket);
    try {
      TicketFile.write(folder, published, data);
      if (tensorBoard) {
        TensorBoardFile.write(folder, published);
      }
      results.write();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RunFolder open(Path path) {
    try {
      AtomicFile.check(path.resolve("tickets")); // not found out after the first training
      return new RunFolder(path);
    } catch (NotWritten e) {
      throw ContextLoader.unwritable(path, e);
    }
  }
}
