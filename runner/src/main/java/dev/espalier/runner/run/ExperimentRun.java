// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.OnCollapse;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.report.Report;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Curve;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.Pictures;
import dev.espalier.runner.results.Results;
import dev.espalier.runner.results.TicketFolder;
import dev.espalier.runner.similarity.Similarity;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Runs or resumes an experiment: all its variants and replicates, into one folder. */
public final class ExperimentRun {

  private final Registry registry;
  private final ExperimentReader reader;
  private final Path root;
  private final Screen screen;
  private final Progress progress;
  private final Options options;

  /**
   * Choices of a user that change no result.
   *
   * @param retryBefore failures of steps before this time are forgotten
   */
  public record Options(Instant retryBefore) {

    /** Every failure counts. */
    public static final Options DEFAULT = new Options(Instant.EPOCH);
  }

  /**
   * Creates a runner of experiments.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
   * @param screen receives progress and tables
   * @param options of the user
   */
  public ExperimentRun(Registry registry, Path root, Screen screen, Options options) {
    this.registry = registry;
    this.root = root;
    this.screen = screen;
    reader = new ExperimentReader(registry);
    progress = new Progress(screen);
    this.options = options;
  }

  /** Returns the folder of an experiment's run. */
  public Path folder(Sweep sweep) {
    return RunFolder.of(root, reader, sweep);
  }

  /**
   * Runs an experiment to its end. Remembered steps are read, and all others computed.
   *
   * @param draft the experiment
   * @param interruption requests an early end
   * @param log receives the run's log file before training begins
   * @throws ConfigProblem if the experiment is invalid; then nothing was written
   * @throws TrialFailed if a replicate failed, after all others have ended; finished steps are kept
   */
  public void run(Draft draft, Interruption interruption, Consumer<Path> log) {
    run(draft, interruption, log, Workers.NONE);
  }

  /**
   * Runs an experiment whose cells are computed by processes of this machine.
   *
   * @param workers their number; 0 for one on each GPU, or as many as processors allow
   */
  public void run(Draft draft, Interruption interruption, Consumer<Path> log, int workers) {
    run(draft, interruption, log, new LocalWorkers(root, screen, workers, options));
  }

  /** Writes the results of a run whose cells have ended. */
  void finish(Draft draft, Interruption interruption, Consumer<Path> log) {
    run(draft, interruption, log, new EndedWorkers());
  }

