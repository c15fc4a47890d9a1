// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.contract.MethodContract;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfPruningAtInitialisation extends MethodContract {
    @Override
    protected Method method() {
      return new PruningAtInitialisation(
          new PruningAtInitialisation.Settings(List.of(0.5, 0.2), new SynFlow()));
    }

    @Override
    protected Plugin plugin() {
      return new SnipPlugin();
    }
  }
}
