// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.contract.ScopeContract;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScopesTest {

  /** Lenet-300-100: 266200 weights. */
  private static final List<Layer> LENET =
      List.of(
          new Layer("fc1", new Shape(300, 784), Kind.LINEAR),
          new Layer("fc2", new Shape(100, 300), Kind.LINEAR),
          new Layer("fc3", new Shape(10, 100), Kind.OUTPUT));

  /** Lenet-5: 430500 weights. */
  private static final List<Layer> LENET_5 =
      List.of(
          new Layer("conv1", new Shape(20, 1, 5, 5), Kind.CONVOLUTION),
          new Layer("conv2", new Shape(50, 20, 5, 5), Kind.CONVOLUTION),
          new Layer("fc1", new Shape(500, 800), Kind.LINEAR),
          new Layer("fc2", new Shape(10, 500), Kind.OUTPUT));

  static List<Scope> scopes() {
    return List.of(
        Scope.layer(),
        Scope.global(),
        new Scopes.ErdosRenyi(),
        new Scopes.ErdosRenyiKernel(),
        new Scopes.UniformPlus(),
        new Scopes.Balanced());
  }

  private static void check(Scope scope, List<Layer> layers, double density, double... expected) {
    Map<Layer, Double> densities = scope.densities(layers, density);
    Mask mask = scope.prune(random(layers, 0), Mask.dense(layers), density);
    for (int i = 0; i < expected.length; i++) {
      Layer layer = layers.get(i);
      assertThat(densities.get(layer)).as(layer.name()).isCloseTo(expected[i], within(5e-5));
      assertThat(mask.kept(layer))
          .as(layer.name())
          .isEqualTo((int) Math.round(densities.get(layer) * layer.size()));
    }
    assertThat(mask.density()).isCloseTo(density, within(2.0 / mask.size()));
  }

  private static Scores random(List<Layer> layers, int draw) {
    return Scores.of(
        layers,
        layer ->
            new Seed(1, 0)
                .stream("scores", 100L * draw + layers.indexOf(layer))
                    .doubles(layer.size())
                    .toArray());
  }

  @Test
  void erdosRenyiKeepsLayersInProportionToTheSumOfInputsAndOutputs() {
    // in + out: 1084, 400 and 110. At density 0.01 e = 2662 / 1594 = 1.670, and none is above 1.
    double e = 2662 / 1594.0;
    check(new Scopes.ErdosRenyi(), LENET, 0.01, e * 1084 / 235200, e * 400 / 30000, e * 110 / 1000);
    check(new Scopes.ErdosRenyi(), LENET, 0.01, 0.0077, 0.0223, 0.1837);
    // At 0.1 the output would be at 1.837. It is dense; the others share 26620 - 1000.
    e = 25620 / 1484.0;
    check(new Scopes.ErdosRenyi(), LENET, 0.1, e * 1084 / 235200, e * 400 / 30000, 1);
    check(new Scopes.ErdosRenyi(), LENET, 0.1, 0.0796, 0.2302, 1);
    // Kernels do not count: (in + out) / (in * out) of the convolutions are 21/20 and 70/1000.
    // At 0.01 the first convolution would be above 1.
    double shares = 25 * 21 + 25 * 70 + 1300 + 510;
    assertThat(4305 / shares * 21 / 20).isGreaterThan(1);
    e = (4305 - 500) / (shares - 25 * 21);
    check(
        new Scopes.ErdosRenyi(),
        LENET_5,
        0.01,
        1,
        e * 70 / 1000,
        e * 1300 / 400000,
        e * 510 / 5000);
  }

  @Test
  void erkAddsTheSizesOfKernels() {
    // The sums of the axes: 31, 80, 1300 and 510.
    double e = 4305 / 1921.0;
    check(
        new Scopes.ErdosRenyiKernel(),
        LENET_5,
        0.01,
        e * 31 / 500,
        e * 80 / 25000,
        e * 1300 / 400000,
        e * 510 / 5000);
    check(new Scopes.ErdosRenyiKernel(), LENET_5, 0.01, 0.1389, 0.0072, 0.0073, 0.2286);
  }

  @Test
  void layersThatErkWouldFillAboveOneAreDenseAndTheOthersShareTheRest() {
    // At 0.05 the output would be at 1.143. The others share 21525 - 5000.
    double e = 16525 / 1411.0;
    check(
        new Scopes.ErdosRenyiKernel(),
        LENET_5,
        0.05,
        e * 31 / 500,
        e * 80 / 25000,
        e * 1300 / 400000,
        1);
    // At 0.06 the first convolution passes 1 only once the output is dense.
    assertThat(25830 / 1921.0 * 31 / 500).isLessThan(1);
    assertThat((25830 - 5000) / 1411.0 * 31 / 500).isLessThan(1);
    // At 0.07 it does: 30135 / 1921 * 31 / 500 = 0.973, then 25135 / 1411 * 31 / 500 = 1.104.
    e = (30135 - 5500) / 1380.0;
    check(new Scopes.ErdosRenyiKernel(), LENET_5, 0.07, 1, e * 80 / 25000, e * 1300 / 400000, 1);
  }

  @Test
  void uniformPlusKeepsTheFirstConvolutionAndAFifthOfTheOutput() {
    // 0.3: (129150 - 500) / 430000 in all other layers, which is above 0.2.
    check(new Scopes.UniformPlus(), LENET_5, 0.3, 1, 0.2992, 0.2992, 0.2992);
    // 0.05: the two other layers share 21525 - 500 - 1000.
    check(new Scopes.UniformPlus(), LENET_5, 0.05, 1, 20025 / 425000.0, 20025 / 425000.0, 0.2);
    check(new Scopes.UniformPlus(), LENET_5, 0.05, 1, 0.0471, 0.0471, 0.2);
    // Without a convolution only the output differs: (26620 - 200) / 265200.
    check(new Scopes.UniformPlus(), LENET, 0.1, 0.0996, 0.0996, 0.2);
  }

  @Test
  void uniformPlusRefusesDensitiesThatItsTwoLayersExceed() {
    assertThatThrownBy(() -> new Scopes.UniformPlus().densities(LENET_5, 0.003))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("scope: found uniform-plus", "0.003", "at least 0.003485");
    assertThat(new Scopes.UniformPlus().densities(LENET_5, 0.003485)).hasSize(4);
  }

  @Test
  void balancedKeepsAsManyWeightsInEachLayerAndSmallOnesWhole() {
    check(new Scopes.Balanced(), LENET, 0.01, 887.33 / 235200, 887.33 / 30000, 0.8873);
    // 21525 / 4 is more than 500 and 5000: the other two share 16025.
    check(new Scopes.Balanced(), LENET_5, 0.05, 1, 8012.5 / 25000, 8012.5 / 400000, 1);
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void densitiesKeepThePlannedNumberAndNeverFall(Scope scope) {
    Map<Layer, Double> before = new HashMap<>();
    for (int percent = 1; percent <= 100; percent++) {
      Map<Layer, Double> densities = scope.densities(LENET_5, percent / 100.0);
      double kept = 0;
      for (Layer layer : LENET_5) {
        assertThat(densities.get(layer))
            .isBetween(0.0, 1.0)
            .isGreaterThanOrEqualTo(before.getOrDefault(layer, 0.0));
        kept += densities.get(layer) * layer.size();
      }
      assertThat(kept).isCloseTo(4305.0 * percent, within(1e-6));
      before = densities;
    }
  }

  /** Other densities for the output, and none for convolutions. */
  private record WithoutConvolutions() implements Schedule {
    @Override
    public double density(int round, Kind kind) {
      return kind == Kind.CONVOLUTION ? 1 : Math.pow(kind == Kind.OUTPUT ? 0.9 : 0.5, round);
    }
  }

  private record None() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aDistributionDividesThePlannedNumberAndLeavesLayersOfDensityOneOut() {
    Scope balanced = new Scopes.Balanced();
    Pruning pruning = new Pruning(new None(), new WithoutConvolutions(), balanced, TieRule.EXACT);
    Mask mask = pruning.prune(random(LENET_5, 0), Mask.dense(LENET_5), 0, 3);
    assertThat(mask.density(LENET_5.get(0))).isEqualTo(1);
    assertThat(mask.density(LENET_5.get(1))).isEqualTo(1);
    // 400000 / 8 + 5000 * 0.729 = 53645; the output is dense.
    assertThat(mask.kept(LENET_5.get(3))).isEqualTo(5000);
    assertThat(mask.kept(LENET_5.get(2))).isEqualTo(48645);
  }

  @ParameterizedTest
  @MethodSource("scopes")
  void roundsOfOtherScoresLieWithinEachOtherAtTheirPlannedDensities(Scope scope) {
    Pruning pruning = new Pruning(new None(), Schedule.exponential(0.05, 4), scope, TieRule.EXACT);
    Mask alive = Mask.dense(LENET);
    for (int round = 1; round <= 4; round++) {
      Mask mask = pruning.prune(random(LENET, round), alive, round - 1, round);
      assertThat(mask.isWithin(alive)).isTrue();
      assertThat(mask.density()).isCloseTo(Math.pow(0.05, round / 4.0), within(2.0 / mask.size()));
      alive = mask;
    }
  }

  @Test
  void aLayerWithFewerLivingWeightsThanPlannedKeepsThemAll() {
    Layer first = LENET.get(0);
    Mask alive =
        Mask.of(
            LENET,
            (layer, bits) -> {
              bits.set(0, layer.equals(first) ? 100 : layer.size());
              return bits;
            });
    Mask mask = new Scopes.ErdosRenyi().prune(random(LENET, 0), alive, 0.1);
    assertThat(mask.kept(first)).isEqualTo(100);
    assertThat(mask.density(LENET.get(1))).isCloseTo(0.2302, within(5e-5));
  }

  /** A scope with a fault. */
  private record Twice() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      Map<Layer, Double> densities = new HashMap<>();
      planned.forEach((layer, density) -> densities.put(layer, 2 * density));
      return densities;
    }
  }

  @Test
  void aDensityAboveOneIsAFaultOfTheScope() {
    assertThatThrownBy(() -> new Twice().densities(LENET, 0.6))
        .isInstanceOf(PluginFailed.class)
        .hasMessageContainingAll("scope", "Twice", "density of fc1: found 1.2", "0 to 1");
  }

  @Test
  void aScopeThatCannotDivideTheLastDensityIsRefusedByTheCheck() {
    Refusals refusals = new Refusals();
    new Pruning(new None(), Schedule.exponential(0.001, 1), new Scopes.UniformPlus(), TieRule.EXACT)
        .check(1, LENET_5, refusals);
    assertThat(refusals.all()).hasSize(1);
    assertThat(refusals.all().get(0).key()).isEqualTo("scope");
  }

  @Nested
  class LayerwiseIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return Scope.layer();
    }
  }

  @Nested
  class GlobalIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return Scope.global();
    }
  }

  @Nested
  class ErdosRenyiIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return new Scopes.ErdosRenyi();
    }
  }

  @Nested
  class ErkIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return new Scopes.ErdosRenyiKernel();
    }
  }

  @Nested
  class UniformPlusIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return new Scopes.UniformPlus();
    }
  }

  @Nested
  class BalancedIsAScope extends ScopeContract {
    @Override
    protected Scope scope() {
      return new Scopes.Balanced();
    }
  }
}
