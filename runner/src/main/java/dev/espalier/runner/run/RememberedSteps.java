// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Gradients;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.PassListener;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.KeepWeights;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.UsedRows;
import dev.espalier.runner.run.StepCosts.PassCounter;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** The steps of one replicate. A step is found in the store, or computed and saved there. */
final class RememberedSteps implements Trial.Steps {

  /** A network under a mask, which a ticket shares with its control. */
  private record Masked(Network network, Mask mask) {}

  /** The time at which a step was finished, or at which it failed. */
  static final String FINISHED = "finished";

  private final RunContext run;
  private final String label;
  private final Ledger ledger;
  private final ReplicateTracking tracking;
  private final StepKeys keys;
  private final StepWords words;
  private final Map<Masked, Analysis> analyses = new HashMap<>();
  private int trainings;
  private int found;

  /**
   * Creates the steps of one replicate.
   *
   * @param label the replicate's name on screen
   * @param ledger records each step
   */
  RememberedSteps(RunContext run, String label, Ledger ledger) {
    this(run, label, ledger, ReplicateTracking.none());
  }

  /**
   * Creates the steps of one replicate, whose trainings are tracked.
   *
   * @param label the replicate's name on screen
   * @param ledger records each step
   * @param tracking reports each training
   */
  RememberedSteps(RunContext run, String label, Ledger ledger, ReplicateTracking tracking) {
    this.run = run;
    this.label = label;
    this.ledger = ledger;
    this.tracking = tracking;
    Model model = run.experiment().model().architecture(); // starting weights are in states
    keys = new StepKeys(run.engine().environment(), model, run.data());
    words = new StepWords(run.binder(), run.data().train().size());
  }

  /** The number of trainings so far. */
  int trainings() {
    return trainings;
  }

  /** The number of trainings that were found in the store. */
  int found() {
    return found;
  }

  /** Whether the result of a training is in the store. */
  boolean isStored(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    return run.store().has(keys.training(context, start, parametrization, plan, monitor));
  }

  @Override
  public Trained train(
      Trial.Context context,
      Trained start,
      Parametrization parametrization,
      Plan plan,
      EpochMonitor monitor) {
    Codec.check(monitor);
    TrainingEngine engine = run.engine().withNetwork(context.network());
    CheckpointedTraining.Body body =
        new CheckpointedTraining.Body(engine, context.order(), parametrization, monitor);
    Mask alive =
        PluginFailed.nonNull(
            "parametrization", parametrization, "alive", parametrization.alive(context.network()));
    Set<Digest> inputs = inputs(context, start.state().origin(), alive.origin());
    if (plan.isEmpty()) { // evaluation is faster than a look-up
      return body.train(start, plan, CheckpointedTraining.NONE).derivedFrom(inputs);
    }
    trainings++;
    Progress.Place place = run.progress().place(label, trainings, plan.until() - plan.from());
    ReplicateTracking.OfTraining tracked =
        tracking.training(trainings, place.words(), alive.density(), plan);
    StepCosts costs = new StepCosts(context.network(), alive);
    Digest key = keys.training(context, start, parametrization, plan, monitor);
    Safetensors step =
        remember(
            context,
            StepRecord.TRAIN,
            key,
            () -> {
              try (CheckpointedTraining training =
                  new CheckpointedTraining(run, key, body, start, plan, place)) {
                return compute(training, tracked, costs, plan);
              }
            });
    Map<String, String> settings = words.training(context, parametrization, plan, alive);
    ledger.add(record(key, StepRecord.TRAIN, settings, inputs, step), end(step));
    Trained trained = Codec.trained(step, body.memoryType());
    tracked.end(trained, new Ledger.Timing(end(step), Spent.of(step.metadata()).seconds()));
    note(trained.state(), key);
    return trained.derivedFrom(Set.of(key));
  }

