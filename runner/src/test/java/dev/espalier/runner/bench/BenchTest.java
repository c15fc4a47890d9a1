// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.espalier.api.Data;
import dev.espalier.api.Network;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Seed;
import dev.espalier.api.Span;
import dev.espalier.api.State;
import dev.espalier.api.Trained;
import dev.espalier.api.train.TrainingEngine;
import dev.espalier.api.train.Watcher;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTest {

  private static final Device CPU = Device.cpu();

  @Test
  void everyComparisonGivesARatioAndALine() {
    StringWriter text = new StringWriter();
    List<Ratio> ratios;
    Bench.Effort little = new Bench.Effort(1, 2, 1, 1, 1, 300, 60);
    try (Bench bench = new Bench(little, CPU, new PrintWriter(text))) {
      ratios = bench.run();
    }
    assertThat(ratios)
        .extracting(Ratio::name)
        .containsExactly(
            "lenet-300-100, batch 60",
            "lenet-300-100, batch 60, masked",
            "lenet-300-100, batch 128",
            "lenet-300-100, batch 128, masked",
            "conv-4, batch 60",
            "conv-4, batch 60, masked",
            "lenet-300-100, epoch");
    assertThat(ratios)
        .allSatisfy(
            ratio -> {
              assertThat(ratio.min()).isPositive();
              assertThat(ratio.median()).isBetween(ratio.min(), ratio.max());
              assertThat(text.toString()).contains(ratio.name());
            });
  }

  @Test
  void theBareLoopDoesTheWorkOfTheEngine() {
    Seed seed = new Seed(3, 0);
    Data data = Bench.digits(200, 1);
    Parametrization dense = Parametrization.dense();
    Plan plan = Plan.of(Bench.training(64, Span.iterations(9)), data.train().size());
    try (Network network = Bench.lenet();
        Network own = Bench.lenet();
        TrainingEngine engine = new TrainingEngine(network, data, CPU);
        Clock clock = new Clock(CPU)) {
      State start = network.initial(seed.stream("init", 0));
      Trained begin = Trained.begin(network, start, dense, 0);
      State trained = engine.train(seed, begin, dense, plan, Watcher.NONE).state();
      try (BareLoop bare = new BareLoop(own, start, data, seed, 64, Bench.LEARNING_RATE, CPU)) {
        bare.steps(9, clock);
        bare.weights()
            .forEach(
                (name, weights) -> {
                  for (int i = 0; i < weights.length; i++) {
                    assertThat(weights[i])
                        .describedAs(name)
                        .isCloseTo(trained.get(name).get(i), within(1e-7f));
                  }
                });
      }
    }
  }
}
