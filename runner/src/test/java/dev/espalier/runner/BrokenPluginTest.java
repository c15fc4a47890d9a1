// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Plugin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.example.broken.BrokenPlugin;
import org.example.broken.UnknownKindPlugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The mistakes of a plugin are reported as its mistakes: with its name and jar, and exit code 2.
 */
class BrokenPluginTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [4] }
      data { id = digits, per-class = 4 }
      training {
        optimizer { id = sgd, learning-rate = 0.1 }
        batch-size = 20
        iterations = 4
      }
      """;

  @TempDir private Path root;
  private final StringWriter err = new StringWriter();

  /** Runs the tiny experiment with the broken plugin and some more lines of configuration. */
  private int run(String more) throws IOException {
    return run(BrokenPlugin.class, more);
  }

  private int run(Class<? extends Plugin> plugin, String more) throws IOException {
    Path services = Files.createDirectories(root.resolve("META-INF/services"));
    Files.writeString(services.resolve(Plugin.class.getName()), plugin.getName());
    String file = Files.writeString(root.resolve("my.conf"), TINY + more).toString();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {root.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      return Main.execute(
          new PrintWriter(new StringWriter()),
          new PrintWriter(err, true),
          "run",
          file,
          "--dir",
          root.toString());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private String jar() {
    return Path.of(BrokenPlugin.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .getFileName()
        .toString();
  }

  private void refused(String more, String message) throws IOException {
    assertThat(run(more)).as(err.toString()).isEqualTo(2);
    assertThat(err.toString()).contains(message.replace("JAR", jar()));
  }

  private String log() throws IOException {
    List<String> logs = new ArrayList<>();
    try (var files = Files.walk(root.resolve("runs"))) {
      for (Path log : files.filter(file -> file.endsWith("run.log")).toList()) {
        logs.add(Files.readString(log));
      }
    }
    return String.join("", logs);
  }

  private static String pruned(String criterion) {
    return "method { id = prune-at-init, densities = [0.5], criterion { id = wrong-scores, mistake ="
        + criterion
        + " } }";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          exception | threw java.lang.IllegalStateException: out of ideas. Tell its author
          recursion | threw java.lang.StackOverflowError. Tell its author
          few       | fc1.weight: found 3 scores, allowed is 3136 scores
          """)
  void anExceptionOfACriterionHasItsNameAndItsTraceIsInTheLog(String mistake, String message)
      throws IOException {
    refused(pruned(mistake), "criterion \"wrong-scores\" of JAR threw ");
    assertThat(err.toString()).contains(message, "; the trace is in ").doesNotContain("\tat ");
    assertThat(log()).contains("\tat org.example.broken.WrongCriterion.score");
  }

  @Test
  void anExceptionBeforeThereIsALogIsPrintedWithItsTrace() throws IOException {
    refused(
        pruned("construction"),
        "criterion \"wrong-scores\" of JAR threw java.lang.IllegalArgumentException: no such"
            + " construction. Tell its author");
    assertThat(err.toString()).contains("\tat org.example.broken.WrongCriterion.<init>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nothing | scores: found null, allowed is a value. Tell its author
          layer   | scores: found scores of fc1.weight, allowed is one for each weight of fc1.weight, fc2.weight
          nan     | fc1.weight: the score of weight 0 is not a number
          """)
  void scoresThatAreNotAllowedAreRefusedByTheCriterionsName(String mistake, String message)
      throws IOException {
    refused(pruned(mistake), "criterion \"wrong-scores\" of JAR: " + message);
    assertThat(err.toString()).doesNotContain("\tat ");
  }

  @Test
  void equalScoresOfAllWeightsAreWarnedOf() throws IOException {
    assertThat(run(pruned("infinity"))).as(err.toString()).isZero();
    assertThat(log())
        .contains("WARN Scoring criterion org.example.broken.WrongCriterion", "score Infinity");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0.5, 0.4, 0.3  | density 0.5 of round 0 for kind linear, allowed is 1 for the dense
          1, 1.5, 0.5    | density 1.5 of round 1 for kind linear, allowed is above 0 and at most 1.0
          1, 0.2, 0.6    | density 0.6 of round 2 for kind linear, allowed is above 0 and at most 0.2
          1, 0.5, 0      | density 0.0 of round 2 for kind linear, allowed is above 0 and at most 0.5
          1, 0.5, -0.1   | density -0.1 of round 2 for kind linear, allowed is above 0
          """)
  void aScheduleIsCheckedForAllRoundsBeforeTraining(String densities, String message)
      throws IOException {
    refused(
        "method { id = imp, rounds = 2, schedule { id = wrong-densities, densities = ["
            + densities
            + "] } }",
        "my.conf:10: method.schedule: found " + message);
    assertThat(err.toString())
        .contains("of the schedule \"wrong-densities\" of " + jar() + ", or tell its author")
        .doesNotContain("\tat ");
    assertThat(root.resolve("runs")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          exception   | method "wrong-method" of JAR threw java.lang.IllegalStateException: out of ideas
          iteration   | RefusedException: iteration: found 4, allowed is the beginning of the plan, 0
          split       | split org.example.broken.WrongMethod$NoSplit of JAR: mask: found null
          pullback    | WrongParametrization of JAR: pullback: found no update, allowed is one update of each
          twice       | WrongParametrization of JAR: pullback.fc1.weight: found a second update
          unknown     | WrongParametrization of JAR: pullback.fc9.weight: found an unknown name
          shape       | WrongParametrization of JAR: forward.fc1.weight: found shape (3136), allowed is (4, 784)
          nan         | WrongParametrization of JAR: forward.fc1.weight: found NaN or infinity
          memory      | epoch monitor org.example.broken.WrongMethod$Forgetful of JAR: memory: found null
          memory-type | Unstorable of JAR: memory type: found a component of type java.lang.Thread
          """)
  void aMistakeOfAMethodIsItsMistake(String mistake, String message) throws IOException {
    refused("method { id = wrong-method, mistake = " + mistake + " }", message);
    assertThat(err.toString()).contains("Tell its author").doesNotContain("\tat ");
    assertThat(log()).contains("\tat org.example.broken.WrongMethod.run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          partial | the pullback updates 1 of 4 variables, and not [fc1.bias, fc2.bias, fc2.weight]
          still   | iterations 0 to 4 changed no variable
          """)
  void aTrainingThatKeepsVariablesIsWarnedOf(String mistake, String message) throws IOException {
    String method = "method { id = wrong-method, mistake = " + mistake + " }";
    assertThat(run(method)).as(err.toString()).isZero();
    assertThat(log()).contains("WARN ", message);
  }

  @Test
  void aPluginThatCannotBeRegisteredIsNamed() throws IOException {
    assertThat(run(UnknownKindPlugin.class, "method { id = imp, rounds = 1 }")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith(
            "espalier: " + jar() + ": seven: found kind interface java.util.function.Supplier")
        .doesNotContain("\tat ");
  }

  @Test
  void aModelWithoutANetworkIsNamed() throws IOException {
    refused(
        "model = null\nmodel { id = wrong-model }\nmethod { id = imp, rounds = 1 }",
        "model \"wrong-model\" of JAR: network: found null");
  }

  @Test
  void aDataSourceWithoutDataIsNamed() throws IOException {
    refused(
        "data = null\ndata { id = wrong-data }\nmethod { id = imp, rounds = 1 }",
        "data \"wrong-data\" of JAR: data: found null");
  }
}
