// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.network.Network;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfKnowledgeEvolution extends MethodContract {
    @Override
    protected Method method() {
      return new KnowledgeEvolution(new KnowledgeEvolution.Settings(2, 0.5, new Kels()));
    }

    @Override
    protected Plugin plugin() {
      return new KePlugin();
    }

    @Override
    protected Network network() {
      return Small.chain(6, 5, 7);
    }
  }
}
