// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
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
  public Updater on(Network network, Map<String, NDArray> variables, State saved) {
    NDManager manager = variables.values().iterator().next().getManager();
    Moments velocity = momentum == 0 ? null : new Moments("velocity", variables, saved);
    Scalar mu = new Scalar(manager);
    Scalar rate = new Scalar(manager);
    Scalar decay = new Scalar(manager);
    return new Updater() {
      @Override
      public BiConsumer<String, NDArray> step(double learningRate) {
        NDArray lr = rate.of(learningRate);
        return (name, g) -> {
          NDArray w = variables.get(name);
          if (DecayExemption.decay(weightDecay, weightDecayExempt, network, name) != 0) {
            g.addi(w.mul(decay.of(weightDecay)));
          }
          if (velocity == null) {
            w.subi(g.muli(lr));
            return;
          }
          NDArray v = velocity.of(name).muli(mu.of(momentum)).addi(g);
          w.subi(nesterov ? g.addi(v.mul(mu.of(momentum))).muli(lr) : v.mul(lr));
        };
      }

      @Override
      public State remembered() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (velocity != null) {
          velocity.save(tensors);
        }
        return State.of(tensors);
      }
    };
  }
}
