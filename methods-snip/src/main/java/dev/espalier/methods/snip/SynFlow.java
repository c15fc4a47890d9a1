// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import java.util.Map;

/**
 * Synaptic flow: |dR/dw_j * w_j| with w = m * |theta| and R the sum of the network's outputs for an
 * input of ones. For R, every entry of the state is replaced by its absolute value, and batch norm
 * uses running statistics. No data is read. In a network without biases the scores of every layer
 * of a chain add up to R. With many rounds, therefore, no layer is lost before it is unavoidable.
 *
 * <p>H. Tanaka, D. Kunin, D. Yamins, S. Ganguli, "Pruning neural networks without any data by
 * iteratively conserving synaptic flow", NeurIPS 2020, arXiv:2006.05467: 100 rounds. The default is
 * float64, where the reference code has float32: R is a product over all layers, and small scores
 * would tie at 0.
 *
 * @param precision the floating-point type of the computation
 */
public record SynFlow(
    @Setting(value = "floating-point type of the computation", defaults = "float64")
        Precision precision)
    implements Criterion {

  /** Creates the criterion and checks the settings. */
  public SynFlow {
    Ranges.check(SynFlow.class, precision);
  }

  /** Creates the criterion in float64. */
  public SynFlow() {
    this(Precision.FLOAT64);
  }

  @Override
  public int rounds() {
    return 100;
  }

  @Override
  public void check(Network network, Data data, Refusals refusals) {
    if (data.task().isOfTokens()) {
      refusals.add(
          "id",
          "synflow for the tokens of " + data.name() + ", which have no input of ones",
          "a criterion for tokens",
          "Choose one such as snip or magnitude");
    }
  }

  @Override
  public Scores score(Scoring scoring) {
    State theta = scoring.state().map(Math::abs);
    try (Gradients gradients = scoring.at(theta, precision.type(), BatchNorm.RUNNING)) {
      Shape one = scoring.network().batch(1);
      NDArray input = gradients.manager().ones(one, precision.type());
      double[] flow = new double[1];
      Map<String, NDArray> g =
          gradients.of(
              () -> {
                NDArray r = gradients.outputs(input).sum();
                flow[0] = Gradients.doubles(r)[0];
                return r;
              });
      refuseOverflow(flow[0], scoring);
      return scoring.ofGradients(theta, g, (w, gj) -> Math.abs(w * gj));
    }
  }

  private void refuseOverflow(double r, Scoring scoring) {
    if (!Double.isFinite(r)) {
      throw new TrialFailed(
          "synflow: R, the sum of the outputs of "
              + scoring.network().name()
              + " for an input of ones, is "
              + r
              + " in "
              + Names.word(precision)
              + "; allowed is a finite number. "
              + (precision == Precision.FLOAT32 ? "Set precision = float64, or give" : "Give")
              + " the network an initialiser with smaller weights");
    }
  }
}
