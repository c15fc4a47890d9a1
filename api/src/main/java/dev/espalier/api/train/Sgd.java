// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scalar;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Stochastic gradient descent with PyTorch's semantics. With gradient g, weight decay wd, momentum
 * mu and rate lr:
 *
 * <pre>
 * g = g + wd * w
 * v = mu * v + g                  (v is g in the first step)
 * w = w - lr * v                  (Nesterov: w - lr * (g + mu * v))
 * </pre>
 *
 * The velocity v does not contain the learning rate, so a drop of the rate acts at once. The
 * velocity of DJL's optimizer contains it, and so differs from every paper with a step schedule.
 *
 * @param learningRate lr before any schedule
 * @param momentum mu
 * @param nesterov whether to use Nesterov momentum
 * @param weightDecay wd
 * @param weightDecayExempt parameters with wd = 0
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Sgd(
    @Setting(value = "learning rate, before the factor of the schedule", range = "(0, inf)")
        double learningRate,
    @Setting(value = "momentum", defaults = "0", range = "[0, 1)") double momentum,
    @Setting(value = "whether to use Nesterov momentum", defaults = "false") boolean nesterov,
    @Setting(value = "weight decay, added to the gradient", defaults = "0", range = "[0, inf)")
        double weightDecay,
    @Setting(value = "parameters without weight decay: any of bias, batch-norm", defaults = "[]")
        List<DecayExemption> weightDecayExempt)
    implements Optimizer {

  /** Creates the settings and checks their ranges. */
  public Sgd {
    weightDecayExempt = List.copyOf(weightDecayExempt);
    Ranges.check(Sgd.class, learningRate, momentum, nesterov, weightDecay, weightDecayExempt);
    if (nesterov && momentum == 0) {
      throw new RefusedException(
          "nesterov", "true with momentum 0", "true with a momentum above 0");
    }
  }

  /**
   * Creates plain gradient descent.
   *
   * @param learningRate lr
   */
  public Sgd(double learningRate) {
    this(learningRate, 0, false, 0, List.of());
  }

  @Override
  public boolean isLinear() {
    return true;
  }

  @Override
  public Optimizer withoutWeightDecay() {
    return new Sgd(learningRate, momentum, nesterov, 0, List.of());
  }

  @Override
  public boolean isDecayed(Network network, String variable) {
    return !DecayExemption.exempts(weightDecayExempt, network, variable);
  }

  @Override
  public Updater on(NDArray w, Moments moments) {
    Scalar lr = new Scalar(w.getManager());
    Scalar mu = new Scalar(w.getManager());
    Scalar wd = new Scalar(w.getManager());
    NDArray v = momentum == 0 ? null : moments.of("velocity");
    return (g, learningRate) -> {
      if (weightDecay != 0) {
        g.addi(w.mul(wd.of(weightDecay)));
      }
      if (momentum == 0) {
        w.subi(g.muli(lr.of(learningRate)));
        return;
      }
      v.muli(mu.of(momentum)).addi(g);
      NDArray direction = nesterov ? g.addi(v.mul(mu.of(momentum))) : v;
      w.subi(direction.mul(lr.of(learningRate)));
    };
  }
}
