// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Analysis;
import dev.espalier.api.Criterion;
import dev.espalier.api.Data;
import dev.espalier.api.Digest;
import dev.espalier.api.Gradients;
import dev.espalier.api.History;
import dev.espalier.api.Layer;
import dev.espalier.api.Mask;
import dev.espalier.api.Network;
import dev.espalier.api.Observer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scores;
import dev.espalier.api.Scoring;
import dev.espalier.api.Seed;
import dev.espalier.api.Settings;
import dev.espalier.api.State;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.TrialFailed;
import dev.espalier.api.train.TrainingEngine;
import dev.espalier.api.train.Watcher;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.OnCollapse;
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
import java.util.function.BiConsumer;
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

  private final Shared run;
  private final Seed seed;
  private final BiConsumer<Network, Ticket> tickets;
  private final String label;
  private final Counts counts;
  private String collapse = "";

  /** What all trials of one replicate, those of other networks among them, have asked for. */
  private static final class Counts {
    private int trainings;
    private int remembered;
  }

  /**
   * A trial of one replicate.
   *
   * @param run what all replicates share
   * @param seed this replicate's seed
   * @param label what to call it on screen
   * @param tickets takes every ticket and control, with the network that it is of
   */
  RunTrial(Shared run, Seed seed, String label, BiConsumer<Network, Ticket> tickets) {
    this(run, seed, label, tickets, new Counts());
  }

  private RunTrial(
      Shared run, Seed seed, String label, BiConsumer<Network, Ticket> tickets, Counts counts) {
    this.run = run;
    this.seed = seed;
    this.label = label;
    this.tickets = tickets;
    this.counts = counts;
  }

  /**
   * What the trials of all replicates share.
   *
   * @param experiment the experiment they are of
   * @param model settings and code of the model
   */
  record Shared(
      Experiment experiment,
      Network network,
      Digest model,
      Data data,
      Plan plan,
      TrainingEngine engine,
      Store store,
      Events events,
      Progress progress,
      Interruption interruption) {

    Shared on(Network other) {
      return new Shared(
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
    return counts.trainings;
  }

  /** How many of them were found instead of done. */
  int remembered() {
    return counts.remembered;
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
  public RunTrial on(Network network) {
    return new RunTrial(run.on(network), seed, label, tickets, counts);
  }

  @Override
  public RunTrial seeded(Seed other) {
    return new RunTrial(run, other, label, tickets, counts);
  }

  @Override
  public Trained train(
      Trained from, Parametrization parametrization, Plan stretch, Observer observer) {
    if (stretch.isEmpty()) { // a measurement, done faster than found
      return run.engine().train(seed, from, parametrization, stretch, Watcher.NONE);
    }
    counts.trainings++;
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
        counts.remembered++;
        return Codec.trained(found.get());
      }
      Trained sofar = run.store().findCheckpoint(key).map(Codec::trained).orElse(from);
      Instant start = Instant.now();
      String name = label + "training " + counts.trainings;
      try (Progress.Step step = run.progress().training(name, sofar.iteration(), stretch.until())) {
        Trained trained =
            run.engine()
                .train(
                    seed,
                    sofar,
                    parametrization,
                    stretch.from(sofar.iteration()),
                    observer,
                    new CheckpointWatcher(key, step));
        double seconds = Duration.between(start, Instant.now()).toMillis() / 1e3;
        run.store().save(key, Codec.encode(trained, provenance("train", seconds)));
        event("train", key, false, seconds);
        step.done(trained.iteration());
        return trained;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keeps how far a training has come, now and then and when it is interrupted. */
  private final class CheckpointWatcher implements Watcher {

    private final Digest key;
    private final Progress.Step step;
    private long next = System.nanoTime() + CHECKPOINT_EVERY.toNanos();

    CheckpointWatcher(Digest key, Progress.Step step) {
      this.key = key;
      this.step = step;
    }

    @Override
    public boolean step(long iteration) {
      step.at(iteration);
      return run.interruption().asked() || System.nanoTime() - next > 0;
    }

    @Override
    public void checkpoint(Trained sofar) {
      long begin = System.nanoTime();
      try {
        run.store().saveCheckpoint(key, Codec.encode(sofar, Map.of()));
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
    try {
      Optional<Safetensors> found = run.store().find(key);
      if (found.isPresent()) {
        event("prune", key, true, 0, pruning(round, found.get().metadata().get(EXAMPLES)));
        return Codec.mask(found.get(), alive.layers());
      }
      Instant began = Instant.now();
      Set<String> passes = new LinkedHashSet<>();
      Mask mask =
          score(how.criterion(), start, state, alive, passes)
              .keep(alive, from, how.schedule(), round, how.scope(), how.ties());
      double seconds = Duration.between(began, Instant.now()).toMillis() / 1e3;
      Map<String, String> provenance = new LinkedHashMap<>(provenance("prune", seconds));
      provenance.put(EXAMPLES, String.join("; ", passes));
      run.store().save(key, Codec.encode(mask, provenance));
      event("prune", key, false, seconds, pruning(round, provenance.get(EXAMPLES)));
      run.progress().pruned(label, round, mask.density(), seconds);
      return mask;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Scores score(Criterion criterion, State start, State state, Mask mask) {
    return score(criterion, start, state, mask, new LinkedHashSet<>());
  }

  /**
   * Scores, and notes which training examples the criterion looked at in each pass, as text: with
   * them the scores can be checked by other codes.
   */
  private Scores score(
      Criterion criterion, State start, State state, Mask mask, Set<String> passes) {
    Gradients.Source source =
        (scoring, weights, precision, batchNorm) ->
            run.engine()
                .at(
                    scoring,
                    weights,
                    precision,
                    batchNorm,
                    rows ->
                        passes.add(
                            Arrays.stream(rows)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(" "))));
    Scores scores =
        criterion.score(Scoring.of(run.network(), run.data(), seed, start, state, mask, source));
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
    details.put("on-collapse", Settings.word(then));
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
    tickets.accept(network(), ticket);
    if (ticket.branch().equals(Ticket.TICKET) && !ticket.mask().isDense()) {
      run.experiment()
          .controls()
          .forEach(control -> tickets.accept(network(), ticket.control(control, this)));
    }
    if (run.interruption().asked()) {
      throw new Interruption.Interrupted();
    }
  }

  private static Map<String, String> provenance(String kind, double seconds) {
    return Map.of(
        "step", kind, "seconds", Double.toString(seconds), "finished", Instant.now().toString());
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
