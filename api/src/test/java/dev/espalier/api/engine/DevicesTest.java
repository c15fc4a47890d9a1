// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import dev.espalier.api.Gradients;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.DeviceUnderTest;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.contract.Tolerance;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Blur;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.FlipOrShift;
import dev.espalier.api.data.LabelNoise;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.DecayExemption;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A device computes the results of the CPU. Methods, criteria, parametrizations and deficits are
 * compared by their contracts.
 */
class DevicesTest {

  private static final Data DATA = TinyProblem.data(200, 50, 100);
  private static final Sgd NESTEROV = new Sgd(0.05, 0.9, true, 1e-4, List.of());

  private final Network network = TinyProblem.convolutional();

  @AfterEach
  void close() {
    network.close();
  }

  /** A training to compare. */
  private record Case(String name, Optimizer optimizer, Data data) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Data augmented(Augmentation augmentation) {
    return DATA.withAugmentations(List.of(augmentation));
  }

  private static List<Case> cases() {
    Data smoothed = DATA.withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
    List<DecayExemption> exempt = List.of(DecayExemption.values());
    return List.of(
        new Case("gradient descent", new Sgd(0.05), DATA),
        new Case("momentum", new Sgd(0.05, 0.9, false, 0, List.of()), DATA),
        new Case("Nesterov and weight decay", NESTEROV, DATA),
        new Case("exempt from decay", new Sgd(0.05, 0.9, false, 0.1, exempt), DATA),
        new Case("Adam", new Adam(0.01), DATA),
        new Case("AdamW", new AdamW(0.01, 0.9, 0.999, 1e-8, 0.01, List.of()), DATA),
        new Case("label smoothing", NESTEROV, smoothed),
        new Case("flips", NESTEROV, augmented(new Flip(0.5))),
        new Case("crops", NESTEROV, augmented(new Crop(1))),
        new Case("flips or shifts", NESTEROV, augmented(new FlipOrShift(1))),
        new Case("resized crops", NESTEROV, augmented(new RandomResizedCrop(0.5, 1))),
        new Case("blur", NESTEROV, DATA.withDeficit(new Blur(0, 2, 2))),
        new Case("label noise", NESTEROV, DATA.withDeficit(new LabelNoise(0, 2, 0.3))));
  }

  static Stream<Arguments> casesOnDevices() {
    return Stream.of(DeviceUnderTest.values())
        .flatMap(under -> cases().stream().map(each -> Arguments.of(under, each)));
  }

