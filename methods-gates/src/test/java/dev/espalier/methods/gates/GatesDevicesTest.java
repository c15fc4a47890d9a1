// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.espalier.api.Plan;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.contract.DeviceUnderTest;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.LocalTrial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Channel gates on a device. */
class GatesDevicesTest {

  private static LocalTrial trial(Network network, Device device) {
    return new LocalTrial(
        network,
        TinyProblem.data(200, 100, 200),
        Tiny.training(new Adam(0.01), Span.epochs(10)),
        new Seed(1, 0),
        device);
  }

  @ParameterizedTest
  @EnumSource
  void gatesStayFromZeroToOneAndWeightsStayBitForBit(DeviceUnderTest under) {
    try (Network network = Tiny.network();
        LocalTrial trial = trial(network, under.device())) {
      State start = trial.initial();
      Gates gates = Gates.of(network, start, 0.2, 0.5);
      Trained trained = Trained.begin(network, start, gates, 0);
      for (int i = 0; i < 40; i++) {
        Plan step = trial.plan().from(i).until(i + 1);
        trained = trial.train(trained, gates, step);
        Tensor lambda = trained.variables().get(Gates.GATES);
        for (int c = 0; c < lambda.size(); c++) {
          assertThat(lambda.get(c)).isBetween(0f, 1f);
        }
      }
      assertThat(trained.state().get("conv1.weight")).isEqualTo(start.get("conv1.weight"));
      assertThat(trained.state().get("bn1.runningMean")).isNotEqualTo(start.get("bn1.runningMean"));
    }
  }

  /** The same on the CPU is in {@link PruningFromScratchTest}. */
  @Test
  void theTicketIsFarAboveChance() {
    try (Network network = Tiny.network();
        LocalTrial trial = trial(network, DeviceUnderTest.gpu(0))) {
      new PruningFromScratch(
              new PruningFromScratch.Settings(
                  1.25, 0.2, 0.5, 20, 0.03, 0.4, false, Span.iterations(0), true))
          .run(trial);
      assertThat(trial.tickets()).extracting(Ticket::round).containsExactly(1);
      assertThat(trial.tickets()).allMatch(ticket -> Tiny.test(ticket.trained()).score() > 0.8);
    }
  }
}
