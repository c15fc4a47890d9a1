// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import dev.espalier.api.History;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Weights;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Seed;
import java.util.OptionalDouble;

/**
 * A training whose mask moves: a chain of trainings under the mask of each stretch. A chain has the
 * bits of one training, so that a checkpoint within a stretch is enough to resume.
 */
final class MovingTraining {

  private final TrainingEngine engine;
  private final Network network;
  private final Data data;
  private final Seed seed;
  private final MovingMask rule;
  private final Plan plan;
  private final Plan timetable;

  MovingTraining(
      TrainingEngine engine, Network network, Data data, Seed seed, MovingMask rule, Plan plan) {
    this.engine = engine;
    this.network = network;
    this.data = data;
    this.seed = seed;
    this.rule = rule;
    this.plan = plan;
    timetable = plan.from(0).until(plan.total());
  }

  /** Trains from a position, which has a mask history if the training is resumed. */
  Trained train(Trained from, Mask first, TrainingListener listener) {
    if (plan.isEmpty()) {
      return engine.train(seed, from, Parametrization.masked(first), plan, listener);
    }
    Trained now = from;
    MaskHistory masks =
        from.memory(MaskHistory.class).orElseGet(() -> MaskHistory.begin(first, plan.from()));
    Mask mask = masks.mask(first.layers());
    while (now.iteration() < plan.until()) {
      long i = now.iteration();
      if (rule.isDue(i, timetable)) {
        Passes passes = new Passes();
        Mask next = move(now, mask, i, passes);
        masks = masks.with(next, i, passes.cost());
        now = now.reset(both(mask, next));
        mask = next;
      }
      long end = i + 1;
      while (end < plan.until() && !rule.isDue(end, timetable)) {
        end++;
      }
      Stretch stretch = new Stretch(listener, masks);
      Plan part = plan.from(i).until(end);
      now = engine.train(seed, now, Parametrization.masked(mask), part, stretch).withMemory(masks);
      if (stretch.isAsked && end < plan.until()) { // a stretch takes no checkpoint at its end
        listener.checkpoint(now);
      }
    }
    return now;
  }

  private Mask move(Trained now, Mask mask, long iteration, PassListener passes) {
    Scoring scoring =
        new Scoring(
            network,
            data,
            new Weights(now.state(), now.state(), mask),
            seed.stream("move", iteration),
            (inputs, weights, precision, batchNorm) ->
                engine.at(inputs, weights, precision, batchNorm, passes),
            OptionalDouble.empty());
    Mask next =
        PluginFailed.nonNull("moving mask", rule, "mask", rule.move(scoring, iteration, timetable));
    if (!next.layers().equals(mask.layers())) {
      throw new PluginFailed(
          "moving mask",
          rule,
          new Refusal("mask", "a mask of " + next.layers(), "one of " + mask.layers()));
    }
    return next;
  }

  private static Mask both(Mask a, Mask b) {
    return Mask.of(
        a.layers(),
        (layer, bits) -> {
          bits.or(a.alive(layer));
          bits.and(b.alive(layer));
          return bits;
        });
  }

  /** Counts the passes of a move. */
  private static final class Passes implements PassListener {

    private long examples;
    private long sparse;
    private long dense;

    @Override
    public void looked(int... rows) {
      examples += rows.length;
    }

    @Override
    public void passed(long batch, int derivatives) {
      sparse += batch * (1 + derivatives);
      dense += batch * derivatives;
    }

    MaskHistory.MoveCost cost() {
      return new MaskHistory.MoveCost(examples, sparse, dense);
    }
  }

  /** Adds the masks to each checkpoint of a stretch. */
  private static final class Stretch implements TrainingListener {

    private final TrainingListener listener;
    private final MaskHistory masks;
    private boolean isAsked;

    Stretch(TrainingListener listener, MaskHistory masks) {
      this.listener = listener;
      this.masks = masks;
    }

    @Override
    public boolean step(long iteration) {
      isAsked = listener.step(iteration);
      return isAsked;
    }

    @Override
    public void checkpoint(Trained sofar) {
      listener.checkpoint(sofar.withMemory(masks));
    }

    @Override
    public void measured(History.Point point) {
      listener.measured(point);
    }
  }
}
