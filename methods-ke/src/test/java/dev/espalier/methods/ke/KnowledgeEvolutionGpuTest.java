// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.ke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.espalier.api.Evaluation;
import dev.espalier.api.Ticket;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.LocalTrial;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Knowledge evolution on a GPU: within a tolerance, since sums there have no fixed order. */
class KnowledgeEvolutionGpuTest {

  private static final int GENERATIONS = 3;

  @BeforeAll
  static void needsAGpu() {
    assumeTrue(
        Engine.getInstance().getGpuCount() > 0,
        "the engine finds no GPU: knowledge evolution on one is not tested here");
  }

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

  @Test
  void afterAFewGenerationsTheWeightsAreThoseOfTheCpu() {
    try (Network network = TinyProblem.convolutional()) {
      List<Ticket> cpu = run(network, Device.cpu());
      List<Ticket> gpu = run(network, Device.gpu());
      assertThat(gpu).hasSameSizeAs(cpu);
      for (int t = 0; t < cpu.size(); t++) {
        assertThat(gpu.get(t).branch()).isEqualTo(cpu.get(t).branch());
        assertThat(gpu.get(t).mask()).isEqualTo(cpu.get(t).mask());
        State there = gpu.get(t).trained().state();
        State here = cpu.get(t).trained().state();
        for (String name : here.names()) {
          for (int i = 0; i < here.get(name).size(); i++) {
            assertThat(there.get(name).get(i))
                .as("generation %d, %s: %s[%d]", cpu.get(t).round(), cpu.get(t).branch(), name, i)
                .isCloseTo(here.get(name).get(i), within(5e-3f));
          }
        }
        assertThat(Small.test(gpu.get(t)).loss())
            .isCloseTo(Small.test(cpu.get(t)).loss(), within(1e-2));
      }
    }
  }

  @Test
  void theSlimNetworkSaysThereWhatTheFitHypothesisSays() {
    try (Network chain = Small.chain(7, 6, 9);
        Network residual = TinyProblem.residual(8)) {
      for (Network network : List.of(chain, residual)) {
        List<Ticket> tickets = run(network, Device.gpu());
        for (int g = 1; g <= GENERATIONS; g++) {
          Evaluation slim = Small.test(Small.ticket(tickets, g, "slim"));
          Evaluation fit = Small.test(Small.ticket(tickets, g, "fit"));
          assertThat(slim.loss()).isCloseTo(fit.loss(), within(1e-2));
          assertThat(slim.score()).isCloseTo(fit.score(), within(0.02));
        }
      }
    }
  }

  @Test
  void nothingIsLeftThere() {
    try (Network network = Small.chain(7, 6, 9)) {
      int before = LiveArrays.count();
      assertThat(run(network, Device.gpu())).isNotEmpty();
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }
}
