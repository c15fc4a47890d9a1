// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProgressFrameTest {

  private static final Optional<String> TEST = Optional.of("accuracy 94.31 %");
  private static final double UNKNOWN = Double.NaN;

  private static ProgressFrame frame(String words, double left, double leftOfRun) {
    return new ProgressFrame(
        words, 3559, 20000, new ProgressFrame.Times(61.4, left, leftOfRun), TEST);
  }

  @Test
  void aLineOf80ColumnsNamesTheTrainingAndTellsPassedFromLeft() {
    assertThat(frame("round 1, reinit (3 of 17)", 280, 7500).fit(80))
        .isEqualTo(
            "round 1, reinit (3 of 17) [#      ] 17 %, 3559/20000, 5 min left (run 2 h 5 min)");
    assertThat(frame("round 1 (2 of 9)", 50, UNKNOWN).fit(80))
        .isEqualTo(
            "round 1 (2 of 9) 17 %, 3559/20000, 61 s passed, 50 s left, test accuracy 94.31 %");
  }

  @Test
  void noLineIsLongerThanTheTerminal() {
    for (int width = 20; width < 200; width++) {
      String words = "k-2, replicate 1 (2 of 3), round 1, reinit (3 of 17)";
      assertThat(frame(words, 280, 200_000).fit(width)).hasSizeLessThanOrEqualTo(width);
    }
    assertThat(
            frame("a-long-variant, replicate 1 (2 of 3), round 1, reinit (3 of 17)", 280, 7500)
                .fit(60))
        .isEqualTo("...ound 1, reinit (3 of 17) 17 %, 5 min left (run 2 h 5 min)");
  }

  @Test
  void whatIsNotKnownIsNotShown() {
    ProgressFrame first =
        new ProgressFrame(
            "training 1", 0, 40, new ProgressFrame.Times(0, UNKNOWN, UNKNOWN), Optional.empty());
    assertThat(first.line()).isEqualTo("training 1: 0/40 iterations");
    assertThat(first.fit(80)).endsWith("] 0 %, 0/40, 0 s passed").doesNotContain("left", "?");
  }

  @Test
  void aLogFileHasTheSameWords() {
    assertThat(frame("round 1 (2 of 9)", 280, 7500).line())
        .isEqualTo(
            "round 1 (2 of 9): 3559/20000 iterations, 5 min left (run about 2 h 5 min), test"
                + " accuracy 94.31 %");
  }

  @Test
  void durationsHaveTheirTwoLargestUnits() {
    assertThat(ProgressFrame.time(0.4)).isEqualTo("0 s");
    assertThat(ProgressFrame.time(99)).isEqualTo("99 s");
    assertThat(ProgressFrame.time(59.6 * 60)).isEqualTo("1 h 0 min");
    assertThat(ProgressFrame.time(7500)).isEqualTo("2 h 5 min");
    assertThat(ProgressFrame.time(86_400 * 3 + 14_400)).isEqualTo("3 d 4 h");
  }

  /** A rate of 100 a second from the checkpoint on: 9,000 are left here, 20,000 later. */
  @Test
  void aResumedTrainingCountsFromWhereItStands() {
    StringWriter screen = new StringWriter();
    Progress progress = new Progress(new Screen(new PrintWriter(screen, true)));
    Training training =
        new Training(
            new Adam(0.001),
            new Constant(),
            Span.iterations(0),
            10,
            Span.iterations(20_000),
            Span.iterations(100));
    Progress.Place place = new Progress.Place("round 1 (1 of 2)", OptionalLong.of(20_000));
    Progress.TrainingProgress resumed =
        progress.training(place, 0, Plan.of(training, 1000).from(10_000));
    ProgressFrame frame = resumed.frame(11_000, 10);
    assertThat(frame.line())
        .isEqualTo("round 1 (1 of 2): 11000/20000 iterations, 90 s left (run about 5 min)");
    resumed.done(20_000);
    assertThat(screen.toString())
        .startsWith("round 1 (1 of 2): 20000 iterations, the last 10000 in 0.0 s");
  }
}
