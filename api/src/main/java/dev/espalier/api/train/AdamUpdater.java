// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Optimizer;
import dev.espalier.api.state.Scalar;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** The moments and the step that {@link Adam} and {@link AdamW} share. */
final class AdamUpdater implements Optimizer.Updater {

  /** The weight decay: it changes the gradient or the variable in place. */
  interface Decay {
    void apply(String name, NDArray w, NDArray g, double learningRate, Scalar scalar);
  }

  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final Decay decay;
  private final Map<String, NDArray> variables;
  private final Moments first;
  private final Moments second;
  private final Scalar[] scalars = new Scalar[8];
  private int t;

  AdamUpdater(
      double beta1,
      double beta2,
      double epsilon,
      Decay decay,
      Map<String, NDArray> variables,
      State saved) {
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.decay = decay;
    this.variables = variables;
    first = new Moments("first-moment", variables, saved);
    second = new Moments("second-moment", variables, saved);
    NDManager manager = variables.values().iterator().next().getManager();
    for (int i = 0; i < scalars.length; i++) {
      scalars[i] = new Scalar(manager);
    }
    // Exact in float32 up to 16.7 million steps.
    t = saved.names().contains("step") ? (int) saved.get("step").get(0) : 0;
  }

  @Override
  public BiConsumer<String, NDArray> step(double learningRate) {
    t++;
    NDArray b1 = scalars[0].of(beta1);
    NDArray rest1 = scalars[1].of(1 - beta1);
    NDArray b2 = scalars[2].of(beta2);
    NDArray rest2 = scalars[3].of(1 - beta2);
    NDArray eps = scalars[4].of(epsilon);
    NDArray unbias2 = scalars[5].of(1 / Math.sqrt(1 - Math.pow(beta2, t)));
    NDArray rate = scalars[6].of(learningRate / (1 - Math.pow(beta1, t)));
    return (name, g) -> {
      NDArray w = variables.get(name);
      decay.apply(name, w, g, learningRate, scalars[7]);
      NDArray m = first.of(name).muli(b1).addi(g.mul(rest1));
      NDArray v = second.of(name).muli(b2).addi(g.muli(g).muli(rest2));
      w.subi(m.div(v.sqrt().muli(unbias2).addi(eps)).muli(rate));
    };
  }

  @Override
  public State remembered() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    first.save(tensors);
    second.save(tensors);
    tensors.put("step", Tensor.of(new Shape(1), (float) t));
    return State.of(tensors);
  }
}
