// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Scores;
import dev.espalier.runner.config.MethodChoice;
import dev.espalier.runner.plugin.PluginProblem;
import jakarta.inject.Inject;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class MethodModuleTest {

  /** A criterion. */
  public record Constant() implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  /** Settings with one criterion and two schedules. */
  public record Settings(int rounds, Criterion criterion, Schedule first, Schedule second) {}

  private static final Settings SETTINGS =
      new Settings(3, new Constant(), Schedule.linear(0.1, 3), Schedule.linear(0.2, 3));

  private abstract static class Idle implements Method {
    @Override
    public void run(Trial trial) {
      throw new UnsupportedOperationException();
    }
  }

  /** Asks for its settings, and for the criterion in them. */
  public static final class Asking extends Idle {
    private final Settings settings;
    private final Criterion criterion;

    /** Made by Guice. */
    @Inject
    public Asking(Settings settings, Criterion criterion) {
      this.settings = settings;
      this.criterion = criterion;
    }
  }

  /** Asks for a stream. */
  public static final class AskingTooMuch extends Idle {
    /** Made by Guice. */
    @Inject
    public AskingTooMuch(Settings settings, PrintStream out) {
      out.println(settings);
    }
  }

  /** Asks for a schedule, of which there are two. */
  public static final class AskingForEither extends Idle {
    /** Made by Guice. */
    @Inject
    public AskingForEither(Schedule schedule) {
      throw new UnsupportedOperationException(schedule.toString());
    }
  }

  /** Refuses its settings. */
  public static final class Refusing extends Idle {
    /** Made by Guice. */
    @Inject
    public Refusing(Settings settings) {
      throw new RefusedException("rounds", settings.rounds(), "1");
    }
  }

  private static Method build(Class<? extends Method> type) {
    return MethodModule.build(new MethodChoice("mine", type, SETTINGS));
  }

  @Test
  void aConstructorGetsItsSettingsAndTheirParts() {
    Asking method = (Asking) build(Asking.class);
    assertThat(method.settings).isSameAs(SETTINGS);
    assertThat(method.criterion).isSameAs(SETTINGS.criterion());
  }

  @Test
  void aConstructorThatAsksForAnythingElseIsRefusedByName() {
    assertThatThrownBy(() -> build(AskingTooMuch.class))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContainingAll(
            "mine",
            AskingTooMuch.class.getName(),
            Settings.class.getName(),
            Criterion.class.getName());
    assertThatThrownBy(() -> build(AskingForEither.class))
        .isInstanceOf(PluginProblem.class)
        .hasMessageContaining(AskingForEither.class.getName())
        .hasMessageNotContaining(Schedule.class.getName());
  }

  @Test
  void aConstructorMayRefuseItsSettings() {
    assertThatThrownBy(() -> build(Refusing.class))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("rounds: found 3, allowed is 1");
  }
}
