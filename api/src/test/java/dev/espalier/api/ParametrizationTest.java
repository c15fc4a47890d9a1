// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.contract.ParametrizationContract;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import org.junit.jupiter.api.Nested;

class ParametrizationTest {

  @Nested
  class OfAllWeights extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return Parametrization.dense();
    }
  }

  @Nested
  class UnderAMask extends ParametrizationContract {
    @Override
    protected Parametrization parametrization(Network network, State start) {
      return Parametrization.masked(
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                for (int i = 0; i < layer.size(); i++) {
                  bits.set(i, i % 3 != 0);
                }
                return bits;
              }));
    }
  }
}
