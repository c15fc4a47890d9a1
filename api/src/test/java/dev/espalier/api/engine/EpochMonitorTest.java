// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.EpochMonitor;
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
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Monitored trainings, on epochs of 7 iterations. */
class EpochMonitorTest {

  private static final Data DATA =
      TinyProblem.data(50, 20, 20)
          .withObjective(new Classification(0.1, Classification.Choice.ACCURACY));
  private static final Seed SEED = new Seed(1, 0);

  private final Network network = TinyProblem.convolutional();
  private final Parametrization dense = Parametrization.dense();

  @AfterEach
  void close() {
    network.close();
  }

  /**
   * Remembers batch norm's gamma, the number of points of history and of earlier pages at each
   * observation.
   *
   * @param enough the iteration to end at
   */
  public record Diary(long enough) implements EpochMonitor {

    /**
     * The pages.
     *
     * @param pages one for each observation, by its iteration
     */
    public record Memory(Map<String, Tensor> pages) {}

    @Override
    public Class<Memory> memoryType() {
      return Memory.class;
    }

    @Override
    public Memory observe(Network network, Trained trained) {
      assertThat(trained.state().names()).isEqualTo(network.parameters().keySet());
      Tensor gamma = trained.state().get("bn.gamma");
      int points = trained.history().points().size();
      Map<String, Tensor> pages = new LinkedHashMap<>();
      trained.memory(Memory.class).ifPresent(before -> pages.putAll(before.pages()));
      pages.put(
          "at " + trained.iteration(),
          Tensor.of(new Shape(4), gamma.get(0), gamma.get(1), points, pages.size()));
      return new Memory(pages);
    }

    @Override
    public boolean isEnough(Trained trained) {
      return pages(trained).containsKey("at " + enough);
    }
  }

  private static Map<String, Tensor> pages(Trained trained) {
    return trained.memory(Diary.Memory.class).orElseThrow().pages();
  }

  private static final Diary ENDLESS = new Diary(-1);

  @Test
  void changesNothing() {
    try (LocalTrial trial = trial()) {
      // To the end, where the sums over the batches begin anew, and to the middle of an epoch.
      for (Plan plan : List.of(trial.plan(), trial.plan().until(18))) {
        Trained plain = trial.train(trial.initial(), dense, plan);
        Trained observed = trial.train(begin(trial), dense, plan, ENDLESS);
        assertThat(plain.memory()).isEmpty();
        assertThat(unmonitored(observed)).isEqualTo(plain);
        assertThat(plain.running().examples()).isEqualTo(plan.until() == 18 ? 4 * 8 : 0);
      }
    }
  }

  @Test
  void looksBeforeTheFirstStepAndAfterEveryEpochWithItsPointOfHistory() {
    try (LocalTrial trial = trial()) {
      State start = trial.initial();
      Map<String, Tensor> pages = pages(trial.train(begin(trial), dense, trial.plan(), ENDLESS));
      assertThat(pages.keySet()).containsExactly("at 0", "at 7", "at 14", "at 21");
      int looks = 0;
      for (String look : pages.keySet()) {
        Tensor gamma =
            trial.train(start, dense, trial.plan().until(7L * looks)).state().get("bn.gamma");
        // One point of history an epoch
        assertThat(pages.get(look))
            .isEqualTo(Tensor.of(new Shape(4), gamma.get(0), gamma.get(1), looks, looks));
        looks++;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 7, 14})
  void endsTheTrainingWhereItSaysSo(long enough) {
    try (LocalTrial trial = trial()) {
      Trained ended = trial.train(begin(trial), dense, trial.plan(), new Diary(enough));
      assertThat(ended.iteration()).isEqualTo(enough);
      assertThat(pages(ended)).hasSize((int) enough / 7 + 1);
      assertThat(unmonitored(ended))
          .isEqualTo(trial.train(trial.initial(), dense, trial.plan().until(enough)));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 6, 7, 8, 14, 20, 21, 23})
  void goingOnRemembersTheSameAsOneGo(long k) {
    try (LocalTrial trial = trial()) {
      Trained whole = trial.train(begin(trial), dense, trial.plan(), ENDLESS);
      Trained first = trial.train(begin(trial), dense, trial.plan().until(k), ENDLESS);
      assertThat(trial.train(first, dense, trial.plan().from(k), ENDLESS)).isEqualTo(whole);
    }
  }

  @Test
  void goingOnFromACheckpointRemembersTheSame() {
    List<Trained> taken = new ArrayList<>();
    TrainingListener watcher =
        new TrainingListener() {
          @Override
          public boolean step(long iteration) {
            return iteration == 7 || iteration == 10;
          }

          @Override
          public void checkpoint(Trained sofar) {
            taken.add(sofar);
          }
        };
    try (TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu());
        LocalTrial trial = trial()) {
      Plan plan = trial.plan();
      Trained whole = engine.train(SEED, begin(trial), dense, plan, new Diary(21), watcher);
      assertThat(whole.iteration()).isEqualTo(21);
      assertThat(taken).hasSize(2);
      for (Trained checkpoint : taken) {
        // At the end of an epoch the observation there is in it.
        assertThat(pages(checkpoint)).containsOnlyKeys("at 0", "at 7");
        Plan rest = plan.from(checkpoint.iteration());
        assertThat(
                engine.train(SEED, checkpoint, dense, rest, new Diary(21), TrainingListener.NONE))
            .isEqualTo(whole);
      }
    }
  }

  @Test
  void firstLooksAtTheEndOfTheEpochWhereATrainingBeginsWithinOne() {
    try (LocalTrial trial = trial()) {
      Trained begin = Trained.begin(network, trial.initial(), dense, 3);
      Trained trained = trial.train(begin, dense, trial.plan().from(3), ENDLESS);
      assertThat(pages(trained)).containsOnlyKeys("at 7", "at 14", "at 21");
    }
  }

  @Test
  void aTrainingWithoutMonitorHasNoMemoryOfTheOneBefore() {
    try (LocalTrial trial = trial()) {
      Trained first = trial.train(begin(trial), dense, trial.plan().until(7), ENDLESS);
      assertThat(first.memory()).isPresent();
      assertThat(trial.train(first, dense, trial.plan().from(7)).memory()).isEmpty();
    }
  }

  @Test
  void theMemoryOfAnotherMonitorIsRefused() {
    try (LocalTrial trial = trial()) {
      Trained first = trial.train(begin(trial), dense, trial.plan().until(7), ENDLESS);
      assertThatThrownBy(() -> first.memory(Trained.Running.class))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Diary$Memory")
          .hasMessageContaining("Trained$Running");
    }
  }

  @Test
  void leavesNoArraysBehind() {
    int before = LiveArrays.count();
    try (LocalTrial trial = trial()) {
      trial.train(begin(trial), dense, trial.plan(), new Diary(7));
    }
    assertThat(LiveArrays.count()).isEqualTo(before);
  }

  private Trained begin(LocalTrial trial) {
    return Trained.begin(network, trial.initial(), dense, 0);
  }

  private static Trained unmonitored(Trained trained) {
    return new Trained(
        trained.iteration(),
        trained.state(),
        trained.variables(),
        trained.optimizer(),
        trained.running(),
        trained.history());
  }

  /** Three and a half epochs, measured after each. */
  private LocalTrial trial() {
    Training training =
        new Training(
            new Sgd(0.1, 0.9, false, 1e-3, List.of()),
            new Cosine(),
            Span.iterations(3),
            8,
            Span.iterations(25),
            Span.epochs(1));
    return new LocalTrial(network, DATA, training, SEED);
  }
}
