// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Ticket;
import dev.espalier.api.Training;
import dev.espalier.api.contract.MethodContract;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.methods.sparse.SoftThresholdReparametrization.Settings;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SoftThresholdReparametrizationTest {

  private static final Data DATA = TinyProblem.data(200, 0, 100);

  @Nested
  class Contract extends MethodContract {
    @Override
    protected Method method() {
      return new SoftThresholdReparametrization(new Settings(-3));
    }

    @Override
    protected Plugin plugin() {
      return new SparsePlugin();
    }
  }

  @Test
  void learnsWithAFractionOfTheWeights() {
    Ticket ticket = ticket(-5, 3e-3);
    assertThat(ticket.mask().density()).isBetween(0.02, 0.8);
    assertThat(ticket.trained().history().last().orElseThrow().test().values().get(0))
        .isGreaterThan(0.8); // chance is a third
  }

  @Test
  void maskHasTheEffectiveWeightsThatAreNotZero() {
    Ticket ticket = ticket(-5, 3e-3);
    for (Layer layer : ticket.mask().layers()) {
      double threshold =
          SoftThreshold.g(
              ticket.trained().variables().get(SoftThreshold.THRESHOLD + layer.name()).get(0));
      for (int i = 0; i < layer.size(); i++) {
        float effective = ticket.trained().state().get(layer.name()).get(i);
        float w = ticket.trained().variables().get(layer.name()).get(i);
        assertThat(effective != 0).isEqualTo(ticket.mask().keeps(layer, i));
        assertThat((double) effective)
            .isCloseTo(Math.signum(w) * Math.max(Math.abs(w) - threshold, 0), within(1e-6));
      }
    }
  }

  @Test
  void densityFallsWithTheWeightDecayAndTheFirstThreshold() {
    double density = ticket(-5, 1e-3).mask().density();
    assertThat(ticket(-5, 5e-3).mask().density()).isLessThan(density);
    assertThat(ticket(-3, 1e-3).mask().density()).isLessThan(density);
  }

  @Test
  void reportsTheThresholdAndTheDensityOfEachLayer() {
    Ticket ticket = ticket(-5, 1e-3);
    assertThat(ticket.findings()).containsOnlyKeys("thresholds");
    assertThat(ticket.findings().get("thresholds"))
        .matches(
            "fc.weight [-0-9.e]+ \\([0-9.]+ % kept\\), out.weight [-0-9.e]+ \\([0-9.]+ % kept\\)");
  }

  @Test
  void theEarlyStopIsTheEnd() {
    assertThat(ticket(-5, 1e-3).trained().history().since()).isEqualTo(299);
  }

  @Test
  void refusesAThresholdThatIsNotFinite() {
    assertThatThrownBy(() -> new Settings(Double.NaN))
        .hasMessageContaining("s-init: found NaN, allowed is (-inf, inf)");
    assertThatThrownBy(() -> new Settings(Double.NEGATIVE_INFINITY))
        .hasMessageContaining("s-init: found -Infinity, allowed is (-inf, inf)");
  }

  private static Ticket ticket(double sInit, double weightDecay) {
    Training training =
        new Training(
            new Sgd(0.1, 0.9, false, weightDecay, List.of()),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(300),
            Span.iterations(300));
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, DATA, training, new Seed(1, 0))) {
      new SoftThresholdReparametrization(new Settings(sInit)).run(trial);
      assertThat(trial.tickets()).hasSize(1);
      return trial.tickets().get(0);
    }
  }
}
