// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryTest {

  private static final Data DATA =
      TinyProblem.data(40, 10, 10)
          .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
  private static final long STEPS = 10_000;

  /** Counts what is alive after some steps, in the middle of a training. */
  private static final class Counter implements TrainingListener {

    private final List<Integer> arrays = new ArrayList<>();
    private final List<Long> heap = new ArrayList<>();

    @Override
    public boolean step(long iteration) {
      if (iteration % 2000 == 1999) {
        arrays.add(LiveArrays.count());
        heap.add(usedHeap());
      }
      return false;
    }

    private static long usedHeap() {
      Runtime runtime = Runtime.getRuntime();
      long used = Long.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        System.gc();
        used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
      }
      return used;
    }
  }

  @Test
  void tenThousandStepsHoldNoMoreThanTwoThousand() {
    int before = LiveArrays.count();
    try (Network network = TinyProblem.linear()) {
      Mask mask =
          Mask.of(
              network.layers(),
              (layer, bits) -> {
                bits.set(0, layer.size() / 2);
                return bits;
              });
      Parametrization masked = Parametrization.masked(mask);
      // A changing rate, momentum and decay, so that every scalar on the device changes too.
      Training training =
          new Training(
              new Sgd(0.01, 0.9, true, 1e-4, List.of()),
              new Cosine(),
              Span.iterations(100),
              8,
              Span.iterations(STEPS),
              Span.iterations(1000));
      try (TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu())) {
        int data = engine.managedArrays();
        Plan plan = Plan.of(training, DATA.train().size());
        State start = network.initial(new Seed(1, 0).stream("init", 0));
        Trained begin = Trained.begin(network, start, masked, 0);
        Counter counter = new Counter();
        engine.train(new Seed(1, 0), begin, masked, plan, counter);
        assertThat(counter.arrays).hasSize(5).containsOnly(counter.arrays.get(0));
        // One array left a step would be some 8000 times 200 bytes on the heap alone.
        assertThat(counter.heap.get(4)).isCloseTo(counter.heap.get(0), within(1_000_000L));
        assertThat(engine.managedArrays()).isEqualTo(data);
      }
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  @Test
  void closingTheEngineFreesTheData() {
    try (Network network = TinyProblem.linear()) {
      int before = LiveArrays.count();
      TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu());
      assertThat(engine.managedArrays()).isPositive();
      assertThat(LiveArrays.count()).isEqualTo(before + engine.managedArrays());
      engine.close();
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void everyKindOfTrainingFreesAllButItsResult() {
    try (Network network = TinyProblem.convolutional()) {
      Training training =
          new Training(
              new Adam(0.01),
              new Constant(),
              Span.epochs(0),
              8,
              Span.epochs(3),
              Span.iterations(4));
      try (LocalTrial trial = new LocalTrial(network, DATA, training, new Seed(1, 0))) {
        int before = LiveArrays.count();
        Trained half = trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(7));
        trial.train(half, Parametrization.dense(), trial.plan().from(7));
        assertThat(LiveArrays.count()).isEqualTo(before);
      }
    }
  }
}