  @ParameterizedTest
  @MethodSource("casesOnDevices")
  void trainingsAreThoseOfTheCpu(DeviceUnderTest under, Case of) {
    try (LocalTrial there = trial(of, under.device());
        LocalTrial here = trial(of, Device.cpu())) {
      Trained there25 = train(there);
      Trained here25 = train(here);
      under.tolerance().trainings(of.name(), there25, here25);
      under
          .tolerance()
          .states(
              "running statistics",
              there.restatistics(here25.state()),
              here.restatistics(here25.state()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void itLearnsWellAboveChanceUnderAMaskWithDeadWeightsAtZero(DeviceUnderTest under) {
    try (LocalTrial trial = trial(network, training(NESTEROV, 150), under.device())) {
      Trained trained = train(trial);
      assertThat(trained.history().last().orElseThrow().test().score()).isGreaterThan(0.7);
      assertThat(half(network).apply(trained.state())).isEqualTo(trained.state());
    }
  }

  @ParameterizedTest
  @EnumSource
  void goingOnFromACheckpointIsTrainingInOneGo(DeviceUnderTest under) {
    Parametrization masked = Parametrization.masked(half(network));
    try (LocalTrial trial = trial(network, training(new Adam(0.01), 25), under.device())) {
      Plan plan = trial.plan();
      Trained first = trial.train(trial.initial(), masked, plan.until(13));
      under
          .tolerance()
          .trainings("resumed", trial.train(first, masked, plan.from(13)), train(trial));
    }
  }

  @ParameterizedTest
  @EnumSource
  void dropoutDropsAsManyAndRepeats(DeviceUnderTest under) {
    // A rate so small that only dropout moves the loss: its mean over 50 epochs of 200 examples.
    Training training =
        new Training(
            new Sgd(1e-9), new Constant(), Span.epochs(0), 50, Span.epochs(50), Span.epochs(50));
    try (Network dropping = dropout();
        LocalTrial there = trial(dropping, training, under.device());
        LocalTrial here = trial(dropping, training, Device.cpu())) {
      double own = trainingLoss(there);
      assertThat(trainingLoss(there)).isEqualTo(own);
      double cpu = trainingLoss(here);
      double without = here.measure(here.initial()).history().last().orElseThrow().test().loss();
      double byDropout = cpu - without;
      assertThat(byDropout).isGreaterThan(0.1);
      assertThat(Math.abs(own - cpu)).isLessThan(0.15 * byDropout);
    }
  }

  private static double trainingLoss(LocalTrial trial) {
    Trained trained = trial.train(trial.initial(), Parametrization.dense(), trial.plan());
    return trained.history().last().orElseThrow().train().loss();
  }

  @ParameterizedTest
  @EnumSource
  void fiveCheckpointsHoldNoMoreThanOne(DeviceUnderTest under) {
    int before = LiveArrays.count();
    int managers = LiveArrays.managers();
    Plan plan = Plan.of(training(NESTEROV, 8), DATA.train().size());
    Parametrization masked = Parametrization.masked(half(network));
    Trained begin = Trained.begin(network, initial(), masked, 0);
    Counter counter = new Counter();
    try (TrainingEngine engine = new TrainingEngine(network, DATA, under.device())) {
      engine.train(new Seed(1, 0), begin, masked, plan, counter);
    }
    assertThat(counter.arrays).hasSize(7).containsOnly(counter.arrays.get(0));
    assertThat(counter.managers).hasSize(7).containsOnly(counter.managers.get(0));
    assertThat(LiveArrays.count()).isEqualTo(before);
    assertThat(LiveArrays.managers()).isEqualTo(managers);
  }

  /** Counts what is alive after each checkpoint. */
  private static final class Counter implements TrainingListener {

    private final List<Integer> arrays = new ArrayList<>();
    private final List<Integer> managers = new ArrayList<>();

    @Override
    public boolean step(long iteration) {
      return true;
    }

    @Override
    public void checkpoint(Trained trained) {
      arrays.add(LiveArrays.count());
      managers.add(LiveArrays.managers());
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAndHessianProductsAreThoseOfTheCpu(DeviceUnderTest under) {
    Map<String, double[]> cpu = hessianTimesGradient(Device.cpu());
    Map<String, double[]> own = hessianTimesGradient(under.device());
    // In float64, which TF32 does not concern.
    Tolerance tolerance = under == DeviceUnderTest.CPU ? Tolerance.NONE : new Tolerance(1e-8, 0);
    cpu.forEach((name, products) -> tolerance.numbers(name, own.get(name), products));
  }

  private Map<String, double[]> hessianTimesGradient(Device device) {
    Seed seed = new Seed(1, 0);
    State state = initial();
    int[] rows = {0, 1, 2, 3, 4, 5, 6, 7};
    try (TrainingEngine engine = new TrainingEngine(network, DATA, device)) {
      Scoring scoring =
          Scoring.of(
              new Trial.Context(network, seed, Set.of()),
              DATA,
              new Weights(state, state, half(network)),
              engine);
      try (Gradients gradients = scoring.at(state, DataType.FLOAT64, Gradients.BatchNorm.BATCH)) {
        Supplier<NDArray> loss =
            () -> gradients.loss(gradients.outputs(gradients.features(rows)), rows);
        Map<String, NDArray> g = gradients.of(loss);
        Map<String, double[]> products = new LinkedHashMap<>();
        gradients
            .hessianTimes(g, List.of(loss))
            .forEach(
                (name, array) -> {
                  assertThat(array.getDevice()).isEqualTo(device);
                  products.put(name, Gradients.doubles(array));
                });
        return products;
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theAnalysisIsThatOfTheCpu(DeviceUnderTest under) {
    try (TrainingEngine here = new TrainingEngine(network, DATA, Device.cpu());
        TrainingEngine there = new TrainingEngine(network, DATA, under.device())) {
      assertThat(there.analyse(half(network))).isEqualTo(here.analyse(half(network)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLossThatIsNotFiniteNamesItsIteration(DeviceUnderTest under) {
    // On a GPU losses are read many at a time; the message names the step that failed all the same.
    try (Network linear = TinyProblem.linear();
        LocalTrial trial = trial(linear, training(new Sgd(1e30), 25), under.device())) {
      State start = trial.initial();
      assertThatThrownBy(() -> trial.train(start, Parametrization.dense(), trial.plan()))
          .isInstanceOf(TrialFailed.class)
          .hasMessageContaining("iteration 2 ");
    }
  }

  /** A training that needs too much memory fails; the next one gives the bits it always gives. */
  @ParameterizedTest
  @EnumSource
  void aBatchTooLargeForTheMemoryFailsAndTheNextTrainingGoesOn(DeviceUnderTest under) {
    try (Network hungry = hungry();
        TrainingEngine engine = new TrainingEngine(hungry, SMALL, under.device())) {
      Trained first = train(hungry, engine, 8);
      int arrays = LiveArrays.count();
      assertThatThrownBy(() -> train(hungry, engine, 16))
          .isInstanceOf(under == DeviceUnderTest.CPU ? RuntimeException.class : TrialFailed.class)
          .hasMessageContaining("memory");
      assertThat(LiveArrays.count()).isEqualTo(arrays);
      under.tolerance().trainings("after the failure", train(hungry, engine, 8), first);
    }
  }

  private static final Data SMALL = TinyProblem.data(40, 8, 8);

  private static Trained train(Network network, TrainingEngine engine, int batch) {
    Training training =
        new Training(
            NESTEROV, new Constant(), Span.epochs(0), batch, Span.iterations(5), Span.epochs(1));
    State start = network.initial(new Seed(1, 0).stream("init", 0));
    Parametrization dense = Parametrization.dense();
    return engine.train(
        new Seed(1, 0),
        Trained.begin(network, start, dense, 0),
        dense,
        Plan.of(training, SMALL.train().size()),
        TrainingListener.NONE);
  }

  /** A network that needs 2^58 bytes, more than any address, for a batch above 8. */
  private static Network hungry() {
    return Network.builder(
            "hungry",
            new NamedBlocks()
                .add(Blocks.batchFlattenBlock())
                .add(
                    list -> {
                      NDArray features = list.singletonOrThrow();
                      if (features.getShape().get(0) > 8) {
                        features.getManager().zeros(new Shape(1L << 56));
                      }
                      return list;
                    })
                .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build()),
            TinyProblem.INPUT)
        .build();
  }

  /** Each process of several allocates on its GPU alone. */
  @Test
  void theSecondGpuDoesNotUseTheFirst() {
    Device second = DeviceUnderTest.gpu(1);
    long before = used(Device.gpu(0));
    try (LocalTrial trial = trial(network, training(NESTEROV, 25), second)) {
      train(trial);
      assertThat(hessianTimesGradient(second)).isNotEmpty();
      assertThat(used(Device.gpu(0))).isEqualTo(before);
    }
  }

  private static long used(Device gpu) {
    return ai.djl.util.cuda.CudaUtils.getGpuMemory(gpu).getUsed();
  }

  private State initial() {
    return network.initial(new Seed(1, 0).stream("init", 0));
  }

  private LocalTrial trial(Case of, Device device) {
    return new LocalTrial(network, of.data(), training(of.optimizer(), 25), new Seed(1, 0), device);
  }

  private static LocalTrial trial(Network network, Training training, Device device) {
    return new LocalTrial(network, DATA, training, new Seed(1, 0), device);
  }

  private static Trained train(LocalTrial trial) {
    Parametrization masked = Parametrization.masked(half(trial.network()));
    return trial.train(trial.initial(), masked, trial.plan());
  }

  private static Mask half(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          bits.set(0, layer.size() / 2);
          return bits;
        });
  }

  private static Network dropout() {
    return Network.builder(
            "dropping",
            new NamedBlocks()
                .add(Blocks.batchFlattenBlock())
                .add("fc", Linear.builder().setUnits(64).build())
                .add(Activation::relu)
                .add(Dropout.builder().optRate(0.8f).build())
                .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build()),
            TinyProblem.INPUT)
        .build();
  }

  private static Training training(Optimizer optimizer, long steps) {
    return new Training(
        optimizer, new Constant(), Span.iterations(5), 20, Span.iterations(steps), Span.epochs(1));
  }
}
