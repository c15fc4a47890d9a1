// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Gradient signal preservation: theta_j * (H g)_j, that is -S_j of the paper, whose weights of the
 * largest S are pruned. L_h is the mean loss of outputs / T on half h of a sample: the
 * cross-entropy of logits / T on a class-balanced sample, where there are classes. g = sum over
 * halves of dL_h / dtheta, H = sum over halves of the Hessian of L_h. Removing weights of large S
 * changes the squared gradient norm least, or raises it.
 *
 * <p>C. Wang, G. Zhang, R. Grosse, "Picking Winning Tickets Before Training by Preserving Gradient
 * Flow", ICLR 2020, arXiv:2002.07376. H g is exact. The scores are not divided by their sum, which
 * would not change their order.
 *
 * @param perClass the number of examples of each class in a sample, or of all where there are no
 *     classes
 * @param repeats the number of samples
 * @param temperature T
 * @param halves the split of a sample
 * @param weights the scored weights
 * @param batchNorm the statistics of batch norm
 * @param precision the floating-point type of the computation
 */
public record Grasp(
    @Setting(
            value =
                "training examples of each class in a sample, or of all where there are no classes",
            defaults = "10",
            range = "[1, inf)")
        int perClass,
    @Setting(value = "number of samples", defaults = "1", range = "[1, inf)") int repeats,
    @Setting(value = "T, temperature that divides the logits", defaults = "200", range = "(0, inf)")
        double temperature,
    @Setting(
            value =
                "split of a sample in two: by-class (half of the classes in each, as in"
                    + " the public code), mixed, or whole (no split)",
            defaults = "mixed")
        Halves halves,
    @Setting(
            value =
                "weights that are scored: own; glorot-linear (public code: linear layers"
                    + " from Glorot normal); glorot (all layers); redrawn (new draw)",
            defaults = "own")
        ScoredWeights weights,
    @Setting(value = "statistics that batch norm uses: batch or running", defaults = "batch")
        BatchNorm batchNorm,
    @Setting(value = "floating-point type of the computation", defaults = "float32")
        Precision precision)
    implements Criterion {

  /** The split of a sample in two. */
  public enum Halves {
    /** A split by position, sorted by class: the first half of the classes, and the rest. */
    BY_CLASS,
    /** A split in a drawn order. */
    MIXED,
    /** No split. */
    WHOLE
  }

  /** Creates the criterion and checks the ranges. */
  public Grasp {
    Ranges.check(
        Grasp.class, perClass, repeats, temperature, halves, weights, batchNorm, precision);
  }

  /**
   * Creates the paper's criterion with defaults.
   *
   * @param perClass the number of examples of each class in a sample
   */
  public Grasp(int perClass) {
    this(perClass, 1, 200, Halves.MIXED, ScoredWeights.OWN, BatchNorm.BATCH, Precision.FLOAT32);
  }

  @Override
  public void check(Network network, Data data, Refusals refusals) {
    Examples train = data.train();
    if (train.isLabelled()) {
      data.checkPerClass(perClass, refusals);
    } else if (perClass > train.size()) {
      refusals.add("per-class", perClass, "at most the " + train.size() + " training examples");
    }
    int size = train.isLabelled() ? perClass * data.classes() : perClass;
    Sample.checkPasses(batchNorm, halves == Halves.WHOLE ? size : size / 2, refusals);
  }

  @Override
  public Scores score(Scoring scoring) {
    State theta = weights.of(scoring);
    try (Gradients gradients = scoring.at(theta, precision.type(), batchNorm)) {
      List<Supplier<NDArray>> losses =
          draw(scoring).stream().map(half -> loss(gradients, half)).toList();
      Map<String, NDArray> g = gradients.of(losses);
      Map<String, NDArray> hg = gradients.hessianTimes(g, losses);
      g.values().forEach(NDArray::close);
      Scores scores = scoring.ofGradients(theta, hg, (w, h) -> w * h);
      refuseIfAllZero(scoring, scores);
      return scores;
    }
  }

  /** Returns L_h. */
  private Supplier<NDArray> loss(Gradients gradients, int... half) {
    return () ->
        gradients.loss(
            gradients.outputs(gradients.features(half)).div(gradients.number(temperature)), half);
  }

  private List<int[]> draw(Scoring scoring) {
    RandomStream random = scoring.random();
    Examples train = scoring.data().train();
    List<int[]> drawn = new ArrayList<>();
    for (int repeat = 0; repeat < repeats; repeat++) {
      int[] sample =
          train.isLabelled() ? train.balanced(perClass, random) : train.sample(perClass, random);
      if (halves == Halves.WHOLE || sample.length == 1) {
        drawn.add(sample);
        continue;
      }
      if (halves == Halves.MIXED) {
        int[] sorted = sample;
        sample = Arrays.stream(random.permutation(sorted.length)).map(i -> sorted[i]).toArray();
      }
      drawn.add(Arrays.copyOfRange(sample, 0, sample.length / 2));
      drawn.add(Arrays.copyOfRange(sample, sample.length / 2, sample.length));
    }
    return drawn;
  }

  private static void refuseIfAllZero(Scoring scoring, Scores scores) {
    boolean zero =
        scores.layers().stream()
            .allMatch(layer -> Arrays.stream(scores.of(layer)).allMatch(score -> score == 0));
    if (zero) {
      throw new TrialFailed(
          "grasp: theta * Hg is 0 for all "
              + scoring.mask().kept()
              + " living weights of "
              + scoring.network().name()
              + "; there is no gradient to preserve. Look at 'espalier analyse' for layers that are"
              + " empty, or try another initialiser");
    }
  }
}
