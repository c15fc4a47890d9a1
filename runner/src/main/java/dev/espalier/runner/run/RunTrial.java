// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Gradients;
import dev.espalier.api.History;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scoring;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.PassListener;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.OnCollapse;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.AnalysisTable;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A trial that remembers. A step's key is the digest of all that it depends on and nothing else; a
 * step with a known key is found instead of done, and a long one takes checkpoints.
 */
final class RunTrial implements Trial {

  /** A replicate is to end with the tickets it has. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** How often a training that goes on keeps how far it has come. */
  private static final Duration CHECKPOINT_EVERY = Duration.ofSeconds(20);

  /** How many times longer than the saving it must take: slot machines save a lot. */
  private static final int CHECKPOINT_SHARE = 20;

  /** The key of the training examples that a criterion looked at. */
  private static final String EXAMPLES = "examples";

  private final RunContext run;
  private final Seed seed;
  private final Tickets tickets;
  private final String label;
  private final ReplicateLedger asked;

  /** The steps that the widths of the network were found by. */
  private final Set<Digest> widths;

  private String collapse = "";

  /** Takes what a trial publishes. */
  @FunctionalInterface
  interface Tickets {
    /** Takes a ticket or control, with the network that it is of and what it cost. */
    void take(Network network, Ticket ticket, Account account);
  }

  /** What all trials of one replicate, those of other networks among them, have asked for. */
  private static final class ReplicateLedger {
    private int trainings;
    private int remembered;
    private final Ledger ledger = new Ledger();
  }

  /**
   * A trial of one replicate.
   *
   * @param run what all replicates share
   * @param seed this replicate's seed
   * @param label what to call it on screen
   * @param tickets takes every ticket and control
   */
  RunTrial(RunContext run, Seed seed, String label, Tickets tickets) {
    this(run, seed, label, tickets, new ReplicateLedger(), Set.of());
  }

  private RunTrial(
      RunContext run,
      Seed seed,
      String label,
      Tickets tickets,
      ReplicateLedger asked,
      Set<Digest> widths) {
    this.run = run;
    this.seed = seed;
    this.label = label;
    this.tickets = tickets;
    this.asked = asked;
    this.widths = widths;
  }

  /**
   * What the trials of all replicates share.
   *
   * @param experiment the experiment they are of
   * @param model settings and code of the model
   */
  record RunContext(
      Experiment experiment,
      Network network,
      Digest model,
      Data data,
      Plan plan,
      TrainingEngine engine,
      Store store,
      EventLog events,
      Progress progress,
      Interruption interruption) {

    RunContext on(Network other) {
      return new RunContext(
          experiment,
          other,
          model,
          data,
          plan,
          engine.on(other),
          store,
          events,
          progress,
          interruption);
    }
  }

  /** How many trainings were asked for. */
  int trainings() {
    return asked.trainings;
  }

  /** How many of them were found instead of done. */
  int remembered() {
    return asked.remembered;
  }

  @Override
  public Network network() {
    return run.network();
  }

  @Override
  public Plan plan() {
    return run.plan();
  }

  @Override
  public Seed seed() {
    return seed;
  }

  @Override
  public RunTrial on(Network network, State... found) {
    Set<Digest> steps = new LinkedHashSet<>(widths);
    Arrays.stream(found).map(State::origin).forEach(steps::addAll);
    return new RunTrial(run.on(network), seed, label, tickets, asked, steps);
  }

