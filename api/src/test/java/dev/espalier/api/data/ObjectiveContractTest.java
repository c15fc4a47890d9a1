// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.data;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.ObjectiveContract;
import dev.espalier.api.contract.TinyProblem;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;

/** The built-in objectives keep the contract. */
class ObjectiveContractTest {

  @Nested
  class OfClasses extends ObjectiveContract {
    @Override
    protected Data data() {
      return TinyProblem.data(4, 1, 1)
          .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
    }
  }

  @Nested
  class OfManyClasses extends ObjectiveContract {
    @Override
    protected Data data() {
      Examples all =
          Examples.ofFloats(new float[12], new Shape(1), IntStream.range(0, 12).toArray());
      return new Data("many", all, all, all, Normalisation.NONE, 12);
    }
  }

  @Nested
  class OfTexts extends ObjectiveContract {
    @Override
    protected Data data() {
      Shape shape = new Shape(3);
      Examples texts =
          new Examples(
              Rows.ofInts(new int[12], shape),
              Rows.ofInts(new int[] {0, 1, 2, 3, -1, -1, 4, 4, 0, 2, 1, -1}, shape));
      Inputs tokens = Inputs.ofTokens(3, 5);
      Objective objective = new LanguageModelling();
      return new Data("texts", texts, texts, texts, tokens, 5, objective, Optional.empty());
    }
  }

  @Nested
  class OfNumbers extends ObjectiveContract {
    @Override
    protected Data data() {
      Shape two = new Shape(2);
      Rows targets = Rows.ofFloats(new float[] {1, 0.5f, -1, 2, 0, 0, 3, 1}, two);
      Examples rows = new Examples(Rows.ofFloats(new float[8], two), targets);
      Inputs inputs = Inputs.of(two, Normalisation.NONE);
      return new Data("n", rows, rows, rows, inputs, 0, new Regression(), Optional.empty());
    }
  }

  @Nested
  class OfPixels extends ObjectiveContract {
    @Override
    protected Data data() {
      return TinyProblem.data(4, 4, 4).withObjective(new Reconstruction(SquaredError.Choice.RMSE));
    }
  }
}
