// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.History;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** A training that saves checkpoints, and continues from the last one. */
final class CheckpointedTraining implements TrainingListener, AutoCloseable {

  /** The engine's part of the training. */
  record Body(
      TrainingEngine engine, Seed seed, Parametrization parametrization, EpochMonitor monitor) {

    /** The type of the memory: the masks of a mask that moves, or that of the monitor. */
    Class<? extends Record> memoryType() {
      return parametrization.moving().isPresent() ? MaskHistory.class : monitor.memoryType();
    }

    Trained train(Trained start, Plan stretch, TrainingListener listener) {
      return engine.train(seed, start, parametrization, stretch, monitor, listener);
    }
  }

  private static final Duration INTERVAL = Duration.ofSeconds(20);

  /** The ratio of the time of training to that of saving: slot machines save a lot. */
  private static final int SHARE = 20;

  private static final String SECONDS = "seconds";

  private final RunContext run;
  private final Digest key;
  private final Body body;
  private final Trained start;
  private final double before;
  private final Plan rest;
  private final Progress.TrainingProgress progress;
  private final long begin = System.nanoTime();
  private long next = begin + INTERVAL.toNanos();
  private ReplicateTracking.OfTraining tracked;

  /**
   * Creates a training that starts at its last checkpoint.
   *
   * @param key the step
   * @param body the engine's part
   * @param first the start of the step without a checkpoint
   * @param stretch the whole stretch of the step
   * @param place its place in the run, for the screen
   */
  CheckpointedTraining(
      RunContext run, Digest key, Body body, Trained first, Plan stretch, Progress.Place place)
      throws IOException {
    this.run = run;
    this.key = key;
    this.body = body;
    Optional<Safetensors> checkpoint = run.store().findCheckpoint(key);
    start = checkpoint.map(kept -> Codec.trained(kept, body.memoryType())).orElse(first);
    before = checkpoint.map(found -> Double.valueOf(found.metadata().get(SECONDS))).orElse(0.0);
    rest = stretch.from(start.iteration());
    progress = run.progress().training(place, stretch.from(), rest);
  }

  Trained train(ReplicateTracking.OfTraining tracking) {
    tracked = tracking;
    tracked.begin();
    Trained trained = body.train(start, rest, this);
    progress.done(trained.iteration());
    return trained;
  }

  /** The time of this training, including the time before an interruption. */
  double seconds() {
    return before + (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public boolean step(long iteration) {
    progress.at(iteration);
    return run.interruption().asked() || System.nanoTime() - next > 0;
  }

  @Override
  public void checkpoint(Trained sofar) {
    long now = System.nanoTime();
    // Noted first: the clean-up of the store recognises a checkpoint by it.
    run.events()
        .event("checkpoint", Map.of("replicate", body.seed().replicate(), "key", key.hex()));
    try {
      Map<String, String> metadata = Map.of(SECONDS, Double.toString(seconds()));
      run.store().saveCheckpoint(key, Codec.encode(sofar, metadata));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tracked.checkpoint(sofar);
    long end = System.nanoTime();
    next = end + Math.max(INTERVAL.toNanos(), SHARE * (end - now));
    run.checkInterruption();
  }

  @Override
  public void measured(History.Point point) {
    progress.measured(point);
    tracked.measured(point);
  }

  @Override
  public void close() {
    progress.close();
  }
}
