// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.DecoratedSteps;
import dev.espalier.api.Pruning;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.engine.PassListener;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Computes the scores that made the masks of a run: its methods run again on the store, without
 * training. Scores are not stored, see {@link RememberedSteps}.
 */
public final class RecordedScores {

  /** F64, the scores of a layer. */
  private static final String SCORES = "scores/";

  /** U8, 1 where a weight was alive before the pruning. */
  private static final String ALIVE = "alive/";

  private final ExperimentReader reader;
  private final ContextLoader contexts;
  private final Path run;
  private final Path folder;
  private final Progress progress;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * Creates a computation.
   *
   * @param registry all plugins
   * @param run the folder of the run
   * @param folder receives a file for each ticket whose mask a criterion made
   * @param screen receives progress
   * @throws ConfigProblem if the run has no experiment, or its store cannot be used
   */
  public RecordedScores(Registry registry, Path run, Path folder, Screen screen) {
    this.run = run.toAbsolutePath();
    this.folder = folder;
    reader = new ExperimentReader(registry);
    if (!Files.isRegularFile(run.resolve(RunLayout.EXPERIMENT))) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--scores",
                  "a ticket without its run, as " + run + " has no " + RunLayout.EXPERIMENT,
                  "a ticket in the folder of its run",
                  "Export the ticket of the run")));
    }
    contexts = new ContextLoader(registry, this.run.getParent().getParent());
    progress = new Progress(screen);
  }

  /**
   * Writes the scores of tickets. A mask that no criterion made has no file.
   *
   * @param tickets tickets of the run
   * @param interruption requests an early end
   * @throws ConfigProblem naming the tickets whose scores need a training that is not in the store,
   *     or whose mask is another one now
   */
  public void write(List<StoredTicketResult> tickets, Interruption interruption) {
    Map<String, Map<Integer, List<StoredTicketResult>>> places = new TreeMap<>();
    for (StoredTicketResult ticket : tickets) {
      TicketResult row = ticket.row();
      places
          .computeIfAbsent(row.variant(), variant -> new TreeMap<>())
          .computeIfAbsent(row.replicate(), replicate -> new ArrayList<>())
          .add(ticket);
    }
    places.forEach((variant, replicates) -> write(variant, replicates, interruption));
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
  }

  private void write(
      String variant,
      Map<Integer, List<StoredTicketResult>> replicates,
      Interruption interruption) {
    Optional<String> only = variant.isEmpty() ? Optional.empty() : Optional.of(variant);
    Draft draft = reader.draft(run.resolve(RunLayout.EXPERIMENT).toString(), List.of(), only);
    Checked<?> checked = contexts.check(draft, true);
    checked.log();
    try (ExperimentContext context = contexts.open(checked.sweep(), "")) {
      RunContext shared = context.shared(EventLog.NONE, progress, interruption);
      replicates.forEach(
          (replicate, tickets) -> {
            RememberedSteps steps =
                new RememberedSteps(shared, context.label(replicate), new Ledger());
            Replay replay = new Replay(shared, steps, tickets);
            boolean isComplete =
                UntrainedSteps.run(
                    shared,
                    context.replicate(replicate),
                    replay,
                    replay.steps::isStored,
                    context.method(),
                    replay::check);
            if (!isComplete) {
              replay.refuseMissing();
            }
          });
    }
  }

  private TicketFiles files(StoredTicketResult ticket) {
    return new TicketFiles(folder.resolve(ticket.name()));
  }

  /** The steps of a run, which note the scores of each mask that is one of a ticket. */
  private final class Replay extends DecoratedSteps {

    private final RememberedSteps steps;
    private final StepWords words;
    private final List<StoredTicketResult> tickets;

    Replay(RunContext run, RememberedSteps steps, List<StoredTicketResult> tickets) {
      super(steps);
      this.steps = steps;
      words = new StepWords(run.binder(), run.data().train().size());
      this.tickets = tickets;
    }

    @Override
    public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
      Mask mask = steps.prune(context, pruning, from, to, weights);
      List<StoredTicketResult> wanted =
          tickets.stream()
              .filter(ticket -> has(ticket, mask) && !Files.exists(files(ticket).scores()))
              .toList();
      if (!wanted.isEmpty()) {
        Scores scores = steps.scores(context, pruning, to, weights, PassListener.UNHEARD);
        if (pruning.prune(scores, weights.alive(), from, to).equals(mask)) {
          Map<String, String> metadata = words.pruning(context, pruning, to, mask);
          wanted.forEach(ticket -> save(ticket, scores, weights.alive(), metadata));
        } else {
          wanted.forEach(this::refuseOther);
        }
      }
      return mask;
    }

    private void save(
        StoredTicketResult ticket, Scores scores, Mask alive, Map<String, String> words) {
      Map<String, String> metadata = new LinkedHashMap<>(Map.of("ticket", ticket.name()));
      metadata.putAll(words);
      Map<String, Array> arrays = new LinkedHashMap<>();
      for (Layer layer : scores.layers()) {
        arrays.put(SCORES + layer.name(), Array.of(layer.shape(), scores.of(layer)));
        arrays.put(ALIVE + layer.name(), Array.of(alive, layer));
      }
      try {
        AtomicFile.write(files(ticket).scores(), new Safetensors(arrays, metadata)::write);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Refuses a ticket that has another mask in this replay. */
    void check(Ticket published) {
      tickets.stream()
          .filter(ticket -> ticket.row().round() == published.round())
          .filter(ticket -> ticket.row().branch().equals(published.branch()))
          .filter(ticket -> !has(ticket, published.mask()))
          .forEach(this::refuseOther);
    }

    private static boolean has(StoredTicketResult ticket, Mask mask) {
      return ticket.row().mask().equals(mask.digest().prefix(TicketResult.MASK_DIGITS));
    }

    private void refuseOther(StoredTicketResult ticket) {
      refuse(
          ticket,
          "another mask than the recorded one",
          "the same version, plugins, data and device as in its run",
          "Run its experiment again");
    }

    /** Refuses the tickets whose masks depend on a training that is not in the store. */
    void refuseMissing() {
      tickets.stream()
          .filter(ticket -> ticket.row().account().finding().stream().anyMatch(StepRecord::isPrune))
          .filter(ticket -> !Files.exists(files(ticket).scores()))
          .forEach(
              ticket ->
                  refuse(
                      ticket,
                      "a training behind its mask that is not in "
                          + run.getParent().resolveSibling(RunLayout.STORE),
                      "the store of its run",
                      "Run its experiment again"));
    }

    private void refuse(StoredTicketResult ticket, String found, String allowed, String remedy) {
      problems.add(
          new Problem(
              ticket.file().toString(),
              -1,
              new Refusal("--scores", found, allowed, remedy).toString()));
    }
  }
}
