// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Gradients;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Sgd;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {

  private static final Seed SEED = new Seed(3, 0);

  /** More than the address space of any machine. */
  private static final Shape TOO_LARGE = new Shape(1L << 50);

  private static final String CUDA =
      "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of"
          + " which 1.20 GiB is free.";

  @Test
  void theAdviceNamesTheArrayTheDeviceAndTheData() {
    assertThat(DeviceMemory.advice(new EngineException(CUDA), true, 614_400_000))
        .startsWith("the memory of the GPU has no room for an array of 2.00 GiB; the data set")
        .contains("takes 614.4 MB", "smaller batch-size", "nvidia-smi");
    assertThat(DeviceMemory.advice(new EngineException("out of memory"), false, 0))
        .startsWith("the memory of the machine has no room for an array;")
        .doesNotContain("nvidia-smi");
  }

  @Test
  void onlyFailuresOfTheEnginesMemoryAreMeant() {
    assertThat(DeviceMemory.isFull(new EngineException(CUDA))).isTrue();
    assertThat(DeviceMemory.isFull(new IllegalStateException(new EngineException(CUDA)))).isTrue();
    assertThat(DeviceMemory.isFull(new EngineException("CUBLAS_STATUS_ALLOC_FAILED"))).isTrue();
    assertThat(DeviceMemory.isFull(new EngineException("shapes differ"))).isFalse();
    assertThat(DeviceMemory.isFull(new IllegalStateException("out of memory"))).isFalse();
  }

  @Test
  void aTrainingThatHasNoRoomFailsAndTheNextOneSucceeds() {
    Data data = TinyProblem.data(60, 20, 20);
    Training training =
        new Training(
            new Sgd(0.1),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(3),
            Span.iterations(3));
    try (Network network = TinyProblem.linear();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu());
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      State start = network.initial(SEED.stream("init", 0));
      Parametrization dense = Parametrization.dense();
      Trained from = Trained.begin(network, start, dense, 0);
      Plan plan = Plan.of(training, data.train().size());
      int before = engine.managedArrays();
      TrainingListener allocating =
          new TrainingListener() {
            @Override
            public boolean step(long iteration) {
              manager.zeros(TOO_LARGE).close();
              return false;
            }
          };
      assertThatThrownBy(() -> engine.train(SEED, from, dense, plan, allocating))
          .isInstanceOfSatisfying(TrialFailed.class, e -> assertThat(e.isOfMachine()).isTrue())
          .hasMessageContainingAll("memory of the machine", "smaller batch-size", "MB");
      assertThat(engine.managedArrays()).isEqualTo(before);
      assertThat(engine.train(SEED, from, dense, plan, TrainingListener.NONE).iteration())
          .isEqualTo(3);
    }
  }

  @Test
  void aGradientThatHasNoRoomFailsTheTrial() {
    Data data = TinyProblem.data(60, 20, 20);
    try (Network network = TinyProblem.linear();
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu())) {
      State start = network.initial(SEED.stream("init", 0));
      Mask mask = Mask.dense(network.layers());
      Scoring scoring =
          Scoring.of(
              new Trial.Context(network, SEED, Set.of()),
              data,
              new Weights(start, start, mask),
              engine);
      try (Gradients gradients =
          engine.at(scoring, start, DataType.FLOAT32, Gradients.BatchNorm.RUNNING)) {
        assertThatThrownBy(
                () ->
                    gradients.of(
                        List.of(
                            () -> {
                              NDArray large = gradients.manager().zeros(TOO_LARGE);
                              return large.sum();
                            })))
            .isInstanceOf(TrialFailed.class)
            .hasMessageContaining("no room for an array of 4503599627370496 bytes");
      }
    }
  }
}
