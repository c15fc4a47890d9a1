// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.contract.InitialiserContract;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Initialisers;
import org.junit.jupiter.api.Nested;

/** The initialisers that models choose from. */
class InitialisersTest {

  @Nested
  class GlorotNormalIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.GlorotNormal();
    }
  }

  @Nested
  class GlorotUniformIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.GlorotUniform();
    }
  }

  @Nested
  class KaimingNormalIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.KaimingNormal();
    }
  }

  @Nested
  class KaimingNormalFanOutIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.KaimingNormalFanOut();
    }
  }

  @Nested
  class VarianceScalingIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.VarianceScaling();
    }
  }

  @Nested
  class SmallNormalIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.SmallNormal();
    }
  }

  @Nested
  class PytorchDefaultIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.PytorchDefault();
    }
  }

  @Nested
  class SignedConstantIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.SignedConstant();
    }
  }

  @Nested
  class UnsignedConstantIsAnInitialiser extends InitialiserContract {
    @Override
    protected Initialiser initialiser() {
      return new Initialisers.UnsignedConstant();
    }
  }
}
