// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SoftThresholdTest {

  private static final String S = SoftThreshold.THRESHOLD + "fc.weight";

  /** At s near -2 thresholds are near 0.12, among the weights. */
  @Nested
  class Contract extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return new SoftThreshold(-2);
    }
  }

  /** sigmoid(-ln 3) = 1/4, and its slope is 3/16. */
  @Test
  void formulasByHand() {
    try (Network network = TinyProblem.linear();
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      State start = network.initial(new Seed(1, 0).stream("init", 0));
      float[] w = new float[128];
      w[0] = 0.75f;
      w[1] = -0.5f;
      w[2] = 0.2f;
      w[3] = 0.25f;
      SoftThreshold str = new SoftThreshold(-Math.log(3));
      State first =
          str.variables(
              network, start.with(State.of(Map.of("fc.weight", Tensor.of(new Shape(8, 16), w)))));
      Map<String, NDArray> variables = new LinkedHashMap<>();
      first.tensors().forEach((name, tensor) -> variables.put(name, tensor.on(manager)));
      Parametrization.OnDevice onDevice = str.on(network, start, manager);
      Map<String, NDArray> effective = onDevice.forward(variables);
      float[] seen = effective.get("fc.weight").toFloatArray();
      assertThat(seen[0]).isCloseTo(0.5f, within(1e-6f));
      assertThat(seen[1]).isCloseTo(-0.25f, within(1e-6f));
      assertThat(seen[2]).isZero();
      assertThat(seen[4]).isZero();
      assertThat(effective).doesNotContainKey(S);

      Map<String, NDArray> gradients = new LinkedHashMap<>();
      effective.forEach((name, array) -> gradients.put(name, array.onesLike().muli(2)));
      Map<String, float[]> found = new LinkedHashMap<>();
      onDevice.pullback(variables, gradients, (name, g) -> found.put(name, g.toFloatArray()));
      assertThat(found.get("fc.weight")).startsWith(2, 2, 0);
      assertThat(found.get("fc.weight")[4]).isZero();
      // -3/16 * (2 - 2), and with twice the gradient of the negative weight -3/16 * (2 - 4)
      assertThat(found.get(S)[0]).isCloseTo(0, within(1e-6f));
      float[] g = new float[128];
      g[0] = 2;
      g[1] = 4;
      gradients.put("fc.weight", manager.create(g, new Shape(8, 16)));
      effective.forEach((name, array) -> gradients.putIfAbsent(name, array.onesLike()));
      onDevice.pullback(
          variables, gradients, (name, gradient) -> found.put(name, gradient.toFloatArray()));
      assertThat(found.get(S)[0]).isCloseTo(0.375f, within(1e-6f));
    }
  }
}
