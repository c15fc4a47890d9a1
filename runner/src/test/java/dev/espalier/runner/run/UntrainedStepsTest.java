// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Catalog;
import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scope;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trained;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.state.TrialFailed;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UntrainedStepsTest {

  /** Prunes the untrained network, and then by what becomes of it. */
  public static final class Late implements Method {

    /** Which step comes after training. */
    public enum After {
      SCORE_STATE,
      SCORE_CHANGED_STATE,
      SCORE_FROM_START,
      SCORE_AFTER_GOING_ON,
      SCORE_BY_HAND,
      FAIL_ON_WHAT_IS_KNOWN
    }

    /** The settings. */
    public record Settings(
        @Setting("what ranks the weights") Criterion criterion,
        @Setting("which step comes after training") After after) {}

    private final Settings settings;

    /** With its settings. */
    @Inject
    public Late(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void run(Trial trial) {
      State start = trial.initial();
      Mask dense = Mask.dense(trial.network().layers());
      Mask half = keep(trial, start, start, dense, 0.5);
      Ticket ticket = trial.ticket(1, half, start, trial.plan());
      trial.publish(ticket);
      State state = ticket.trained().state();
      Mask quarter =
          switch (settings.after()) {
            case SCORE_STATE -> keep(trial, start, state, half, 0.25);
            case SCORE_CHANGED_STATE -> keep(trial, start, half.apply(state), half, 0.25);
            case SCORE_FROM_START -> keep(trial, state, start, half, 0.25);
            case SCORE_AFTER_GOING_ON -> {
              Parametrization masked = Parametrization.masked(half);
              Trained early = trial.train(start, masked, trial.plan().until(5));
              Trained late = trial.train(early, masked, trial.plan().from(5));
              yield keep(trial, start, late.state(), half, 0.25);
            }
            case SCORE_BY_HAND ->
                Scope.layer()
                    .prune(
                        Scores.of(half.layers(), layer -> doubles(state.get(layer.name()))),
                        half,
                        0.25);
            case FAIL_ON_WHAT_IS_KNOWN -> {
              keep(trial, start, start, half, 0.25);
              throw new TrialFailed("cannot judge");
            }
          };
      trial.publish(trial.ticket(2, quarter, start, trial.plan()));
    }

    private Mask keep(Trial trial, State start, State state, Mask alive, double density) {
      Scores scores = trial.score(settings.criterion(), new Weights(start, state, alive));
      return Scope.layer().prune(scores, alive, density);
    }
  }

  private static double[] doubles(Tensor tensor) {
    return IntStream.range(0, tensor.size()).mapToDouble(tensor::get).toArray();
  }

  private static final class Methods implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.method("late", Late.class, Late.Settings.class);
    }
  }

  @TempDir private Path root;

  @Test
  void showsNoMaskThatDependsOnATraining() throws IOException {
    for (Late.After after : EnumSet.complementOf(EnumSet.of(Late.After.FAIL_ON_WHAT_IS_KNOWN))) {
      Runs runs = new Runs(root, new Methods());
      String word = Names.word(after);
      runs.analyse(
          "method=null", "method={ id = late, criterion = magnitude, after = " + word + " }");
      assertThat(runs.screen())
          .as(word)
          .contains("round 1\n", "6272", "all further masks depend on training")
          .doesNotContain("round 2");
    }
    // The cost of the scores that all of them ask for first, and no result of a training.
    assertThat(Runs.files(root))
        .hasSize(1)
        .allMatch(file -> file.startsWith(root.resolve("store")));
    assertThat(Files.size(Runs.files(root).get(0))).isLessThan(2_000);
  }

  @Test
  void saysWhatFailsForAnotherReason() {
    Runs runs = new Runs(root, new Methods());
    assertThatThrownBy(
            () ->
                runs.analyse(
                    "method=null",
                    "method={ id = late, criterion = magnitude, after = fail-on-what-is-known }"))
        .isInstanceOf(TrialFailed.class)
        .hasMessage("cannot judge");
  }

  @Test
  void theMaskOfEdgePopupDependsOnItsTraining() throws IOException {
    Runs runs = new Runs(root);
    runs.analyse("method=null", "method={ id = edge-popup }");
    assertThat(runs.screen())
        .contains("all further masks depend on training")
        .doesNotContain("round");
  }

  @Test
  void eachMaskOfAMethodsOtherNetworksIsShownOnce() throws IOException {
    Runs runs = new Runs(root);
    runs.analyse("method=null", "method={ id = knowledge-evolution, generations = 3 }");
    assertThat(runs.screen())
        .containsOnlyOnce("round 1\n")
        .containsOnlyOnce("round 1, fit\n")
        .containsOnlyOnce("round 1, reset\n")
        .doesNotContain("round 2", "depend on training");
  }
}
