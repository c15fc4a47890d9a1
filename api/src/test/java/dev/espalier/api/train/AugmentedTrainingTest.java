// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.contract.LiveArrays;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.RandomResizedCrop;
import dev.espalier.api.data.View;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Seed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AugmentedTrainingTest {

  private static final int BATCH = 8;

  /** 50 examples: seven batches an epoch. */
  private static final Data PLAIN = TinyProblem.data(50, 20, 20);

  private static final Data AUGMENTED =
      PLAIN.withAugmentations(List.of(new Crop(1), new Flip(0.5), new RandomResizedCrop(0.5, 1)));

  private final Network network = TinyProblem.convolutional();
  private final Parametrization dense = Parametrization.dense();

  @AfterEach
  void close() {
    network.close();
  }

  @Test
  void repeatsAndGoesOnInMidEpochBitForBit() {
    try (LocalTrial trial = trial(AUGMENTED, 1)) {
      Plan plan = trial.plan();
      Trained whole = trial.train(trial.initial(), dense, plan);
      assertThat(trial.train(trial.initial(), dense, plan)).isEqualTo(whole);
      Trained half = trial.train(trial.initial(), dense, plan.until(10));
      assertThat(trial.train(half, dense, plan.from(10))).isEqualTo(whole);
      try (LocalTrial plain = trial(PLAIN, 1)) {
        assertThat(plain.train(plain.initial(), dense, plan).state()).isNotEqualTo(whole.state());
      }
      try (LocalTrial other = trial(AUGMENTED, 2)) {
        assertThat(other.train(trial.initial(), dense, plan).state()).isNotEqualTo(whole.state());
      }
    }
  }

  @Test
  void anAugmentationThatChangesNothingGivesTheBitsOfNone() {
    Data flips = PLAIN.withAugmentations(List.of(new Flip(1), new Flip(1)));
    try (LocalTrial trial = trial(flips, 1);
        LocalTrial plain = trial(PLAIN, 1)) {
      assertThat(trial.train(trial.initial(), dense, trial.plan()))
          .isEqualTo(plain.train(plain.initial(), dense, plain.plan()));
    }
  }

  @Test
  void everyEpochDrawsAnew() {
    List<View> drawn = new ArrayList<>();
    Augmentation spy =
        (image, random) -> {
          drawn.add(new Crop(3).apply(image, random));
          return image;
        };
    try (LocalTrial trial = trial(PLAIN.withAugmentations(List.of(spy)), 1)) {
      trial.train(trial.initial(), dense, trial.plan().until(14));
      assertThat(drawn).hasSize(100);
      assertThat(drawn.subList(50, 100)).isNotEqualTo(drawn.subList(0, 50));
      List<View> first = List.copyOf(drawn);
      drawn.clear();
      trial.train(trial.initial(), dense, trial.plan().until(14));
      // Evaluation, which both trainings include, drew nothing.
      assertThat(drawn).isEqualTo(first);
    }
  }

  @Test
  void learnsAndFreesWhatItMakes() {
    try (LocalTrial trial = trial(PLAIN.withAugmentations(List.of(new Flip(0.5))), 1)) {
      int before = LiveArrays.count();
      Trained trained = trial.train(trial.initial(), dense, trial.plan());
      assertThat(LiveArrays.count()).isEqualTo(before);
      assertThat(trained.history().last().orElseThrow().train().score()).isGreaterThan(0.6);
    }
  }

  private LocalTrial trial(Data data, long seed) {
    Training training =
        new Training(
            new Sgd(0.1, 0.9, false, 0, List.of()),
            new Constant(),
            Span.epochs(0),
            BATCH,
            Span.epochs(6),
            Span.epochs(1));
    return new LocalTrial(network, data, training, new Seed(seed, 0));
  }
}