  private void run(Draft draft, Interruption interruption, Consumer<Path> log, Workers workers) {
    ContextLoader contexts =
        new ContextLoader(registry, root, new SharedSteps.Policy(true, options.retryBefore));
    Checked<CheckedData> checked = contexts.check(draft, true);
    Sweep sweep = CheckedData.sweep(checked);
    try (workers;
        RunFolder folder = open(folder(sweep));
        Results results = new Results(folder.path(), sweep.first().margin().orElseThrow())) {
      log.accept(folder.file(RunLayout.LOG));
      if (WorkPlan.read(folder.path()).isPresent()) { // else a machine without their device trains
        WorkPlan.of(sweep, Devices.choose(sweep.first().device())).renew(folder.path());
      }
      checked.log();
      progress.line(Devices.line(sweep.first().device()));
      begin(sweep, checked.results(), folder);
      announceRepairs(folder);
      workers.begin(folder.path(), sweep);
      Similarity similarity = new Similarity();
      Optional<Trackers> trackers = // workers track the replicates that they compute
          workers == Workers.NONE ? Optional.of(new Trackers(folder.path())) : Optional.empty();
      Outcome outcome = new Outcome();
      progress.begin(Cell.of(sweep).size());
      for (String variant : sweep.variants().keySet()) {
        try (ExperimentContext context = contexts.open(sweep, variant)) {
          Recorder recorder = new Recorder(folder, context, results, similarity, trackers);
          replicates(context, recorder, interruption, outcome, workers);
        } catch (TrialFailed e) { // the device has no room for its data
          outcome.failures.add((variant.isEmpty() ? "" : variant + ", ") + e.getMessage());
        }
      }
      if (outcome.failures.isEmpty()) {
        folder.event("end", Map.of());
      }
      results.write();
      progress.line(
          "trainings: " + outcome.trainings + ", of which remembered: " + outcome.remembered);
      progress.line("");
      progress.line(results.table(sweep.first().replicates(), screen.width()));
      summarise(folder, results, curves(sweep), similarity);
      if (!outcome.failures.isEmpty()) {
        throw new TrialFailed(String.join("\n", outcome.failures));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The counts and failures of all replicates. */
  private static final class Outcome {
    private int trainings;
    private int remembered;
    private final List<String> failures = new ArrayList<>();
  }

  /** Runs all replicates of a variant; one that fails does not end the others. */
  private void replicates(
      ExperimentContext context,
      Recorder recorder,
      Interruption interruption,
      Outcome outcome,
      Workers workers)
      throws IOException {
    Method method = context.method();
    RunContext run = context.shared(recorder.folder, progress, interruption);
    progress.plan(TrainingPlan.of(run, context.replicate(0), method), recorder.metrics);
    for (int number = 0; number < run.experiment().replicates(); number++) {
      String label = context.label(number);
      Optional<String> givenUp = workers.await(new Cell(context.variant(), number), interruption);
      if (givenUp.isPresent()) {
        outcome.failures.add(givenUp.get());
        progress.replicateEnded();
        continue;
      }
      Recorder.OfReplicate tickets = recorder.tickets(number, run);
      Replicate replicate =
          new Replicate(
              run, context.replicate(number), label, tickets, recorder.tracking(number, run));
      try {
        run(method, replicate, label, run.events());
        tickets.end();
      } catch (TrialFailed e) {
        outcome.failures.add(e.getMessage());
        if (run.experiment().onCollapse() == OnCollapse.FAIL) {
          return;
        }
      } finally {
        progress.replicateEnded();
        outcome.trainings += replicate.steps().trainings();
        outcome.remembered += replicate.steps().found();
      }
    }
  }

  private static void run(Method method, Replicate replicate, String label, EventLog events) {
    try {
      replicate.run(method);
    } catch (CollapsePolicy.Stopped e) {
      // The policy printed why; the other replicates continue.
    } catch (TrialFailed e) {
      int number = replicate.trial().seed().replicate();
      events.event("failed", Map.of("replicate", number, "why", e.getMessage()));
      throw new TrialFailed(label + e.getMessage());
    }
  }

  /** The findings that methods of the run draw over others. */
  private List<Curve> curves(Sweep sweep) {
    return Curve.of(
        sweep.variants().values().stream()
            .flatMap(one -> registry.find(Method.class, one.method().id()).stream()));
  }

  private void summarise(
      RunFolder folder, Results results, List<Curve> curves, Similarity similarity)
      throws IOException {
    Pictures pictures = new Pictures(progress::line);
    boolean pictured = results.draw(pictures, curves);
    String structures = similarity.write(folder.path(), pictures);
    if (!structures.isEmpty()) {
      progress.line(structures);
    }
    progress.line("results: " + folder.file(RunLayout.RESULTS));
    if (pictured) {
      progress.line("picture: " + folder.file(RunLayout.PICTURE));
    }
    if (!results.isEmpty()) {
      report(folder);
    }
  }

  /** Writes the report; a failure affects nothing else. */
  private void report(RunFolder folder) {
    try {
      progress.line("report: " + Report.write(folder.path(), registry));
    } catch (ConfigProblem e) {
      progress.line("no report could be written: " + e.getMessage());
    }
  }

  private void begin(Sweep sweep, Map<String, CheckedData> checked, RunFolder folder) {
    Map<String, Object> provenance = provenance(sweep, checked);
    write(sweep, provenance, folder.path());
    folder.event("begin", provenance);
  }

  /** Writes the experiment into the folder of its run, unless it is there. */
  void record(Checked<CheckedData> checked, Path folder) {
    if (Files.notExists(folder.resolve(RunLayout.EXPERIMENT))) {
      Sweep sweep = CheckedData.sweep(checked);
      write(sweep, provenance(sweep, checked.results()), folder);
    }
  }

  private void write(Sweep sweep, Map<String, Object> provenance, Path folder) {
    try {
      AtomicFile.write(folder.resolve(RunLayout.EXPERIMENT), reader.render(sweep, provenance));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> provenance(Sweep sweep, Map<String, CheckedData> checked) {
    Experiment first = sweep.first();
    Map<String, Map<String, String>> data = new LinkedHashMap<>();
    checked.forEach((variant, found) -> data.put(variant, found.digests()));
    return Provenance.of(
        registry, first.device(), first.threads(), data.containsKey("") ? data.get("") : data);
  }

  /** Names the records that an earlier start wrote and that this one must write again. */
  private void announceRepairs(RunFolder folder) {
    for (ConfigProblem.Problem problem :
        TicketFolder.read(folder.file(RunLayout.TICKETS)).problems()) {
      progress.line("espalier: " + problem.file() + " is missing or damaged; it is written again");
      folder.event("damage", Map.of("what", problem.toString()));
    }
  }

  /** Records the tickets of one variant. */
  private final class Recorder {

    private final RunFolder folder;
    private final ExperimentContext context;
    private final Results results;
    private final Similarity similarity;
    private final Metrics metrics;
    private final Optional<Trackers> trackers;

    Recorder(
        RunFolder folder,
        ExperimentContext context,
        Results results,
        Similarity similarity,
        Optional<Trackers> trackers) {
      this.trackers = trackers;
      this.folder = folder;
      this.context = context;
      this.results = results;
      this.similarity = similarity;
      metrics = CheckedData.metrics(context.data(), registry);
    }

    OfReplicate tickets(int replicate, RunContext run) {
      return new OfReplicate(replicate, run);
    }

    ReplicateTracking tracking(int replicate, RunContext run) {
      return trackers
          .map(all -> all.begin(run, metrics, context.variant(), replicate))
          .orElseGet(ReplicateTracking::none);
    }

    /** Records the tickets of one replicate. */
    private final class OfReplicate implements Replicate.Tickets {

      private final int replicate;
      private final RunContext run;
      private TicketRecorder files;

      OfReplicate(int replicate, RunContext run) {
        this.replicate = replicate;
        this.run = run;
      }

      @Override
      public void begin(Ledger ledger) {
        files =
            new TicketRecorder(
                folder, context.data(), run.experiment().keepWeights(), run.store(), ledger);
      }

      @Override
      public void take(Network network, Ticket ticket, Account account, boolean isControl) {
        PublishedTicket published =
            new PublishedTicket(
                context.variant(),
                replicate,
                context.network(),
                network,
                metrics,
                ticket,
                account,
                isControl);
        record(published, context.label(replicate), files);
        similarity.add(context.variant(), replicate, context.network(), network, ticket);
      }

      void end() {
        try {
          files.end();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    private void record(PublishedTicket published, String label, TicketRecorder files) {
      Ticket ticket = published.ticket();
      Map<String, Object> event = new LinkedHashMap<>();
      event.put("replicate", published.replicate());
      event.put("round", ticket.round());
      event.put("branch", ticket.branch());
      event.put("density", published.density());
      event.put("findings", ticket.findings());
      folder.of(published.variant()).event("ticket", event);
      progress.found(label, ticket);
      try {
        files.write(published);
        results.add(published.row()); // after its record, so that every row has one
        results.writeIfDue();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static RunFolder open(Path path) {
    try {
      AtomicFile.check(path.resolve(RunLayout.TICKETS)); // before the first training
      return new RunFolder(path);
    } catch (NotWritten e) {
      throw ContextLoader.unwritable(path, e);
    }
  }
}
