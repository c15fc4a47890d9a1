// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Training;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfIterativeMagnitudePruning extends MethodContract {
    @Override
    protected Method method() {
      return new IterativeMagnitudePruning(
          new IterativeMagnitudePruning.Settings(
              2, Span.iterations(3), new Magnitude(), new Geometric(0.4, 0.2)));
    }

    @Override
    protected Plugin plugin() {
      return new ImpPlugin();
    }
  }

  @Nested
  class OfInstability extends MethodContract {
    @Override
    protected Method method() {
      return new Instability(
          new Instability.Settings(List.of(Span.iterations(0), Span.epochs(2)), 1, 3));
    }

    @Override
    protected Plugin plugin() {
      return new ImpPlugin();
    }
  }

  @Nested
  class OfEarlyBird extends MethodContract {
    @Override
    protected Method method() {
      return new EarlyBird(new EarlyBird.Settings(List.of(0.3, 0.5)));
    }

    @Override
    protected Plugin plugin() {
      return new ImpPlugin();
    }

    @Override
    protected Network network() {
      return Small.network(0, 1);
    }

    /** Slow, so that the masks of five epochs are alike. */
    @Override
    protected Training training() {
      return training(0.002);
    }
  }
}
