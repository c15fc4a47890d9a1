// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Criterion;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.run.Screen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int espalier(String... args) {
    return Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private void assertNoTrace() {
    assertThat(err.toString()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  static Stream<String> ids() {
    Registry registry = Registry.load();
    return Stream.concat(
        Stream.of("experiment", "training", "data"),
        Stream.concat(
            ExperimentReader.builtIn().keySet().stream(),
            registry.kinds().stream()
                .flatMap(kind -> registry.all(kind).stream())
                .map(PluginEntry::id)));
  }

  @Test
  void withoutACommandShowsWhatThereIsToSay() {
    assertThat(espalier()).isEqualTo(2);
    assertThat(out.toString()).contains("Usage: espalier", "run", "list", "describe", "doctor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void helpsWhoeverAsks(String option) {
    assertThat(espalier(option)).isZero();
    assertThat(out.toString()).contains("Usage: espalier", "run", "list", "describe", "doctor");
    assertThat(err.toString()).isEmpty();
  }

  static Stream<String> commands() {
    return Arrays.stream(Main.class.getAnnotation(Command.class).subcommands())
        .map(type -> type.getAnnotation(Command.class).name());
  }

  /** Picocli prints warnings of texts that it cannot format on the error stream of the JVM. */
  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHelpsWithoutAWarning(String command) {
    PrintStream stream = System.err;
    ByteArrayOutputStream warnings = new ByteArrayOutputStream();
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    try {
      assertThat(espalier(command, "--help")).isZero();
    } finally {
      System.setErr(stream);
    }
    assertThat(out.toString()).contains("Usage: espalier " + command).doesNotContain("%%");
    assertThat(err.toString()).isEmpty();
    assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void theHelpOfAllCommandsNamesEach() {
    assertThat(espalier("--help")).isZero();
    commands().forEach(name -> assertThat(out.toString()).containsPattern("(?m)^  " + name + " "));
  }

  @Test
  void saysItsVersion() {
    assertThat(espalier("--version")).isZero();
    assertThat(out.toString()).matches("espalier \\S+\\R");
  }

  @Test
  void anUnknownCommandGetsTheNearest() {
    assertThat(espalier("lst")).isEqualTo(2);
    assertThat(err.toString()).contains("lst", "Did you mean list?", "espalier --help");
    assertThat(out.toString()).isEmpty();
    assertNoTrace();
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThat(espalier("run", "--sett", "seed=1", "demo")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "espalier: Unknown option: '--sett'Did you mean --set?See: espalier run --help");
    assertNoTrace();
  }

  @Test
  void aKnownOptionBeforeAnUnknownOneIsNotNamed() {
    assertThat(espalier("run", "x.conf", "--set", "seed=1", "--bogus", "--dir", "here"))
        .isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("espalier: Unknown option: '--bogus'See: espalier run --help");
    assertNoTrace();
  }

  @Test
  void runNeedsAnExperiment() {
    assertThat(espalier("run")).isEqualTo(2);
    assertThat(err.toString())
        .contains("<experiment>", "espalier run demo\n", "See: espalier run --help");
    assertNoTrace();
  }

  @Test
  void listShowsEveryIdAndExperiment() {
    assertThat(espalier("list")).isZero();
    Registry registry = Registry.load();
    for (Class<?> kind : registry.kinds()) {
      assertThat(out.toString().lines()).contains(registry.word(kind));
      for (PluginEntry named : registry.all(kind)) {
        assertThat(out.toString()).containsPattern("(?m)^  " + named.id() + " +\\S");
        assertThat(out.toString()).contains(named.origin());
      }
    }
    ExperimentReader.builtIn()
        .forEach((name, sentence) -> assertThat(out.toString()).contains("  " + name, sentence));
    assertThat(err.toString()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("ids")
  void everyIdIsDescribed(String id) {
    assertThat(espalier("describe", id)).isZero();
    assertThat(out.toString())
        .startsWith(id + ", a")
        .containsPattern("^\\S+, (a [^aeiou]|an [aeiou])");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aSettingIsDescribedByTypeRangeDefaultAndMeaning() {
    assertThat(espalier("describe", "imp")).isZero();
    assertThat(out.toString())
        .contains(
            "rounds : whole number in [0, 1000], required",
            "how many times to prune",
            "rewind-to : iterations or epochs, default 0",
            "scope : scope, default layer",
            "pattern : pattern, default unstructured",
            "criterion : criterion, default { id = magnitude }");
  }

  @Test
  void theVariantsOfAnExperimentAreDescribedWithIt() {
    assertThat(espalier("describe", "experiment")).isZero();
    assertThat(out.toString())
        .contains("name : text, required", "variants : sections, default {}", "laid over it")
        .contains("sweep : section of any keys, default {}", "'espalier describe sweep'");
  }

  /** The other mistake keeps the confirmed run from starting. */
  @Test
  void aSweepOfMoreThanAThousandVariantsAsksForAConfirmation(@TempDir Path folder)
      throws IOException {
    Path conf =
        Files.writeString(
            folder.resolve("large.conf"),
            """
            name = large
            model { id = mlp, hidden = [16] }
            data = digits
            training { optimizer { id = adam, learning-rate = 0.1 }, iterations = 40 }
            method { id = imp, schedule { id = geometric, rate = 0.4 } }
            sweep { random = 1001, method.rounds { choice = [1, 2] } }
            """);
    assertThat(espalier("run", conf.toString(), "--dir", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("large.conf:6: sweep: found 1,001 variants", "--yes");
    err.getBuffer().setLength(0);
    assertThat(espalier("run", conf.toString(), "--dir", folder.toString(), "--yes")).isEqualTo(2);
    assertThat(err.toString())
        .contains("large.conf:6: sweep.random: found 1001, allowed is at most 2")
        .doesNotContain("--yes");
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void theKeysOfASweepAreDescribed() {
    assertThat(espalier("describe", "sweep")).isZero();
    assertThat(out.toString())
        .contains("random : whole number in [1, 10000], optional", "log-uniform : list of number")
        .contains("seed : whole number, default 1");
  }

  @Test
  void aKindIsDescribedByAllOfIt() {
    assertThat(espalier("describe", "deficit")).isZero();
    assertThat(out.toString())
        .contains(
            "blur, a deficit",
            "label-noise, a deficit",
            "until : whole number in [1, inf), required",
            "fraction : number in (0, 1], default 1");
  }

  @Test
  void aSectionWithoutAnIdIsDescribedByItsName() {
    assertThat(espalier("describe", "data")).isZero();
    assertThat(out.toString()).contains("per-class : whole number in [1, inf), optional");
  }

  @Test
  void oneKindIsListedWithPaperAndJar() {
    assertThat(espalier("list", "criteria")).isZero();
    PluginEntry snip = Registry.load().find(Criterion.class, "snip").orElseThrow();
    assertThat(out.toString())
        .containsPattern("(?m)^  snip +\\S")
        .contains(snip.summary(), snip.paper().orElseThrow(), snip.origin())
        .doesNotContain("demo", "lenet-300-100");
    out.getBuffer().setLength(0);
    assertThat(espalier("list", "experiments")).isZero();
    assertThat(out.toString()).containsPattern("(?m)^  demo +\\S").doesNotContain("criterion");
    assertThat(espalier("list", "criterias")).isEqualTo(2);
    assertThat(err.toString()).contains("\"criterias\"", "did you mean criteria?");
    assertNoTrace();
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "list methods", "describe imp", "describe data"})
  void whatIsListedIsFoldedAtTheWidthOfTheScreen(String command) {
    PrintWriter complaints = new PrintWriter(err, true);
    Screen narrow = Terminal.screen(new PrintWriter(out, true), "80", true);
    assertThat(Main.execute(narrow, complaints, command.split(" "))).isZero();
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    String folded = out.toString().replaceAll("\\s+", " ");
    out.getBuffer().setLength(0);
    assertThat(espalier(command.split(" "))).isZero();
    assertThat(out.toString().lines()).as("a file has whole lines").anyMatch(l -> l.length() > 80);
    assertThat(out.toString().replaceAll("\\s+", " ")).isEqualTo(folded);
  }

  @Test
  void theWidthIsThatOfColumnsAndFilesAreNotFolded() {
    PrintWriter screen = new PrintWriter(out);
    assertThat(Terminal.screen(screen, "120", false).width().columns()).isEqualTo(120);
    assertThat(Terminal.screen(screen, null, false).width()).isEqualTo(ScreenWidth.UNLIMITED);
    assertThat(Terminal.screen(screen, "wide", false).width()).isEqualTo(ScreenWidth.UNLIMITED);
  }

  @Test
  void aBuiltInExperimentIsShownAsAFileThatRuns(@TempDir Path folder) throws IOException {
    assertThat(espalier("show", "demo")).isZero();
    assertThat(out.toString()).startsWith("# Finds lottery tickets").contains("name = demo\n");
    Path file = Files.writeString(folder.resolve("my.conf"), out.toString());
    ExperimentReader reader = new ExperimentReader(Registry.load());
    assertThat(reader.digest(reader.read(file.toString(), List.of())))
        .isEqualTo(reader.digest(reader.read("demo", List.of())));
    assertThat(espalier("show", "dmo")).isEqualTo(2);
    assertThat(err.toString()).contains("\"dmo\"", "did you mean demo?");
    assertNoTrace();
  }

  @Test
  void shellsCompleteCommandsOptionsAndIds() {
    assertThat(espalier("generate-completion")).isZero();
    assertThat(out.toString()).contains("complete ", "'--tensorboard'", "\"demo\"", "\"criteria\"");
  }

  @Test
  void aPathWithLettersThatTheLocaleLacksIsTheUsersToMend() {
    assertThat(espalier("run", "no\ud800path.conf")).isEqualTo(2);
    assertThat(err.toString()).contains("found the path", "LC_ALL=C.UTF-8");
    assertNoTrace();
  }

  @Test
  void anUnknownIdIsDescribedByTheNearest() {
    assertThat(espalier("describe", "magnitud")).isEqualTo(2);
    assertThat(err.toString()).contains("\"magnitud\"", "did you mean magnitude?");
    assertNoTrace();
  }

  @Test
  void aBadExperimentIsTheUsersMistakeAndWritesNothing(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.conf"), "name = bad\nsed = 1\n");
    Path root = folder.resolve("root");
    assertThat(espalier("run", file.toString(), "--dir", root.toString())).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("espalier: ")
        .contains("bad.conf:2: sed: ", "unknown key", "mean seed?", "method: ");
    assertNoTrace();
    assertThat(root).doesNotExist();
  }

  @Test
  void anExperimentThatIsNowhereGetsTheNearest() {
    assertThat(espalier("run", "dmo")).isEqualTo(2);
    assertThat(err.toString()).contains("\"dmo\"", "mean demo?");
    assertNoTrace();
  }

  @Test
  void aRunThatEndsIsDone(@TempDir Path root) {
    assertThat(
            espalier(
                "run",
                "demo",
                "--tensorboard",
                "--dir",
                root.toString(),
                "--set",
                "model={ id = mlp, hidden = [8] }",
                "--set",
                "training.iterations=10",
                "--set",
                "method.rounds=1",
                "--set",
                "device=cpu"))
        .isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(root.resolve("runs")).isDirectoryContaining("glob:**/demo-*");
    assertThat(root).isDirectoryRecursivelyContaining("glob:**/demo-*/tensorboard/*/events.*");
  }

  @Test
  void aTrainingThatBreaksDownIsTheUsersToMend(@TempDir Path root) {
    assertThat(
            espalier(
                "run",
                "demo",
                "--dir",
                root.toString(),
                "--set",
                "model={ id = mlp, hidden = [8] }",
                "--set",
                "training.optimizer=null",
                "--set",
                "training.optimizer={ id = sgd, learning-rate = 1e30 }",
                "--set",
                "device=cpu"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("loss of iteration 1", "fc1.weight");
    assertThat(out.toString()).doesNotContain("no report");
    assertNoTrace();
  }

  @Test
  void workersAndTimesThatAreNoneAreNamed(@TempDir Path root) {
    assertThat(espalier("run", "demo", "--dir", root.toString(), "--workers", "many")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "espalier: --workers: found many, allowed is a number from 1 to 9999, or auto");
    err.getBuffer().setLength(0);
    assertThat(espalier("work", "demo", "--dir", root.toString(), "--name", "a/b")).isEqualTo(2);
    assertThat(err.toString()).contains("--name: found a/b, allowed is letters, digits");
    err.getBuffer().setLength(0);
    assertThat(espalier("run", "demo", "--dir", root.toString(), "--retry-failed=today"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--retry-failed: found today, allowed is a time, such as");
    assertThat(root).isEmptyDirectory();
    assertNoTrace();
  }
}
