// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.History;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.api.structure.ScalePenalty;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.LocalTrial;
import dev.espalier.api.train.Sgd;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskWatchTest {

  private static final int PER_EPOCH = 8;
  private static final int CHANNELS = 32;
  private static final Data DATA = TinyProblem.data(200, 0, 10);
  private static final Training TRAINING =
      new Training(
          new Sgd(0.1, 0.9, false, 1e-4, List.of()),
          new Constant(),
          Span.iterations(0),
          25,
          Span.epochs(9),
          Span.epochs(3));

  private final Network network = Small.network(0.4, 0.6);

  @AfterEach
  void close() {
    network.close();
  }

  private static MaskWatch watch(double p, int window) {
    return new MaskWatch(Granularity.CHANNELS, List.of(p), 0.1, window, PER_EPOCH);
  }

  private static BitSet mask(int... bits) {
    BitSet mask = new BitSet();
    for (int i = 0; i < bits.length; i++) {
      mask.set(i, bits[i] == 1);
    }
    return mask;
  }

  /** The network with these scales, at the start of an epoch. */
  private Trained at(long epoch, float[] gamma, MaskWatch.Memory memory) {
    Map<String, Tensor> scales = new LinkedHashMap<>();
    scales.put("bn1.gamma", Tensor.of(new Shape(16), Arrays.copyOf(gamma, 16)));
    scales.put("bn2.gamma", Tensor.of(new Shape(16), Arrays.copyOfRange(gamma, 16, 32)));
    State state = network.initial(new Seed(1, 0).stream("init", 0)).with(State.of(scales));
    return new Trained(
        epoch * PER_EPOCH,
        state,
        Parametrization.dense().variables(network, state),
        State.EMPTY,
        Trained.Running.NONE,
        History.EMPTY,
        Optional.of(memory));
  }

  private boolean isEnough(MaskWatch watch, MaskWatch.Memory memory) {
    return watch.isEnough(at(0, moving(0), memory));
  }

  /** Scales of which half are large: 16 in a row, from one that moves on with every epoch. */
  private static float[] moving(long epoch) {
    float[] gamma = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      gamma[c] = (c + 4 * epoch) % CHANNELS < 16 ? 1 + c : -0.01f * c;
    }
    return gamma;
  }

  @Test
  void theDistanceIsSymmetricZeroForEqualMasksAndFromZeroToOne() {
    RandomStream random = new Seed(2, 0).stream("test", 0);
    for (int n = 1; n < 50; n++) {
      int[] a = new int[n];
      int[] b = new int[n];
      int[] opposite = new int[n];
      for (int i = 0; i < n; i++) {
        a[i] = random.nextInt(2);
        b[i] = random.nextInt(2);
        opposite[i] = 1 - a[i];
      }
      double d = MaskWatch.distance(mask(a), mask(b), n);
      assertThat(d).isBetween(0.0, 1.0).isEqualTo(MaskWatch.distance(mask(b), mask(a), n));
      assertThat(MaskWatch.distance(mask(a), mask(a), n)).isZero();
      assertThat(MaskWatch.distance(mask(a), mask(opposite), n)).isEqualTo(1);
    }
    assertThat(MaskWatch.distance(mask(1, 1, 0, 0, 1), mask(1, 0, 1, 0, 1), 5)).isEqualTo(0.4);
  }

  /** The key of a remembered training has all components of the record. */
  @Test
  void itsComponentsTellItFromOthers() {
    MaskWatch watch = watch(0.5, 5);
    assertThat(watch).isEqualTo(watch(0.5, 5));
    for (MaskWatch other :
        List.of(
            watch(0.3, 5),
            watch(0.5, 4),
            new MaskWatch(Granularity.WEIGHTS, List.of(0.5), 0.1, 5, PER_EPOCH),
            new MaskWatch(Granularity.CHANNELS, List.of(0.5), 0.2, 5, PER_EPOCH))) {
      assertThat(other).isNotEqualTo(watch);
    }
  }

  @Test
  void channelMasksAreStrictlyAboveTheThreshold() {
    float[] gamma = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      gamma[c] = (c % 2 == 0 ? 1 : -1) * (1 + c / 2); // 1, -1, 2, -2 ... 16, -16
    }
    // sorted[int(32 * 0.3)] = sorted[9] = 5, and both of 5 go
    BitSet mask =
        Granularity.CHANNELS.mask(network, at(0, gamma, MaskWatch.Memory.NONE).state(), 0.3);
    for (int c = 0; c < CHANNELS; c++) {
      assertThat(mask.get(c)).isEqualTo(c >= 10);
    }
  }

  @Test
  void weightMasksKeepExactlyTheLargestOfAllLayers() {
    State state = network.initial(new Seed(1, 0).stream("init", 0));
    BitSet mask = Granularity.WEIGHTS.mask(network, state, 0.3);
    int size = 0;
    int kept = 0;
    float largestGone = 0;
    float smallestKept = Float.POSITIVE_INFINITY;
    for (Layer layer : network.layers()) {
      for (int i = 0; i < layer.size(); i++, size++) {
        float w = Math.abs(state.get(layer.name()).get(i));
        if (mask.get(size)) {
          kept++;
          smallestKept = Math.min(smallestKept, w);
        } else {
          largestGone = Math.max(largestGone, w);
        }
      }
    }
    assertThat(kept).isEqualTo((int) Math.round(0.7 * size));
    assertThat(largestGone).isLessThan(smallestKept);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void theFifoIsNeverLongerThanItsWindowAndNothingIsDrawnBeforeItIsFull(int window) {
    MaskWatch watch = watch(0.5, window);
    MaskWatch.Memory memory = MaskWatch.Memory.NONE;
    for (int e = 0; e < 12; e++) {
      memory = watch.observe(network, at(e, moving(3), memory));
      assertThat(memory.of(0.5).masks()).hasSize(Math.min(e + 1, window));
      assertThat(isEnough(watch, memory)).isEqualTo(e >= window - 1);
      assertThat(memory.of(0.5).distances()).hasSize(Math.max(0, e + 2 - window));
    }
  }

  @Test
  void scalesThatFreezeAfterEpochKAreDrawnAtExactlyKPlus4() {
    for (long k = 0; k < 10; k++) {
      MaskWatch watch = watch(0.5, 5);
      MaskWatch.Memory memory = MaskWatch.Memory.NONE;
      long e = 0;
      for (; e < 20; e++) {
        memory = watch.observe(network, at(e, moving(Math.min(e, k)), memory));
        if (isEnough(watch, memory)) {
          break;
        }
      }
      assertThat(e).isEqualTo(k + 4);
      assertThat(watch.drawn(at(e, moving(0), memory))).containsExactly(0.5);
      assertThat(memory.of(0.5).distances())
          .hasSize((int) k + 1)
          .contains(new MaskWatch.Distance(k + 4, 0));
    }
  }

  @Test
  void itIsTheNewestMaskThatIsComparedWithEachOfTheOlder() {
    // Every step moves by 2 of 32 bits of one and the same direction: neighbours are 1/16 apart,
    // the newest and the oldest of five 1/4.
    MaskWatch watch = watch(0.5, 5);
    MaskWatch.Memory memory = MaskWatch.Memory.NONE;
    for (int e = 0; e < 8; e++) {
      float[] gamma = new float[CHANNELS];
      for (int c = 0; c < CHANNELS; c++) {
        gamma[c] = (c + e) % CHANNELS < 16 ? 1 + c : 0;
      }
      memory = watch.observe(network, at(e, gamma, memory));
    }
    assertThat(isEnough(watch, memory)).isFalse();
    MaskWatch.Distance last = memory.of(0.5).distances().get(3);
    assertThat(last.epoch()).isEqualTo(7);
    assertThat(last.largest()).isBetween(0.2f, 0.3f);
  }

  @Test
  void aMaskThatKeepsNothingIsNeverDrawn() {
    float[] equal = new float[CHANNELS];
    Arrays.fill(equal, 0.5f);
    MaskWatch watch = watch(0.5, 5);
    MaskWatch.Memory memory = MaskWatch.Memory.NONE;
    for (int e = 0; e < 10; e++) {
      memory = watch.observe(network, at(e, equal, memory));
      assertThat(isEnough(watch, memory)).isFalse();
    }
    assertThat(memory.of(0.5).distances()).isEmpty();
    // One that keeps something is far from those that do not, until they have left the window.
    for (int e = 10; e < 15; e++) {
      memory = watch.observe(network, at(e, moving(0), memory));
      assertThat(isEnough(watch, memory)).isEqualTo(e == 14);
    }
  }

  @Test
  void everySparsityHasItsOwnMasksAndGoesOnWithoutTheOthers() {
    MaskWatch both = new MaskWatch(Granularity.CHANNELS, List.of(0.1, 0.5), 0.1, 5, PER_EPOCH);
    MaskWatch.Memory memory = MaskWatch.Memory.NONE;
    for (int e = 0; e < 6; e++) {
      memory = both.observe(network, at(e, moving(e), memory));
    }
    MaskWatch one = watch(0.5, 5);
    MaskWatch.Memory alone = MaskWatch.Memory.NONE;
    for (int e = 0; e < 6; e++) {
      alone = one.observe(network, at(e, moving(e), alone));
    }
    assertThat(memory.of(0.5).masks()).isEqualTo(alone.of(0.5).masks());
    assertThat(memory.of(0.5).distances()).isEqualTo(alone.of(0.5).distances());
    assertThat(memory.of(0.1).masks()).isNotEqualTo(memory.of(0.5).masks());
    assertThat(one.observe(network, at(6, moving(6), memory)))
        .isEqualTo(one.observe(network, at(6, moving(6), alone)));
  }

  @Test
  void scalesThatAreNotNumbersFail() {
    float[] broken = moving(0);
    broken[20] = Float.NaN;
    assertThatThrownBy(() -> watch(0.5, 5).observe(network, at(0, broken, MaskWatch.Memory.NONE)))
        .isInstanceOf(TrialFailed.class)
        .hasMessageStartingWith("batch norm of conv2: found a gamma of NaN");
  }

  @ParameterizedTest
  @EnumSource
  void watchedTrainingIsTrainingBitForBit(Granularity level) {
    try (LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, 0))) {
      Plan plan = trial.plan();
      // Distances that are never small enough, so that nothing ends it.
      MaskWatch watch = new MaskWatch(level, List.of(0.3, 0.5), 0, 9, PER_EPOCH);
      Parametrization how = new ScalePenalty(0.01);
      Trained begun = Trained.begin(network, trial.initial(), how, 0);
      Trained plain = trial.train(begun, how, plan);
      Trained watched = trial.train(begun, how, plan, watch);
      assertThat(watched.iteration()).isEqualTo(plan.total());
      assertThat(MaskWatch.memory(watched).of(0.3).masks()).hasSize(9);
      assertThat(withoutMemory(watched)).isEqualTo(plain);
      // Looked at in the middle of an epoch and gone on with, it has seen the same.
      Trained half = trial.train(begun, how, plan.until(37), watch);
      assertThat(trial.train(half, how, plan.from(37), watch)).isEqualTo(watched);
    }
  }

  private static Trained withoutMemory(Trained trained) {
    return new Trained(
        trained.iteration(),
        trained.state(),
        trained.variables(),
        trained.optimizer(),
        trained.running(),
        trained.history());
  }

  @ParameterizedTest
  @EnumSource
  void lookingLeavesWeightsAndOptimizerAsTheyAre(Granularity level) {
    try (LocalTrial trial = new LocalTrial(network, DATA, TRAINING, new Seed(1, 0))) {
      Parametrization how = new ScalePenalty(0.01);
      Trained trained = trial.train(trial.initial(), how, trial.plan().until(PER_EPOCH));
      Map<String, float[]> before = copy(trained);
      BitSet mask = level.mask(network, trained.state(), 0.5);
      new MaskWatch(level, List.of(0.5), 0.1, 5, PER_EPOCH).observe(network, trained);
      copy(trained).forEach((name, values) -> assertThat(values).isEqualTo(before.get(name)));
      assertThat(level.mask(network, trained.state(), 0.5)).isEqualTo(mask);
    }
  }

  private static Map<String, float[]> copy(Trained trained) {
    Map<String, float[]> copy = new LinkedHashMap<>();
    for (State state : List.of(trained.state(), trained.variables(), trained.optimizer())) {
      state
          .tensors()
          .forEach(
              (name, tensor) -> {
                float[] values = new float[tensor.size()];
                tensor.values().get(values);
                copy.put(copy.size() + name, values);
              });
    }
    assertThat(trained.optimizer().names()).isNotEmpty();
    return copy;
  }
}