  private Safetensors compute(
      CheckpointedTraining training,
      ReplicateTracking.OfTraining tracked,
      StepCosts costs,
      Plan plan) {
    Trained trained = training.train(tracked);
    Spent spent = costs.training(run.data(), plan, trained, training.seconds());
    return Codec.encode(trained, metadata(StepRecord.TRAIN, spent));
  }

  @Override
  public Mask prune(Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    Set<Digest> inputs =
        inputs(
            context, weights.start().origin(), weights.state().origin(), weights.alive().origin());
    Digest key = keys.pruning(context, pruning, from, to, weights);
    Safetensors step =
        remember(
            context, StepRecord.PRUNE, key, () -> compute(context, pruning, from, to, weights));
    Mask mask = Codec.mask(step, weights.alive().layers());
    Map<String, String> settings = words.pruning(context, pruning, to, mask);
    ledger.add(record(key, StepRecord.PRUNE, settings, inputs, step), end(step));
    return mask.derivedFrom(Set.of(key));
  }

  private Safetensors compute(
      Trial.Context context, Pruning pruning, int from, int to, Weights weights) {
    long begin = System.nanoTime();
    PassCounter passes = new PassCounter();
    Scores scores = scores(context, pruning, to, weights, passes);
    Mask mask = pruning.prune(scores, weights.alive(), from, to);
    double seconds = (System.nanoTime() - begin) / 1e9;
    run.progress().pruned(label, to, mask.density(), seconds);
    StepCosts costs = new StepCosts(context.network(), weights.alive());
    Map<String, String> metadata = metadata(StepRecord.PRUNE, costs.scoring(passes, seconds));
    metadata.putAll(passes.rows().metadata());
    metadata.put("round", Integer.toString(to));
    return Codec.encode(mask, metadata);
  }

  /** Computes the scores at each call; the store keeps the cost of the first. */
  @Override
  public Scores score(
      Trial.Context context, Criterion criterion, Weights weights, OptionalDouble density) {
    long begin = System.nanoTime();
    PassCounter passes = new PassCounter();
    Scores scores = scoring(context, weights, density, passes).by(criterion);
    run.checkInterruption();
    double seconds = (System.nanoTime() - begin) / 1e9;
    Digest key = keys.scoring(context, criterion, weights, density);
    Safetensors step =
        remember(
            context,
            StepRecord.SCORE,
            key,
            () -> {
              Spent spent =
                  new StepCosts(context.network(), weights.alive()).scoring(passes, seconds);
              Map<String, String> metadata = metadata(StepRecord.SCORE, spent);
              metadata.putAll(passes.rows().metadata());
              return new Safetensors(Map.of(), metadata);
            });
    Set<Digest> inputs =
        inputs(
            context, weights.start().origin(), weights.state().origin(), weights.alive().origin());
    Map<String, String> settings = words.scoring(context, criterion);
    ledger.add(record(key, StepRecord.SCORE, settings, inputs, step), end(step));
    return scores.derivedFrom(Set.of(key));
  }

  /** Computes the scores of a pruning, which is a step itself. */
  Scores scores(
      Trial.Context context, Pruning pruning, int to, Weights weights, PassListener passes) {
    OptionalDouble density = OptionalDouble.of(pruning.density(weights.alive().layers(), to));
    Scores scores = scoring(context, weights, density, passes).by(pruning.criterion());
    run.checkInterruption();
    return scores;
  }

  private Scoring scoring(
      Trial.Context context, Weights weights, OptionalDouble density, PassListener passes) {
    TrainingEngine engine = run.engine().withNetwork(context.network());
    Gradients.Source source =
        (scoring, values, precision, batchNorm) ->
            engine.at(scoring, values, precision, batchNorm, passes);
    return Scoring.of(context, run.data(), weights, source).withDensity(density);
  }

