// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Connection sensitivity: s_j = |g_j| / sum_i |g_i| with g_j = dL/dc_j at c = 1 = w_j * dL/dw_j. L
 * is the mean loss of the data's objective on a sample of training examples, for classes the
 * cross-entropy, and c a gate on every prunable weight.
 *
 * <p>N. Lee, T. Ajanthan, P. Torr, "SNIP: Single-shot Network Pruning based on Connection
 * Sensitivity", ICLR 2019, arXiv:1810.02340. The defaults score the weights of the network on one
 * batch without augmentation, with batch norm as in evaluation. Other settings reproduce the public
 * codes.
 *
 * @param examples the number of training examples in L
 * @param perClass the number of training examples of each class in L; replaces examples
 * @param batchSize the largest number of examples in one pass
 * @param weights the scored weights
 * @param batchNorm the statistics of batch norm
 * @param weightDecay lambda: L gets lambda / 2 * sum of w_j^2 added; no public code has it in the
 *     scored loss
 * @param precision the floating-point type of the computation
 */
public record Snip(
    @Setting(
            value = "training examples in the sample; in the paper 100 for MNIST, 128 for CIFAR",
            defaults = "128",
            range = "[1, inf)")
        int examples,
    @Setting(value = "training examples of each class; replaces examples", range = "[1, inf)")
        Optional<Integer> perClass,
    @Setting(
            value = "largest number of examples in one pass; gradients of passes are averaged",
            defaults = "256",
            range = "[1, inf)")
        int batchSize,
    @Setting(
            value =
                "weights that are scored: own; redrawn (official code); glorot (PyTorch"
                    + " port: all layers from Glorot normal); glorot-linear (linear layers only)",
            defaults = "own")
        ScoredWeights weights,
    @Setting(value = "statistics that batch norm uses: running or batch", defaults = "running")
        BatchNorm batchNorm,
    @Setting(
            value =
                "weight decay in the scored loss; no public code has it there, so 0 follows them",
            defaults = "0",
            range = "[0, inf)")
        double weightDecay,
    @Setting(value = "floating-point type of the computation", defaults = "float32")
        Precision precision)
    implements Criterion {

  /** Creates the criterion and checks the ranges. */
  public Snip {
    Ranges.check(
        Snip.class, examples, perClass, batchSize, weights, batchNorm, weightDecay, precision);
  }

  /**
   * Creates the paper's criterion with defaults.
   *
   * @param examples the number of training examples in L
   */
  public Snip(int examples) {
    this(
        examples,
        Optional.empty(),
        256,
        ScoredWeights.OWN,
        BatchNorm.RUNNING,
        0,
        Precision.FLOAT32);
  }

  private Sample sample() {
    return new Sample(examples, perClass, batchSize);
  }

  @Override
  public void check(Network network, Data data, Refusals refusals) {
    sample().check(data, batchNorm, refusals);
  }

  @Override
  public Scores score(Scoring scoring) {
    State w = weights.of(scoring);
    List<int[]> passes = sample().draw(scoring);
    try (Gradients gradients = scoring.at(w, precision.type(), batchNorm)) {
      Map<String, NDArray> g = gradients.of(Sample.meanLoss(gradients, passes));
      Scores s = scoring.ofGradients(w, g, (wj, gj) -> Math.abs(wj * (gj + weightDecay * wj)));
      double sum = s.sum();
      refuseZero(sum, scoring);
      return s.map(sj -> sj / sum);
    }
  }

  private static void refuseZero(double sum, Scoring scoring) {
    if (sum == 0) {
      throw new TrialFailed(
          "snip: the sensitivities of all "
              + scoring.mask().kept()
              + " living weights of "
              + scoring.network().name()
              + " add up to 0; allowed is a number above 0. The loss does not depend on any weight:"
              + " look at 'espalier analyse' for layers that are empty, or try another"
              + " initialiser");
    }
  }
}
