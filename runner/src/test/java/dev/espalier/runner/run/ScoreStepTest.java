// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Method;
import dev.espalier.api.Plugin;
import dev.espalier.api.Scope;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.State;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cost of scores that a method asks for itself. */
class ScoreStepTest {

  /** |g| on the first 50 examples. */
  public record FirstGradients() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      int[] rows = IntStream.range(0, 50).toArray();
      State w = scoring.state();
      try (Gradients at = scoring.at(w, DataType.FLOAT32, Gradients.BatchNorm.BATCH)) {
        return scoring.ofGradients(
            w,
            at.of(() -> at.loss(at.outputs(at.features(rows)), rows)),
            (weight, g) -> Math.abs(g));
      }
    }
  }

  /** Trains the half of the weights that scores rank highest. */
  public static final class Half implements Method {

    /** No settings. */
    public record Settings() {}

    /** Creates the method. */
    @Inject
    public Half() {}

    @Override
    public void run(Trial trial) {
      State start = trial.initial();
      Mask dense = trial.dense();
      Scores scores = trial.score(new FirstGradients(), new Weights(start, start, dense));
      Mask mask = Scope.global().prune(scores, dense, 0.5);
      trial.publish(trial.ticket(1, mask, start, trial.plan()));
    }
  }

  @TempDir private Path root;

  @Test
  void isThatOfTheirPassesAndStaysThatOfTheFirstRun() {
    Plugin plugin = catalog -> catalog.method("half", Half.class, Half.Settings.class);
    Runs runs = new Runs(root, plugin);
    String[] sets = {"method=null", "method=half"};
    Account account = account(runs, sets);
    assertThat(account.finding()).extracting(StepRecord::kind).containsExactly(StepRecord.SCORE);
    assertThat(account.finding().get(0).rows().orElseThrow().number()).isEqualTo(50);
    assertThat(Account.sum(account.finding()))
        .returns(50L, Spent::examples)
        .returns(3 * 50 * 12_704L, Spent::macs);
    assertThat(account(runs, sets)).isEqualTo(account);
  }

  private static Account account(Runs runs, String... sets) {
    return RecordedRun.at(runs.run(sets)).tickets().get(0).row().account();
  }
}
