// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scalar;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019) with PyTorch's semantics: w
 * is first multiplied by 1 - lr * wd, then updated as {@link Adam} does without decay.
 *
 * @param learningRate lr before any schedule
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon keeps the division finite
 * @param weightDecay wd
 * @param weightDecayExempt parameters with wd = 0
 */
@API(status = API.Status.STABLE, since = "0.1")
public record AdamW(
    @Setting(value = "learning rate, before the factor of the schedule", range = "(0, inf)")
        double learningRate,
    @Setting(value = "decay of the first moment", defaults = "0.9", range = "[0, 1)") double beta1,
    @Setting(value = "decay of the second moment", defaults = "0.999", range = "[0, 1)")
        double beta2,
    @Setting(value = "epsilon, added to the denominator", defaults = "1e-8", range = "(0, inf)")
        double epsilon,
    @Setting(value = "weight decay, decoupled", defaults = "0.01", range = "[0, inf)")
        double weightDecay,
    @Setting(value = "parameters without weight decay: any of bias, batch-norm", defaults = "[]")
        List<DecayExemption> weightDecayExempt)
    implements Optimizer {

  /** Creates the settings and checks their ranges. */
  public AdamW {
    weightDecayExempt = List.copyOf(weightDecayExempt);
    Ranges.check(AdamW.class, learningRate, beta1, beta2, epsilon, weightDecay, weightDecayExempt);
  }

  @Override
  public Optimizer withoutWeightDecay() {
    return new AdamW(learningRate, beta1, beta2, epsilon, 0, List.of());
  }

  @Override
  public boolean isDecayed(Network network, String variable) {
    return !DecayExemption.exempts(weightDecayExempt, network, variable);
  }

  @Override
  public Updater on(NDArray w, Moments moments) {
    Scalar kept = new Scalar(w.getManager());
    Updater adam = new Adam(learningRate, beta1, beta2, epsilon, 0, List.of()).on(w, moments);
    return (g, learningRate) -> {
      if (weightDecay != 0) {
        w.muli(kept.of(1 - learningRate * weightDecay));
      }
      adam.step(g, learningRate);
    };
  }
}
