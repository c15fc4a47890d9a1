// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.network.Network;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfNetworkSlimming extends MethodContract {
    @Override
    protected Method method() {
      return new NetworkSlimming(new NetworkSlimming.Settings(0.5));
    }

    @Override
    protected Plugin plugin() {
      return new GatesPlugin();
    }

    @Override
    protected Network network() {
      return Tiny.network();
    }
  }

  @Nested
  class OfPruningFromScratch extends MethodContract {
    @Override
    protected Method method() {
      return new PruningFromScratch(new PruningFromScratch.Settings(0.5));
    }

    @Override
    protected Plugin plugin() {
      return new GatesPlugin();
    }

    @Override
    protected Network network() {
      return Tiny.network();
    }
  }
}
