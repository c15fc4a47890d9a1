// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Ticket;
import dev.espalier.api.contract.DeviceUnderTest;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.api.train.LocalTrial;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Knowledge evolution on a device gives the results of the CPU. */
class KnowledgeEvolutionDevicesTest {

  private static final int GENERATIONS = 3;

  private static List<Ticket> run(Network network, Device device) {
    try (LocalTrial trial =
        new LocalTrial(
            network,
            Small.data(100, 20, 200),
            Small.training(0.02, 1e-4, 25, 3),
            new Seed(1, 0),
            device)) {
      new KnowledgeEvolution(new KnowledgeEvolution.Settings(GENERATIONS, 0.5, new Kels()))
          .run(trial);
      return trial.tickets();
    }
  }

  @ParameterizedTest
  @EnumSource
  void afterAFewGenerationsTheWeightsAreThoseOfTheCpu(DeviceUnderTest under) {
    try (Network network = TinyProblem.convolutional()) {
      under.tolerance().tickets(run(network, under.device()), run(network, Device.cpu()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSlimNetworkSaysThereWhatTheFitHypothesisSays(DeviceUnderTest under) {
    try (Network chain = Small.chain(7, 6, 9);
        Network residual = TinyProblem.residual(8)) {
      for (Network network : List.of(chain, residual)) {
        List<Ticket> tickets = run(network, under.device());
        for (int g = 1; g <= GENERATIONS; g++) {
          Evaluation slim = Small.test(Small.ticket(tickets, g, "slim"));
          Evaluation fit = Small.test(Small.ticket(tickets, g, "fit"));
          assertThat(slim.loss()).isCloseTo(fit.loss(), within(1e-2));
          assertThat(slim.score()).isCloseTo(fit.score(), within(0.02));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLeftThere(DeviceUnderTest under) {
    try (Network network = Small.chain(7, 6, 9)) {
      int before = LiveArrays.count();
      assertThat(run(network, under.device())).isNotEmpty();
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }
}
