// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.contract.MethodContract;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfSlotMachines extends MethodContract {
    @Override
    protected Method method() {
      return new SlotMachines(new SlotMachines.Settings(4));
    }

    @Override
    protected Plugin plugin() {
      return new SlotsPlugin();
    }
  }

  @Nested
  class OfEdgePopup extends MethodContract {
    @Override
    protected Method method() {
      return new EdgePopup(new EdgePopup.Settings(0.5));
    }

    @Override
    protected Plugin plugin() {
      return new SlotsPlugin();
    }
  }
}
