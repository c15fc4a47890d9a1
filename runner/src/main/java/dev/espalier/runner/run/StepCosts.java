// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.MaskHistory;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.PassListener;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.UsedRows;
import java.nio.IntBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Computes the cost of steps.
 *
 * @param network the network of the steps
 * @param alive the weights that are not pruned
 */
record StepCosts(Network network, Mask alive) {

  /** The cost of the iterations of a stretch up to the one where training ended. */
  Spent training(Data data, Plan plan, Trained trained, double seconds) {
    long end = trained.iteration();
    Optional<MaskHistory> masks =
        trained.memory().filter(MaskHistory.class::isInstance).map(MaskHistory.class::cast);
    if (masks.isPresent()) {
      return moving(data, plan, end, masks.get().stretches(), seconds);
    }
    long shown = shown(data, plan, end) - shown(data, plan, plan.from());
    return spent(shown, Spent.passes(1) * shown, seconds);
  }

  /** The cost of a training whose mask moves: each stretch under its mask, and each move. */
  private Spent moving(
      Data data, Plan plan, long end, List<MaskHistory.Stretch> stretches, double seconds) {
    Spent all = new Spent(0, 0, 0, seconds);
    for (int i = 0; i < stretches.size(); i++) {
      MaskHistory.Stretch stretch = stretches.get(i);
      long until = i + 1 < stretches.size() ? stretches.get(i + 1).from() : end;
      long shown = shown(data, plan, until) - shown(data, plan, stretch.from());
      long passes = Spent.passes(1) * shown + stretch.passes();
      all =
          all.plus(
              new Spent(
                  shown + stretch.examples(),
                  passes * Cost.of(network).macs(),
                  passes * Cost.macs(network, counts(stretch)),
                  0));
    }
    return all;
  }

  /** A mask with as many living weights in each layer, on which the cost depends alone. */
  private Mask counts(MaskHistory.Stretch stretch) {
    Iterator<Integer> kept = stretch.kept().iterator();
    return Mask.of(
        alive.layers(),
        (layer, bits) -> {
          bits.set(0, kept.next());
          return bits;
        });
  }

  /** The cost of a forward pass of each example of an epoch. */
  Spent forward(Data data, Plan plan, double seconds) {
    long shown = shown(data, plan, plan.perEpoch());
    return spent(shown, Spent.passes(0) * shown, seconds);
  }

  /** The cost of the passes of a criterion. */
  Spent scoring(PassCounter passes, double seconds) {
    return spent(passes.examples, passes.forward, seconds);
  }

  private Spent spent(long examples, long passes, double seconds) {
    return new Spent(
        examples, passes * Cost.of(network).macs(), passes * Cost.macs(network, alive), seconds);
  }

  /** The examples shown before an iteration; the last batch of an epoch may be small. */
  private static long shown(Data data, Plan plan, long iteration) {
    long all = data.train().size();
    long inEpoch = iteration % plan.perEpoch() * plan.training().batchSize();
    return iteration / plan.perEpoch() * all + Math.min(inEpoch, all);
  }

  /** Counts the passes of a criterion. */
  static final class PassCounter implements PassListener {

    private final Set<IntBuffer> batches = new LinkedHashSet<>();
    private long examples;
    private long forward;

    @Override
    public void looked(int... indices) {
      examples += indices.length;
      batches.add(IntBuffer.wrap(indices.clone()));
    }

    @Override
    public void passed(long batch, int derivatives) {
      forward += batch * Spent.passes(derivatives);
    }

    /** The training examples of all passes. */
    UsedRows rows() {
      return UsedRows.of(batches);
    }
  }
}
