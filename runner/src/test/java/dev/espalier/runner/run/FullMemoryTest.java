// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.results.RecordedRun;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullMemoryTest {

  /** More than the address space of any machine. */
  private static final Shape TOO_LARGE = new Shape(1L << 50);

  private enum Place {
    NOWHERE,
    METHOD,
    CRITERION
  }

  /** Where memory runs out in replicate 0. */
  private static Place place = Place.NOWHERE;

  /** Differentiates an array that no memory has room for. */
  public record Large() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      State w = scoring.state();
      try (Gradients at = scoring.at(w, DataType.FLOAT32, Gradients.BatchNorm.RUNNING)) {
        at.of(List.of(() -> at.manager().zeros(TOO_LARGE).sum()));
      }
      throw new AssertionError("found room");
    }
  }

  /** Publishes the dense network, except where memory runs out. */
  public static final class Dense implements Method {

    /** No settings. */
    public record Settings() {}

    /** Creates the method. */
    @Inject
    public Dense() {}

    @Override
    public void run(Trial trial) {
      State start = trial.initial();
      if (trial.seed().replicate() == 0 && place == Place.METHOD) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
          manager.zeros(TOO_LARGE);
        }
      }
      if (trial.seed().replicate() == 0 && place == Place.CRITERION) {
        trial.score(new Large(), new Weights(start, start, trial.dense()));
      }
      trial.publish(trial.ticket(1, trial.dense(), start, trial.plan()));
    }
  }

  @TempDir private Path root;

  @AfterEach
  void reset() {
    place = Place.NOWHERE;
  }

  @Test
  void endsOneReplicateWithAdviceTheNextGoesOnAndTheFailureIsNotRemembered() {
    Plugin plugin = catalog -> catalog.method("own", Dense.class, Dense.Settings.class);
    Runs runs = new Runs(root, plugin);
    String[] sets = {"method=null", "method=own", "replicates=2"};
    for (Place each : List.of(Place.METHOD, Place.CRITERION)) {
      place = each;
      assertThatThrownBy(() -> runs.run(sets))
          .as(each.name())
          .isInstanceOf(TrialFailed.class)
          .hasMessageContainingAll(
              "replicate 0",
              "no room for an array of 4503599627370496 bytes",
              "the data set takes",
              "smaller batch-size");
      assertThat(runs.screen()).as("replicate 1 was trained").contains("trainings: 1,");
    }
    place = Place.NOWHERE;
    assertThat(RecordedRun.at(runs.run(sets)).tickets()).hasSize(2);
  }
}
