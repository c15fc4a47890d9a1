// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scalar;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Adam (Kingma and Ba, ICLR 2015) with PyTorch's semantics: weight decay is added to the gradient,
 * and epsilon to the bias-corrected root. In step t, with gradient g:
 *
 * <pre>
 * g = g + wd * w
 * m = beta1 * m + (1 - beta1) * g
 * v = beta2 * v + (1 - beta2) * g^2
 * w = w - lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * @param learningRate lr before any schedule
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon keeps the division finite
 * @param weightDecay wd
 * @param weightDecayExempt parameters with wd = 0
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Adam(
    @Setting(value = "learning rate, before the factor of the schedule", range = "(0, inf)")
        double learningRate,
    @Setting(value = "decay of the first moment", defaults = "0.9", range = "[0, 1)") double beta1,
    @Setting(value = "decay of the second moment", defaults = "0.999", range = "[0, 1)")
        double beta2,
    @Setting(value = "epsilon, added to the denominator", defaults = "1e-8", range = "(0, inf)")
        double epsilon,
    @Setting(value = "weight decay, added to the gradient", defaults = "0", range = "[0, inf)")
        double weightDecay,
    @Setting(value = "parameters without weight decay: any of bias, batch-norm", defaults = "[]")
        List<DecayExemption> weightDecayExempt)
    implements Optimizer {

  /** Creates the settings and checks their ranges. */
  public Adam {
    weightDecayExempt = List.copyOf(weightDecayExempt);
    Ranges.check(Adam.class, learningRate, beta1, beta2, epsilon, weightDecay, weightDecayExempt);
  }

  /**
   * Creates Adam with the usual constants and no weight decay.
   *
   * @param learningRate lr
   */
  public Adam(double learningRate) {
    this(learningRate, 0.9, 0.999, 1e-8, 0, List.of());
  }

  @Override
  public Optimizer withoutWeightDecay() {
    return new Adam(learningRate, beta1, beta2, epsilon, 0, List.of());
  }

  @Override
  public boolean isDecayed(Network network, String variable) {
    return !DecayExemption.exempts(weightDecayExempt, network, variable);
  }

  @Override
  public Updater on(NDArray w, Moments moments) {
    NDManager manager = w.getManager();
    Scalar wd = new Scalar(manager);
    Scalar b1 = new Scalar(manager);
    Scalar rest1 = new Scalar(manager);
    Scalar b2 = new Scalar(manager);
    Scalar rest2 = new Scalar(manager);
    Scalar eps = new Scalar(manager);
    Scalar unbias2 = new Scalar(manager);
    Scalar rate = new Scalar(manager);
    NDArray m = moments.of("first-moment");
    NDArray v = moments.of("second-moment");
    return (g, learningRate) -> {
      double t = (double) moments.steps();
      if (weightDecay != 0) {
        g.addi(w.mul(wd.of(weightDecay)));
      }
      m.muli(b1.of(beta1)).addi(g.mul(rest1.of(1 - beta1)));
      v.muli(b2.of(beta2)).addi(g.muli(g).muli(rest2.of(1 - beta2)));
      NDArray root = v.sqrt().muli(unbias2.of(1 / Math.sqrt(1 - Math.pow(beta2, t))));
      NDArray step = m.div(root.addi(eps.of(epsilon)));
      w.subi(step.muli(rate.of(learningRate / (1 - Math.pow(beta1, t)))));
    };
  }
}