  @Override
  public State statistics(Trial.Context context, State state, Plan plan) {
    Digest key = keys.statistics(context, state, plan);
    Safetensors step =
        remember(
            context, StepRecord.STATISTICS, key, () -> computeStatistics(context, state, plan));
    ledger.add(
        record(
            key,
            StepRecord.STATISTICS,
            words.statistics(context, plan),
            inputs(context, state.origin()),
            step),
        end(step));
    State found = Codec.state(step);
    note(found, key);
    return found.derivedFrom(Set.of(key));
  }

  /** Notes the step that made a state, if records of tickets refer to it. */
  private void note(State state, Digest key) {
    if (run.experiment().keepWeights() != KeepWeights.ALL) {
      ledger.addState(state, key);
    }
  }

  private Safetensors computeStatistics(Trial.Context context, State state, Plan plan) {
    long begin = System.nanoTime();
    State statistics =
        run.engine().withNetwork(context.network()).statistics(context.order(), state, plan);
    double seconds = (System.nanoTime() - begin) / 1e9;
    run.checkInterruption();
    // A mask prunes weights to 0.
    Mask alive = Mask.nonZero(context.network().layers(), state);
    StepCosts costs = new StepCosts(context.network(), alive);
    return Codec.encode(
        statistics, metadata(StepRecord.STATISTICS, costs.forward(run.data(), plan, seconds)));
  }

  @Override
  public Data data() {
    return run.data();
  }

  @Override
  public Analysis analyse(Network network, Mask mask) {
    return analyses.computeIfAbsent(
        new Masked(network, mask), of -> run.engine().withNetwork(network).analyse(mask));
  }

  /** Finds a step, or computes and saves it, and notes the source. */
  private Safetensors remember(
      Trial.Context context, String kind, Digest key, SharedSteps.Computation computation) {
    try {
      SharedSteps.Found sought = find(context, key, computation);
      Safetensors step = sought.step();
      if (sought.isStored() && kind.equals(StepRecord.TRAIN)) {
        found++;
      }
      Map<String, Object> details = new LinkedHashMap<>();
      details.put("replicate", context.seed().replicate());
      details.put("key", key.hex());
      details.put("found", sought.isStored());
      details.put("seconds", sought.isStored() ? 0 : Spent.of(step.metadata()).seconds());
      if (kind.equals(StepRecord.PRUNE)) {
        details.put("round", Integer.valueOf(step.metadata().get("round")));
        details.putAll(UsedRows.of(step.metadata()).metadata());
      }
      run.events().event(kind, details);
      return step;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SharedSteps.Found find(
      Trial.Context context, Digest key, SharedSteps.Computation computation) throws IOException {
    try {
      return run.steps().find(key, computation);
    } catch (TrialFailed e) {
      // The clean-up of the store keeps the failure as long as the run refers to it.
      int replicate = context.seed().replicate();
      run.events().event("failed-step", Map.of("replicate", replicate, "key", key.hex()));
      throw e;
    }
  }

  private static StepRecord record(
      Digest key, String kind, Map<String, String> words, Set<Digest> inputs, Safetensors step) {
    Map<String, String> metadata = step.metadata();
    Optional<UsedRows> rows =
        kind.equals(StepRecord.PRUNE) || kind.equals(StepRecord.SCORE)
            ? Optional.of(UsedRows.of(metadata))
            : Optional.empty();
    return new StepRecord(key, kind, words, inputs, Spent.of(metadata), rows);
  }

  @SafeVarargs
  private static Set<Digest> inputs(Trial.Context context, Set<Digest>... origins) {
    Set<Digest> inputs = new LinkedHashSet<>(context.origin());
    for (Set<Digest> origin : origins) {
      inputs.addAll(origin);
    }
    return inputs;
  }

  private static Map<String, String> metadata(String kind, Spent spent) {
    Map<String, String> metadata = new LinkedHashMap<>(spent.metadata());
    metadata.put("step", kind);
    metadata.put(FINISHED, Instant.now().toString());
    return metadata;
  }

  private static Instant end(Safetensors step) {
    return Instant.parse(step.metadata().get(FINISHED));
  }
}