  @Override
  public RunTrial seeded(Seed other) {
    return new RunTrial(run, other, label, tickets, asked, widths);
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan stretch, EpochMonitor observer) {
    Mask alive = parametrization.alive(network());
    Set<Digest> inputs = inputs(from.state().origin(), alive.origin());
    if (stretch.isEmpty()) { // a measurement, done faster than found
      return from(
          inputs,
          run.engine()
              .train(seed, from, parametrization, stretch, observer, TrainingListener.NONE));
    }
    asked.trainings++;
    Digest key =
        Digest.of(
            "train",
            Codec.VERSION,
            run.engine().environment(),
            run.network(),
            run.model(),
            Digest.ofCode(stretch.training().optimizer().getClass()),
            Digest.ofCode(stretch.training().learningRateSchedule().getClass()),
            run.data().digest(),
            seed,
            from,
            parametrization,
            Digest.ofCode(parametrization.getClass()),
            observer,
            Digest.ofCode(observer.getClass()),
            stretch);
    try {
      Optional<Safetensors> found = run.store().find(key);
      if (found.isPresent()) {
        event("train", key, true, 0);
        asked.remembered++;
        Trained trained = Codec.trained(found.get(), observer);
        Spent spent = Spent.of(found.get().metadata());
        return made(key, how(parametrization, stretch, alive), inputs, spent, trained);
      }
      Optional<Safetensors> checkpoint = run.store().findCheckpoint(key);
      Trained sofar = checkpoint.map(kept -> Codec.trained(kept, observer)).orElse(from);
      Clock clock = new Clock(checkpoint);
      String name = label + "training " + asked.trainings;
      try (Progress.TrainingProgress step =
          run.progress().training(name, sofar.iteration(), stretch.until())) {
        Trained trained =
            run.engine()
                .train(
                    seed,
                    sofar,
                    parametrization,
                    stretch.from(sofar.iteration()),
                    observer,
                    new CheckpointWatcher(key, step, clock));
        Spent spent = spent(stretch, trained.iteration(), alive, clock.seconds());
        run.store().save(key, Codec.encode(trained, provenance("train", spent)));
        event("train", key, false, spent.seconds());
        step.done(trained.iteration());
        return made(key, how(parametrization, stretch, alive), inputs, spent, trained);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How long a step has been worked at, before an interruption too. */
  private static final class Clock {

    private static final String SECONDS = "seconds";

    private final double before;
    private final Instant start = Instant.now();

    Clock(Optional<Safetensors> checkpoint) {
      before = checkpoint.map(found -> Double.valueOf(found.metadata().get(SECONDS))).orElse(0.0);
    }

    double seconds() {
      return before + Duration.between(start, Instant.now()).toMillis() / 1e3;
    }

    Map<String, String> metadata() {
      return Map.of(SECONDS, Double.toString(seconds()));
    }
  }

  /** What a training cost that ended at an iteration. */
  private Spent spent(Plan stretch, long end, Mask alive, double seconds) {
    long shown = shown(stretch, end) - shown(stretch, stretch.from());
    return spent(shown, Spent.passes(1) * shown, alive, seconds);
  }

  /**
   * What a step cost.
   *
   * @param passes how many forward passes of one example it comes to
   */
  private Spent spent(long examples, long passes, Mask alive, double seconds) {
    return new Spent(
        examples,
        passes * Cost.of(network()).macs(),
        passes * Cost.macs(network(), alive),
        seconds);
  }

  /** How many examples the iterations before one show; the last batch of an epoch may be small. */
  private long shown(Plan plan, long iteration) {
    long all = run.data().train().size();
    long inEpoch = iteration % plan.perEpoch() * plan.training().batchSize();
    return iteration / plan.perEpoch() * all + Math.min(inEpoch, all);
  }

  private Map<String, String> how(Parametrization parametrization, Plan stretch, Mask alive) {
    Map<String, String> how = new LinkedHashMap<>();
    how.put("network", network().name());
    how.put("seed", seed.toString());
    how.put("parametrization", parametrization.getClass().getSimpleName());
    how.put("density", AnalysisTable.percent(alive.density()) + " %");
    how.put("iterations", stretch.from() + " to " + stretch.until() + " of " + stretch.total());
    how.put("batch-size", Integer.toString(stretch.training().batchSize()));
    how.put("optimizer", stretch.training().optimizer().toString());
    how.put("learning-rate-schedule", stretch.training().learningRateSchedule().toString());
    return how;
  }

  private Trained made(
      Digest key, Map<String, String> how, Set<Digest> inputs, Spent spent, Trained trained) {
    asked.ledger.add(new StepRecord(key, "train", how, inputs, spent));
    return from(Set.of(key), trained);
  }

  private static Trained from(Set<Digest> steps, Trained trained) {
    return new Trained(
        trained.iteration(),
        trained.state().derivedFrom(steps),
        trained.variables().derivedFrom(steps),
        trained.optimizer(),
        trained.running(),
        trained.history(),
        trained.memory());
  }

  /** What a step takes that begins with these, on this network. */
  private Set<Digest> inputs(Set<Digest> some, Set<Digest> others) {
    Set<Digest> inputs = new LinkedHashSet<>(widths);
    inputs.addAll(some);
    inputs.addAll(others);
    return inputs;
  }

  /** Keeps how far a training has come, now and then and when it is interrupted. */
  private final class CheckpointWatcher implements TrainingListener {

    private final Digest key;
    private final Progress.TrainingProgress step;
    private final Clock clock;
    private long next = System.nanoTime() + CHECKPOINT_EVERY.toNanos();

    CheckpointWatcher(Digest key, Progress.TrainingProgress step, Clock clock) {
      this.key = key;
      this.step = step;
      this.clock = clock;
    }

    @Override
    public boolean step(long iteration) {
      step.at(iteration);
      return run.interruption().asked() || System.nanoTime() - next > 0;
    }

    @Override
    public void checkpoint(Trained sofar) {
      long begin = System.nanoTime();
      // Noted first: whoever cleans the store up knows a checkpoint by it.
      run.events().event("checkpoint", Map.of("replicate", seed.replicate(), "key", key.hex()));
      try {
        run.store().saveCheckpoint(key, Codec.encode(sofar, clock.metadata()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      long end = System.nanoTime();
      next = end + Math.max(CHECKPOINT_EVERY.toNanos(), CHECKPOINT_SHARE * (end - begin));
      if (run.interruption().asked()) {
        throw new Interruption.Interrupted();
      }
    }

    @Override
    public void measured(History.Point point) {
      step.measured(point);
    }
  }

  @Override
  public Mask prune(Pruning how, int from, int round, State start, State state, Mask alive) {
    Digest key =
        Digest.of(
            "prune",
            Codec.VERSION,
            run.engine().environment(),
            run.network(),
            run.model(),
            run.data().train(),
            run.data().normalisation().mean(),
            run.data().normalisation().std(),
            run.data().input().toString(),
            run.data().classes(),
            seed,
            how,
            Digest.ofCode(how.criterion().getClass()),
            Digest.ofCode(how.schedule().getClass()),
            from,
            round,
            start,
            state,
            alive);
    Set<Digest> inputs = inputs(start.origin(), state.origin());
    inputs.addAll(alive.origin());
    try {
      Optional<Safetensors> found = run.store().find(key);
      if (found.isPresent()) {
        Map<String, String> metadata = found.get().metadata();
        event("prune", key, true, 0, pruning(round, metadata.get(EXAMPLES)));
        Mask mask = Codec.mask(found.get(), alive.layers());
        return made(key, how(how, round, mask), inputs, Spent.of(metadata), mask);
      }
      Clock clock = new Clock(Optional.empty());
      PassCounter heard = new PassCounter();
      Mask mask =
          score(how.criterion(), start, state, alive, heard)
              .keep(alive, from, how.schedule(), round, how.scope(), how.ties());
      Spent spent = spent(heard.examples, heard.inForwardPasses, alive, clock.seconds());
      Map<String, String> provenance = new LinkedHashMap<>(provenance("prune", spent));
      provenance.put(EXAMPLES, String.join("; ", heard.passes));
      run.store().save(key, Codec.encode(mask, provenance));
      event("prune", key, false, spent.seconds(), pruning(round, provenance.get(EXAMPLES)));
      run.progress().pruned(label, round, mask.density(), spent.seconds());
      return made(key, how(how, round, mask), inputs, spent, mask);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, String> how(Pruning pruning, int round, Mask mask) {
    Map<String, String> how = new LinkedHashMap<>();
    how.put("network", network().name());
    how.put("seed", seed.toString());
    how.put("criterion", pruning.criterion().toString());
    how.put("schedule", pruning.schedule().toString());
    how.put("scope", Names.word(pruning.scope()));
    how.put("ties", Names.word(pruning.ties()));
    how.put("round", Integer.toString(round));
    how.put("density", AnalysisTable.percent(mask.density()) + " %");
    return how;
  }

  private Mask made(
      Digest key, Map<String, String> how, Set<Digest> inputs, Spent spent, Mask mask) {
    asked.ledger.add(new StepRecord(key, "prune", how, inputs, spent));
    return mask.derivedFrom(Set.of(key));
  }

  /** What a criterion looked at. */
  private static final class PassCounter implements PassListener {

    /**
     * The training examples of each pass, as text, each set once: with them the scores can be
     * checked by other codes.
     */
    private final Set<String> passes = new LinkedHashSet<>();

    private long examples;
    private long inForwardPasses;

    @Override
    public void looked(int... rows) {
      examples += rows.length;
      passes.add(Arrays.stream(rows).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }

    @Override
    public void passed(long batch, int derivatives) {
      inForwardPasses += batch * Spent.passes(derivatives);
    }
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    return score(criterion, start, state, mask, PassListener.UNHEARD);
  }

  private Scores score(
      Criterion criterion, State start, State state, Mask mask, PassListener passes) {
    Gradients.Source source =
        (scoring, weights, precision, batchNorm) ->
            run.engine().at(scoring, weights, precision, batchNorm, passes);
    Scores scores =
        criterion.score(
            Scoring.of(
                run.network(),
                run.data(),
                seed,
                new Scoring.Candidates(start, state, mask),
                source));
    if (run.interruption().asked()) {
      throw new Interruption.Interrupted();
    }
    return scores;
  }

  private static Map<String, Object> pruning(int round, String examples) {
    return Map.of("round", round, "examples", examples);
  }

  @Override
  public Analysis analyse(Mask mask) {
    Analysis analysis = inspect(mask);
    if (analysis.isCollapsed()) {
      collapsed(analysis);
    }
    return analysis;
  }

  @Override
  public Analysis inspect(Mask mask) {
    return run.engine().analyse(mask);
  }

  private void collapsed(Analysis analysis) {
    List<String> empty = analysis.empty().stream().map(Layer::name).toList();
    String what =
        "layer collapse: at density "
            + AnalysisTable.percent(analysis.density())
            + " % no weight is left in "
            + String.join(", ", empty);
    if (what.equals(collapse)) {
      return; // a ticket's controls collapse with it
    }
    collapse = what;
    OnCollapse then = run.experiment().onCollapse();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("replicate", seed.replicate());
    details.put("density", analysis.density());
    details.put("empty-layers", empty);
    details.put("on-collapse", Names.word(then));
    run.events().event("collapse", details);
    switch (then) {
      case WARN -> run.progress().line("espalier: " + label + what);
      case FAIL ->
          throw new TrialFailed(
              what
                  + ". Keep more weights, choose another criterion, or set on-collapse to warn or"
                  + " stop");
      case STOP -> {
        run.progress().line("espalier: " + label + what + "; the replicate stops here");
        throw new Stopped();
      }
    }
  }

  @Override
  public void publish(Ticket ticket) {
    take(ticket);
    if (ticket.branch().equals(Ticket.TICKET) && !ticket.mask().isDense()) {
      run.experiment().controls().forEach(control -> take(ticket.control(control, this)));
    }
    if (run.interruption().asked()) {
      throw new Interruption.Interrupted();
    }
  }

  private void take(Ticket ticket) {
    tickets.take(network(), ticket, asked.ledger.account(ticket, widths));
  }

  private static Map<String, String> provenance(String kind, Spent spent) {
    Map<String, String> provenance = new LinkedHashMap<>(spent.metadata());
    provenance.put("step", kind);
    provenance.put("finished", Instant.now().toString());
    return provenance;
  }

  private void event(String kind, Digest key, boolean found, double seconds) {
    event(kind, key, found, seconds, Map.of());
  }

  private void event(
      String kind, Digest key, boolean found, double seconds, Map<String, Object> more) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("replicate", seed.replicate());
    details.put("key", key.hex());
    details.put("found", found);
    details.put("seconds", seconds);
    details.putAll(more);
    run.events().event(kind, details);
  }
}
