// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.zoo.models.ModelContractTest.Case;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Path analysis holds for the networks of the zoo for pictures, also where padding meets no pixels.
 */
class PathsTest {

  private static final Training TRAINING =
      new Training(
          new Sgd(0.1), new Constant(), Span.iterations(0), 1, Span.epochs(1), Span.epochs(1));

  /** Models whose last maps have fewer pixels than their kernels. */
  static List<Case> onDigits() {
    Shape digits = new Shape(1, 28, 28);
    return List.of(
        new Case("vgg-11", new Vgg.Vgg11(4, CodeFamily.SLIMMING), digits),
        new Case("vgg-16", new Vgg.Vgg16(4, CodeFamily.SYNFLOW), digits));
  }

  @ParameterizedTest(name = "{0}")
  @FieldSource("dev.espalier.zoo.models.ModelContractTest#PICTURES")
  @MethodSource("onDigits")
  void pathAnalysisHoldsForTheDenseNetwork(Case model) {
    Shape input = model.task().input();
    try (Network usual = model.model().build(input, 3);
        Network narrow = usual.groups().isEmpty() ? usual : usual.resized(Widths.times(0.1))) {
      Examples one = Examples.ofFloats(new float[(int) input.size()], input, new int[] {0});
      Data data = new Data("one", one, one.take(), one.take(), Normalisation.NONE, 3);
      try (LocalTrial trial = new LocalTrial(narrow, data, TRAINING, new Seed(1, 0))) {
        Analysis analysis = trial.analyse(trial.dense());
        assertThat(analysis.hasPaths()).isTrue();
        assertThat(analysis.effectiveDensity().getAsDouble()).isBetween(0.1, 1.0);
      }
    }
  }
}
