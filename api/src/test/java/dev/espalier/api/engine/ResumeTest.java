// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import dev.espalier.api.History;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Classification;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Same seed, same bits: in one go, in pieces, from a checkpoint. */
class ResumeTest {

  /** 50 examples in batches of 8: six whole batches and one of 2 an epoch. */
  private static final Data DATA =
      TinyProblem.data(50, 20, 20)
          .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));

  private static final int TOTAL = 31;

  private final Network network = TinyProblem.convolutional();
  private final Parametrization dense = Parametrization.dense();

  @AfterEach
  void close() {
    network.close();
  }

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new Sgd(0.1),
        new Sgd(0.1, 0.9, false, 1e-3, List.of()),
        new Sgd(0.1, 0.9, true, 0, List.of()),
        new Adam(0.01),
        new AdamW(0.01, 0.9, 0.999, 1e-8, 0.01, List.of()));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void goingOnEqualsOneGoBitForBit(Optimizer optimizer) {
    try (LocalTrial trial = trial(network, optimizer, 1)) {
      Plan plan = trial.plan();
      State start = trial.initial();
      Trained whole = trial.train(start, dense, plan);
      // 9 is neither an epoch's end (7, 14, ...) nor a point of the history (5, 10, ...).
      Trained first = trial.train(start, dense, plan.until(9));
      Trained second = trial.train(first, dense, plan.from(9));
      assertThat(first.history().points()).extracting(History.Point::iteration).containsExactly(5L);
      assertThat(first.running().examples()).isEqualTo(8 + 2 + 8 + 8);
      assertThat(second).isEqualTo(whole);
      assertThat(whole.state()).isNotEqualTo(start);
    }
  }

  @Test
  void aFreshOptimizerIsNotGoingOnWithMomentum() {
    try (LocalTrial trial = trial(network, new Sgd(0.1, 0.9, false, 0, List.of()), 1)) {
      Plan plan = trial.plan();
      Trained whole = trial.train(trial.initial(), dense, plan);
      State k = trial.train(trial.initial(), dense, plan.until(9)).state();
      assertThat(trial.train(k, dense, plan.from(9)).state()).isNotEqualTo(whole.state());
    }
  }

  @Test
  void onePieceAnIterationEqualsOneGo() {
    try (LocalTrial trial = trial(network, new Adam(0.01), 1)) {
      Plan plan = trial.plan();
      Trained sofar = Trained.begin(network, trial.initial(), dense, 0);
      for (long i = 0; i < TOTAL; i++) {
        sofar = trial.train(sofar, dense, plan.from(i).until(i + 1));
      }
      assertThat(sofar).isEqualTo(trial.train(trial.initial(), dense, plan));
    }
  }

  @Test
  void anEmptyStretchChangesNothing() {
    try (LocalTrial trial = trial(network, new Sgd(0.1, 0.9, false, 0, List.of()), 1)) {
      Trained sofar = trial.train(trial.initial(), dense, trial.plan().until(9));
      assertThat(trial.train(sofar, dense, trial.plan().from(9).until(9))).isEqualTo(sofar);
    }
  }

  @Test
  void aCheckpointEqualsATrainingToThatIteration() {
    List<Trained> taken = new ArrayList<>();
    TrainingListener watcher =
        new TrainingListener() {
          @Override
          public boolean step(long iteration) {
            return iteration == 9 || iteration == 14 || iteration == TOTAL;
          }

          @Override
          public void checkpoint(Trained sofar) {
            taken.add(sofar);
          }
        };
    Seed seed = new Seed(1, 0);
    Optimizer optimizer = new Adam(0.01);
    try (TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu());
        LocalTrial trial = trial(network, optimizer, 1)) {
      Plan plan = trial.plan();
      Trained begin = Trained.begin(network, trial.initial(), dense, 0);
      Trained whole = engine.train(seed, begin, dense, plan, watcher);
      // The last one is the result itself, and no checkpoint.
      assertThat(taken)
          .containsExactly(
              trial.train(begin, dense, plan.until(9)), trial.train(begin, dense, plan.until(14)));
      assertThat(trial.train(taken.get(0), dense, plan.from(9))).isEqualTo(whole);
      assertThat(trial.train(begin, dense, plan)).isEqualTo(whole);
    }
  }

  @Test
  void aWatcherSeesEveryPointOfTheHistory() {
    List<History.Point> seen = new ArrayList<>();
    TrainingListener watcher =
        new TrainingListener() {
          @Override
          public void measured(History.Point point) {
            seen.add(point);
          }
        };
    try (TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu())) {
      Plan plan = Plan.of(training(new Sgd(0.1)), DATA.train().size());
      State start = network.initial(new Seed(1, 0).stream("init", 0));
      Trained trained =
          engine.train(
              new Seed(1, 0), Trained.begin(network, start, dense, 0), dense, plan, watcher);
      assertThat(trained.history().points()).isEqualTo(seen);
      assertThat(seen)
          .extracting(History.Point::iteration)
          .containsExactly(5L, 10L, 15L, 20L, 25L, 30L, 31L);
    }
  }

  @Test
  void sameSeedSameBitsAndAnotherSeedOthers() {
    Trained first = trained(network, 1);
    assertThat(trained(network, 1)).isEqualTo(first);
    assertThat(trained(network, 2).state()).isNotEqualTo(first.state());
  }

  @Test
  void theOrderAloneDependsOnTheSeedToo() {
    try (LocalTrial one = trial(network, new Sgd(0.1), 1);
        LocalTrial two = trial(network, new Sgd(0.1), 2)) {
      State start = one.initial();
      assertThat(two.train(start, dense, two.plan()).state())
          .isNotEqualTo(one.train(start, dense, one.plan()).state());
    }
  }

  @Test
  void measuringMoreOftenDoesNotDisturbTraining() {
    try (Network dropping = withDropout(0.5f)) {
      State every = null;
      for (Span often : List.of(Span.iterations(1), Span.iterations(4), Span.epochs(100))) {
        Training training =
            new Training(
                new Sgd(0.1), new Constant(), Span.epochs(0), 8, Span.iterations(TOTAL), often);
        try (LocalTrial trial = new LocalTrial(dropping, DATA, training, new Seed(1, 0))) {
          State state = trial.train(trial.initial(), dense, trial.plan()).state();
          assertThat(every == null ? state : every).isEqualTo(state);
          every = state;
        }
      }
    }
  }

  @Test
  void dropoutRepeatsAndGoesOnBitForBit() {
    try (Network dropping = withDropout(0.5f);
        Network whole = withDropout(0);
        LocalTrial trial = trial(dropping, new Adam(0.01), 1)) {
      Plan plan = trial.plan();
      Trained oneGo = trial.train(trial.initial(), dense, plan);
      assertThat(trial.train(trial.initial(), dense, plan)).isEqualTo(oneGo);
      Trained half = trial.train(trial.initial(), dense, plan.until(9));
      // Whatever draws from DJL's one generator in between.
      ai.djl.engine.Engine.getInstance().setRandomSeed(99);
      assertThat(trial.train(half, dense, plan.from(9))).isEqualTo(oneGo);
      assertThat(trained(whole, 1).state()).isNotEqualTo(oneGo.state());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 10})
  void refusesToGoOnAtAnotherIteration(long from) {
    try (LocalTrial trial = trial(network, new Sgd(0.1), 1)) {
      Trained nine = trial.train(trial.initial(), dense, trial.plan().until(9));
      assertThatThrownBy(() -> trial.train(nine, dense, trial.plan().from(from)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("iteration: found 9")
          .hasMessageContaining(" " + from);
    }
  }

  @Test
  void batchNormStatisticsAreTrainedStoredAndContinued() {
    try (LocalTrial trial = trial(network, new Sgd(0.1), 1)) {
      Plan plan = trial.plan();
      Trained first = trial.train(trial.initial(), dense, plan.until(9));
      Tensor before = trial.initial().get("bn.runningMean");
      Tensor middle = first.state().get("bn.runningMean");
      assertThat(middle).isNotEqualTo(before);
      assertThat(first.variables().names()).doesNotContain("bn.runningMean", "bn.runningVar");
      Tensor goneOn = trial.train(first, dense, plan.from(9)).state().get("bn.runningMean");
      assertThat(goneOn)
          .isEqualTo(trial.train(trial.initial(), dense, plan).state().get("bn.runningMean"));
      // From statistics put back to their start, the same steps end elsewhere.
      Trained reset =
          new Trained(
              9,
              first.state().with(State.of(java.util.Map.of("bn.runningMean", before))),
              first.variables(),
              first.optimizer(),
              first.running(),
              first.history());
      assertThat(trial.train(reset, dense, plan.from(9)).state().get("bn.runningMean"))
          .isNotEqualTo(goneOn);
    }
  }

  private Trained trained(Network net, long seed) {
    try (LocalTrial trial = trial(net, new Adam(0.01), seed)) {
      return trial.train(trial.initial(), dense, trial.plan());
    }
  }

  private static LocalTrial trial(Network network, Optimizer optimizer, long seed) {
    return new LocalTrial(network, DATA, training(optimizer), new Seed(seed, 0));
  }

  private static Training training(Optimizer optimizer) {
    return new Training(
        optimizer,
        new Steps(List.of(Span.iterations(20)), 0.1),
        Span.iterations(12),
        8,
        Span.iterations(TOTAL),
        Span.iterations(5));
  }

  private static Network withDropout(float rate) {
    NamedBlocks block =
        new NamedBlocks()
            .add(Blocks.batchFlattenBlock())
            .add("fc", Linear.builder().setUnits(8).build())
            .add(Activation::relu)
            .add(Dropout.builder().optRate(rate).build())
            .add("out", Linear.builder().setUnits(TinyProblem.CLASSES).build());
    return Network.builder("dropping", block, TinyProblem.INPUT).build();
  }
}
