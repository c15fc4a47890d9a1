// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.espalier.api.History;
import dev.espalier.api.MaskHistory;
import dev.espalier.api.MovingMask;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovingMaskTest {

  private static final Data DATA = TinyProblem.data(60, 20, 20);
  private static final Seed SEED = new Seed(1, 0);

  /** Moves every living weight by a random distance, every few iterations. */
  public record Rotation(int every) implements MovingMask {
    @Override
    public boolean isDue(long iteration, Plan plan) {
      return iteration > 0 && iteration % every == 0;
    }

    @Override
    public Mask move(Scoring now, long iteration, Plan plan) {
      return now.mask().shuffled(now.random());
    }
  }

  private static Training training() {
    return new Training(
        new Sgd(0.05, 0.9, false, 0, List.of()),
        new Constant(),
        Span.epochs(0),
        10,
        Span.iterations(20),
        Span.iterations(7));
  }

  /** A third of the weights of each layer. */
  private static Mask third(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i += 3) {
            bits.set(i);
          }
          return bits;
        });
  }

  @Test
  void isAChainOfTrainingsUnderTheMaskOfEachStretch() {
    try (Network network = TinyProblem.convolutional();
        LocalTrial trial = new LocalTrial(network, DATA, training(), SEED)) {
      Plan plan = trial.plan();
      Mask mask = third(network);
      Trained moved =
          trial.train(trial.initial(), Parametrization.moving(mask, new Rotation(6)), plan);

      Trained chain = Trained.begin(network, trial.initial(), Parametrization.masked(mask), 0);
      for (long from = 0; from < 20; from += 6) {
        if (from > 0) {
          Mask next = mask.shuffled(SEED.stream("move", from));
          chain = chain.reset(intersection(mask, next));
          mask = next;
        }
        Plan stretch = plan.from(from).until(Math.min(from + 6, 20));
        chain = trial.train(chain, Parametrization.masked(mask), stretch);
      }

      assertThat(moved.state().digest()).isEqualTo(chain.state().digest());
      assertThat(moved.optimizer().digest()).isEqualTo(chain.optimizer().digest());
      assertThat(moved.history()).isEqualTo(new History(chain.history().points(), 18));
      assertThat(moved.mask(network)).isEqualTo(mask);
      assertThat(moved.mask(network).origin()).isEqualTo(moved.state().origin());
      assertThat(moved.memory(MaskHistory.class).orElseThrow().stretches())
          .extracting(MaskHistory.Stretch::from)
          .containsExactly(0L, 6L, 12L, 18L);
    }
  }

  private static Mask intersection(Mask a, Mask b) {
    return Mask.of(
        a.layers(),
        (layer, bits) -> {
          BitSet both = a.alive(layer);
          both.and(b.alive(layer));
          return both;
        });
  }

  @Test
  void isResumedBitForBitFromAnyIteration() {
    try (Network network = TinyProblem.linear();
        TrainingEngine engine = new TrainingEngine(network, DATA, Device.cpu())) {
      int before = LiveArrays.count();
      Plan plan = Plan.of(training(), DATA.train().size());
      Parametrization moving = Parametrization.moving(third(network), new Rotation(4));
      State start = network.initial(SEED.stream("init", 0));
      Trained begin = Trained.begin(network, start, moving, 0);
      List<Trained> checkpoints = new ArrayList<>();
      TrainingListener always =
          new TrainingListener() {
            @Override
            public boolean step(long iteration) {
              return true;
            }

            @Override
            public void checkpoint(Trained sofar) {
              checkpoints.add(sofar);
            }
          };
      Trained whole = engine.train(SEED, begin, moving, plan, always);
      assertThat(checkpoints).hasSizeGreaterThan(12);
      for (Trained checkpoint : checkpoints) {
        Trained rest =
            engine.train(
                SEED, checkpoint, moving, plan.from(checkpoint.iteration()), TrainingListener.NONE);
        assertThat(rest.state().digest()).isEqualTo(whole.state().digest());
        assertThat(rest.optimizer().digest()).isEqualTo(whole.optimizer().digest());
        assertThat(rest.memory()).isEqualTo(whole.memory());
      }
      assertThat(LiveArrays.count()).isEqualTo(before);
    }
  }

  @Test
  void aWeightThatIsResetIsZeroAndForgotten() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, DATA, training(), SEED)) {
      Trained trained =
          trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(5));
      Mask kept = third(network);
      Trained reset = trained.reset(kept);
      Layer fc = network.layers().get(0);
      Tensor before = trained.optimizer().get("velocity/fc.weight");
      Tensor after = reset.optimizer().get("velocity/fc.weight");
      for (int i = 0; i < fc.size(); i++) {
        boolean isKept = kept.keeps(fc, i);
        float w = trained.state().get("fc.weight").get(i);
        assertThat(reset.state().get("fc.weight").get(i)).isEqualTo(isKept ? w : 0);
        assertThat(reset.variables().get("fc.weight").get(i)).isEqualTo(isKept ? w : 0);
        assertThat(after.get(i)).isEqualTo(isKept ? before.get(i) : 0);
      }
      assertThat(reset.optimizer().get("velocity/fc.bias"))
          .isEqualTo(trained.optimizer().get("velocity/fc.bias"));
    }
  }

  @Test
  void aTrainingWithoutMovesHasNoLastMask() {
    try (Network network = TinyProblem.linear();
        LocalTrial trial = new LocalTrial(network, DATA, training(), SEED)) {
      Trained trained =
          trial.train(trial.initial(), Parametrization.dense(), trial.plan().until(2));
      assertThatThrownBy(() -> trained.mask(network)).hasMessageContaining("a moving mask");
    }
  }
}
