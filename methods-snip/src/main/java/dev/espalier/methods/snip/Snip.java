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
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Connection sensitivity: s_j = |g_j| / sum_i |g_i| with g_j = dL/dc_j at c = 1 = w_j * dL/dw_j, L
 * the mean cross-entropy on a sample of training examples and c a gate on every prunable weight.
 *
 * <p>N. Lee, T. Ajanthan, P. Torr, "SNIP: Single-shot Network Pruning based on Connection
 * Sensitivity", ICLR 2019, arXiv:1810.02340. The defaults score the network's own weights on one
 * batch without augmentation, with batch norm as in evaluation; the settings reproduce what the
 * public codes do otherwise.
 *
 * @param examples how many training examples L is over
 * @param perClass how many of each class L is over, instead
 * @param batchSize how many are looked at at once at most
 * @param weights which weights are scored
 * @param batchNorm what batch norm divides by
 * @param weightDecay lambda: L gets lambda / 2 * sum of w_j^2 added
 * @param precision what is computed with
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
            value = "weight decay in the scored loss; the public codes score without it",
            defaults = "0",
            range = "[0, inf)")
        double weightDecay,
    @Setting(value = "floating-point type of the computation", defaults = "float32")
        Precision precision)
    implements Criterion {

  /** Checks the ranges. */
  public Snip {
    Ranges.check(
        Snip.class, examples, perClass, batchSize, weights, batchNorm, weightDecay, precision);
  }

  /**
   * The paper's criterion with defaults.
   *
   * @param examples how many training examples L is over
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

  @Override
  public void check(Network network, Data data) {
    Sample.check(data, examples, perClass);
    int size = perClass.map(n -> n * data.classes()).orElse(examples);
    Sample.checkPasses(batchNorm, size / passes(size));
  }

  @Override
  public Scores score(Scoring scoring) {
    State w = weights.of(scoring);
    int[] sample =
        perClass.isPresent()
            ? scoring.data().train().balanced(perClass.get(), scoring.random())
            : scoring.data().train().sample(examples, scoring.random());
    Map<String, double[]> g = new LinkedHashMap<>();
    try (Gradients gradients = scoring.at(w, precision.type(), batchNorm)) {
      gradients
          .of(passes(sample).map(batch -> share(gradients, sample, batch)).toList())
          .forEach((name, gradient) -> g.put(name, read(gradient)));
    }
    double sum = 0;
    for (Layer layer : scoring.mask().layers()) {
      double[] sensitivity = g.get(layer.name());
      Tensor values = w.get(layer.name());
      for (int j = 0; j < sensitivity.length; j++) {
        double wj = scoring.mask().keeps(layer, j) ? values.get(j) : 0;
        sensitivity[j] = Math.abs(wj * (sensitivity[j] + weightDecay * wj));
        sum += sensitivity[j];
      }
    }
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
    double total = sum;
    return Scores.of(
        scoring.mask().layers(),
        layer -> {
          double[] scores = g.remove(layer.name());
          for (int j = 0; j < scores.length; j++) {
            scores[j] /= total;
          }
          return scores;
        });
  }

  /** L on some of the sample, weighted by their share of it. */
  private static Supplier<NDArray> share(Gradients gradients, int[] sample, int... batch) {
    double share = (double) batch.length / sample.length;
    return () ->
        gradients
            .crossEntropy(gradients.logits(gradients.features(batch)), batch)
            .mul(gradients.number(share));
  }

  /** The sample in passes of about equal size. */
  private Stream<int[]> passes(int... sample) {
    int passes = passes(sample.length);
    return IntStream.range(0, passes)
        .mapToObj(
            pass ->
                Arrays.copyOfRange(
                    sample,
                    (int) ((long) sample.length * pass / passes),
                    (int) ((long) sample.length * (pass + 1) / passes)));
  }

  private int passes(int size) {
    return (size + batchSize - 1) / batchSize;
  }

  private static double[] read(NDArray gradient) {
    try (gradient) {
      return Gradients.doubles(gradient);
    }
  }
}
