// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Blur;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.LabelNoise;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeficitTest {

  /** The deficits, for some epochs. */
  private enum DeficitOf {
    IMAGES {
      @Override
      Deficit epochs(int from, int until) {
        return new Blur(from, until, 2);
      }
    },
    LABELS {
      @Override
      Deficit epochs(int from, int until) {
        return new LabelNoise(from, until, 0.5);
      }
    };

    abstract Deficit epochs(int from, int until);
  }

  /** 50 examples in batches of 8: seven steps an epoch, and six epochs. */
  private static final Data PLAIN = TinyProblem.data(50, 20, 20);

  private static final Parametrization DENSE = Parametrization.dense();

  private final Network network = TinyProblem.convolutional();

  @AfterEach
  void close() {
    network.close();
  }

  @ParameterizedTest
  @EnumSource(DeficitOf.class)
  void stepsBeforeTheDeficitAreThoseOfATrainingWithoutOne(DeficitOf kind) {
    try (LocalTrial trial = trial(PLAIN.withDeficit(kind.epochs(2, 4)));
        LocalTrial plain = trial(PLAIN)) {
      Plan plan = plain.plan();
      State start = plain.initial();
      assertThat(trial.train(start, DENSE, plan.until(14)))
          .isEqualTo(plain.train(start, DENSE, plan.until(14)));
      assertThat(trial.train(start, DENSE, plan.until(15)).state())
          .isNotEqualTo(plain.train(start, DENSE, plan.until(15)).state());
    }
  }

  @ParameterizedTest
  @EnumSource(DeficitOf.class)
  void stepsAfterTheDeficitAreThoseOfATrainingWithoutOne(DeficitOf kind) {
    try (LocalTrial trial = trial(PLAIN.withDeficit(kind.epochs(0, 2)));
        LocalTrial plain = trial(PLAIN)) {
      Plan plan = plain.plan();
      Trained hurt = trial.train(plain.initial(), DENSE, plan.until(14));
      assertThat(trial.train(hurt, DENSE, plan.from(14)))
          .isEqualTo(plain.train(hurt, DENSE, plan.from(14)));
      // As a ticket that is rewound to after the deficit.
      assertThat(trial.train(plain.initial(), DENSE, plan.from(14)))
          .isEqualTo(plain.train(plain.initial(), DENSE, plan.from(14)));
    }
  }

  @ParameterizedTest
  @EnumSource(DeficitOf.class)
  void aDeficitBehindTheEndChangesNothing(DeficitOf kind) {
    try (LocalTrial trial = trial(PLAIN.withDeficit(kind.epochs(6, 9)));
        LocalTrial plain = trial(PLAIN)) {
      assertThat(trial.train(plain.initial(), DENSE, plain.plan()))
          .isEqualTo(plain.train(plain.initial(), DENSE, plain.plan()));
    }
  }

  @ParameterizedTest
  @EnumSource(DeficitOf.class)
  void goingOnInTheMiddleOfADeficitEqualsOneGoBitForBit(DeficitOf kind) {
    Data data =
        PLAIN.withDeficit(kind.epochs(1, 3)).withAugmentations(List.of(new Crop(1), new Flip(1)));
    try (LocalTrial trial = trial(data)) {
      Plan plan = trial.plan();
      Trained whole = trial.train(trial.initial(), DENSE, plan);
      Trained half = trial.train(trial.initial(), DENSE, plan.until(10));
      assertThat(trial.train(half, DENSE, plan.from(10))).isEqualTo(whole);
      try (LocalTrial plain = trial(PLAIN.withAugmentations(data.augmentations()))) {
        assertThat(plain.train(plain.initial(), DENSE, plan).state()).isNotEqualTo(whole.state());
      }
    }
  }

  @Test
  void aBlurIsOfNormalisedTrainingImagesWhileItLastsAndOfNothingElse() {
    List<float[]> seen = new ArrayList<>();
    NamedBlocks block =
        new NamedBlocks()
            .add(
                batch -> {
                  seen.add(batch.singletonOrThrow().toFloatArray());
                  return batch;
                })
            .add(Blocks.batchFlattenBlock())
            .add("out", Linear.builder().setUnits(2).build());
    Shape shape = new Shape(1, 1, 4);
    Examples one = Examples.ofFloats(new float[] {1, 5, 9, 21}, shape, 0);
    Data data =
        new Data("one", one, one, one, new Normalisation(List.of(1.0), List.of(2.0)), 2)
            .withDeficit(new Blur(1, 2, 2));
    try (Network noting = Network.builder("noting", block, shape).build();
        LocalTrial trial = new LocalTrial(noting, data, training(1, 3), new Seed(1, 0))) {
      seen.clear();
      trial.train(trial.initial(), DENSE, trial.plan());
    }
    // Each epoch is a step, and then a look at validation and test examples.
    float[] sharp = {0, 2, 4, 10};
    assertThat(seen).hasSize(9);
    for (int i = 0; i < 9; i++) {
      float[] expected = i == 3 ? new float[] {1, 2.5f, 5.5f, 7} : sharp;
      assertThat(seen.get(i)).as("pass " + i).containsExactly(expected, within(1e-5f));
    }
  }

  @Test
  void halfOfNoiseChangesThatManyLabelsAndTheSameOnesInEveryEpoch() {
    Data data = TinyProblem.data(3000, 0, 0);
    int[] right = data.train().labels();
    Deficit noisy = new LabelNoise(2, 5, 0.5);
    long[] wrong = labels(data, noisy, 2);
    // Of 1500 labels drawn anew from 3 classes a third is right again: 1000 changed, +- 3 sigma.
    assertThat(changed(right, wrong).size()).isBetween(945, 1055);
    for (int c = 0; c < 3; c++) {
      long label = c;
      long there = LongStream.of(wrong).filter(l -> l == label).count();
      assertThat(there).as("class " + c).isBetween(880L, 1120L);
    }
    assertThat(labels(data, noisy, 3)).isEqualTo(wrong);
    assertThat(labels(data, noisy, 4)).isEqualTo(wrong);
    assertThat(labels(data, noisy, 1)).isEqualTo(IntStream.of(right).asLongStream().toArray());
    assertThat(labels(data, noisy, 5)).isEqualTo(labels(data, noisy, 1));
    long[] more = labels(data, new LabelNoise(2, 5, 0.7), 2);
    assertThat(changed(right, more)).containsAll(changed(right, wrong));
  }

  /** The labels of all training examples, from the last to the first and back, in an epoch. */
  private static long[] labels(Data data, Deficit deficit, long epoch) {
    int size = data.train().size();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      DeviceExamples train = new DeviceExamples(data.train(), data, manager);
      int[] reverse = IntStream.range(0, size).map(i -> size - 1 - i).toArray();
      Indices rows = Indices.of(reverse, manager);
      NDArray right = train.targets(rows);
      Deficit.OnDevice onDevice = deficit.on(data, new Seed(1, 0), manager);
      long[] turned =
          (deficit.lasts(epoch) ? onDevice.labels(right, rows.array()) : right).toLongArray();
      return IntStream.range(0, size).mapToLong(i -> turned[size - 1 - i]).toArray();
    }
  }

  private static Set<Integer> changed(int[] right, long[] seen) {
    Set<Integer> changed = new HashSet<>();
    for (int i = 0; i < right.length; i++) {
      if (right[i] != seen[i]) {
        changed.add(i);
      }
    }
    return changed;
  }

  @Test
  void aNetworkThatLearnsNothingButNoiseLearnsWhenItEnds() {
    Data data = TinyProblem.data(300, 100, 300).withDeficit(new LabelNoise(0, 4, 1));
    try (LocalTrial trial = new LocalTrial(network, data, training(20, 12), new Seed(1, 0))) {
      List<History.Point> points =
          trial.train(trial.initial(), DENSE, trial.plan()).history().points();
      // Three classes: chance is 1/3 and log 3 = 1.10.
      Evaluation hurt = points.get(3).test();
      assertThat(hurt.score()).isBetween(0.15, 0.5);
      assertThat(hurt.loss()).isGreaterThan(1.05);
      assertThat(points.get(3).train().score()).as("of the labels shown").isLessThan(0.55);
      assertThat(points.get(11).test().score()).isGreaterThan(0.85);
      assertThat(points.get(11).train().score()).isGreaterThan(0.85);
    }
  }

  @ParameterizedTest
  @EnumSource(DeficitOf.class)
  void aDeficitIsFreedWithTheTrainingAndItsStepsHoldNothing(DeficitOf kind) {
    int before = LiveArrays.count();
    List<Integer> arrays = new ArrayList<>();
    TrainingListener counter =
        new TrainingListener() {
          @Override
          public boolean step(long iteration) {
            if (iteration % 70 == 3) { // third of its epoch: as many losses are unread each time
              arrays.add(LiveArrays.count());
            }
            return false;
          }
        };
    Data data = PLAIN.withDeficit(kind.epochs(0, 50));
    try (TrainingEngine engine = new TrainingEngine(network, data, Device.cpu())) {
      int held = LiveArrays.count();
      Plan plan = Plan.of(training(8, 100), PLAIN.train().size());
      Trained begin =
          Trained.begin(network, network.initial(new Seed(1, 0).stream("init", 0)), DENSE, 0);
      engine.train(new Seed(1, 0), begin, DENSE, plan, counter);
      assertThat(arrays).hasSize(10).containsOnly(arrays.get(0));
      assertThat(LiveArrays.count()).isEqualTo(held);
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private LocalTrial trial(Data data) {
    return new LocalTrial(network, data, training(8, 6), new Seed(1, 0));
  }

  private static Training training(int batchSize, int epochs) {
    return new Training(
        new Sgd(0.1, 0.9, false, 0, List.of()),
        new Constant(),
        Span.epochs(0),
        batchSize,
        Span.epochs(epochs),
        Span.epochs(1));
  }
}
