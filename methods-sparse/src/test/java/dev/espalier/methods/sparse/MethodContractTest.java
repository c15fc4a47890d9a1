// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import dev.espalier.api.Method;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scope;
import dev.espalier.api.Scopes;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.settings.Span;
import dev.espalier.methods.sparse.TestCriteria.Magnitude;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** The methods of this module keep the contract. */
class MethodContractTest {

  @Nested
  class OfGradualPruning extends MethodContract {
    @Override
    protected Method method() {
      return new GradualPruning(
          new GradualPruning.Settings(
              List.of(0.5, 0.2),
              Span.iterations(2),
              Span.iterations(30),
              Span.iterations(4),
              Scope.layer(),
              Pattern.unstructured(),
              new Magnitude()));
    }

    @Override
    protected Plugin plugin() {
      return new SparsePlugin();
    }
  }

  @Nested
  class OfSet extends MethodContract {
    @Override
    protected Method method() {
      return new SparseEvolution(
          new SparseEvolution.Settings(List.of(0.5), new Scopes.ErdosRenyi(), 0.3, Span.epochs(1)));
    }

    @Override
    protected Plugin plugin() {
      return new SparsePlugin();
    }
  }

  @Nested
  class OfRigl extends MethodContract {
    @Override
    protected Method method() {
      return new Rigl(
          new Rigl.Settings(
              List.of(0.5, 0.3), new Scopes.ErdosRenyiKernel(), 0.3, Span.iterations(5), 0.75));
    }

    @Override
    protected Plugin plugin() {
      return new SparsePlugin();
    }
  }
}
