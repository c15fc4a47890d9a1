// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import dev.espalier.api.Scope;
import dev.espalier.api.Split;
import dev.espalier.api.contract.SplitContract;
import org.junit.jupiter.api.Nested;

/** The splits that come with knowledge evolution. */
class SplitContractTest {

  @Nested
  class OfKels extends SplitContract {
    @Override
    protected Split split() {
      return new Kels();
    }
  }

  @Nested
  class OfRandomChannels extends SplitContract {
    @Override
    protected Split split() {
      return new RandomChannels();
    }
  }

  @Nested
  class OfWels extends SplitContract {
    @Override
    protected Split split() {
      return new Wels();
    }
  }

  @Nested
  class OfExactWels extends SplitContract {
    @Override
    protected Split split() {
      return new Wels(Wels.Count.EXACT);
    }
  }

  @Nested
  class OfByCriterion extends SplitContract {
    @Override
    protected Split split() {
      return new ByCriterion(new Judges.Magnitude(1), ByCriterion.Judged.TRAINED, Scope.global());
    }
  }
}
