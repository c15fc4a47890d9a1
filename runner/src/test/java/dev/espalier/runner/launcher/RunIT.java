// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.launcher.Distribution.Ended;
import dev.espalier.runner.launcher.Distribution.Going;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in processes of their own: interrupted, killed, two at once. */
@Tag("slow")
class RunIT {

  /** Long enough for a signal to come in the middle of a training, short enough to wait for. */
  private static final String[] RUN = {
    "run", "tiny.conf", "--set", "training.iterations=800", "--set", "model.hidden=[100]"
  };

  @TempDir private static Path shared;
  private static Distribution espalier;
  private static String uninterrupted;

  @TempDir private Path work;

  @BeforeAll
  static void runOnce() throws IOException, InterruptedException {
    espalier = new Distribution(shared);
    Path folder = Files.createDirectories(shared.resolve("uninterrupted"));
    Files.writeString(folder.resolve("tiny.conf"), Distribution.TINY);
    espalier.run(folder, RUN).succeeded();
    uninterrupted = results(folder);
    assertThat(uninterrupted.lines()).hasSize(4);
  }

  private Going start() throws IOException {
    Files.writeString(work.resolve("tiny.conf"), Distribution.TINY);
    return espalier.start(work, RUN);
  }

  private static String results(Path folder) throws IOException {
    return Files.readString(Distribution.onlyRun(folder).resolve("results.csv"));
  }

  private static Stream<Path> files(Path folder) {
    if (!Files.exists(folder)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the first round is pruned: the next thing to come is the second training. */
  private void untilTheSecondTraining(Going run) throws InterruptedException {
    run.until("a round is pruned", () -> files(work.resolve("runs")).anyMatch(RunIT::hasPruned));
  }

  private static boolean hasPruned(Path file) {
    return hasEvent("prune", file);
  }

  private static boolean hasTrained(Path file) {
    return hasEvent("train", file);
  }

  private static boolean hasEvent(String event, Path file) {
    try {
      return file.endsWith("events.jsonl")
          && Files.readString(file).contains("\"event\":\"" + event + "\"");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean hasCheckpoint() {
    return files(work.resolve("store")).anyMatch(file -> file.toString().endsWith(".checkpoint"));
  }

  private void goesOnToTheSameBytes() throws IOException, InterruptedException {
    Ended again = espalier.run(work, RUN).succeeded();
    assertThat(again.out()).contains("trainings: 3, of which remembered: 1");
    assertThat(again.err()).isEmpty();
    assertThat(results(work)).isEqualTo(uninterrupted);
    assertThat(hasCheckpoint()).isFalse();
  }

  @Test
  void anInterruptedRunKeepsItsStateAndGoesOnToTheSameBytes()
      throws IOException, InterruptedException {
    try (Going run = start()) {
      untilTheSecondTraining(run);
      run.signal("INT");
      Ended ended = run.end();
      assertThat(ended.code()).isEqualTo(130);
      assertThat(ended.err())
          .isEqualToIgnoringNewLines(
              "espalier: interrupted; start the same command again to go on");
    }
    assertThat(hasCheckpoint()).isTrue();
    assertThat(results(work)).isNotEqualTo(uninterrupted);
    goesOnToTheSameBytes();
  }

  @Test
  void aKilledRunGoesOnToTheSameBytes() throws IOException, InterruptedException {
    try (Going run = start()) {
      untilTheSecondTraining(run);
      run.signal("KILL");
      assertThat(run.end().code()).isEqualTo(137);
    }
    goesOnToTheSameBytes();
  }

  @Test
  void aSecondProcessIsToldWhoHoldsTheRun() throws IOException, InterruptedException {
    try (Going run = start()) {
      untilTheSecondTraining(run);
      Ended second = espalier.run(work, RUN);
      assertThat(second.code()).isEqualTo(2);
      assertThat(second.err())
          .contains("held by process " + run.pid() + " since ")
          .doesNotContain("\tat ");
      run.end().succeeded();
    }
    assertThat(results(work)).isEqualTo(uninterrupted);
  }

  @Test
  void aBadExperimentIsTheUsersMistakeAndWritesNothing() throws IOException, InterruptedException {
    Files.writeString(
        work.resolve("bad.conf"), Distribution.TINY.replace("rounds = 2", "rouds = 0"));
    Ended ended = espalier.run(work, "run", "bad.conf");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err())
        .contains("bad.conf:12: method.rouds: ", "unknown key", "mean rounds?")
        .doesNotContain("method.rounds: ", "\tat "); // one mistake is one problem
    assertThat(ended.out()).isEmpty();
    try (Stream<Path> files = Files.list(work)) {
      assertThat(files).containsExactly(work.resolve("bad.conf"));
    }
  }

  @Test
  void aDataFolderThatIsNotThereIsTheUsersMistakeAndWritesNothing()
      throws IOException, InterruptedException {
    Files.writeString(
        work.resolve("bad.conf"),
        Distribution.TINY.replace("id = digits", "id = mnist, path = no"));
    Ended ended = espalier.run(work, "run", "bad.conf");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).startsWith("espalier: bad.conf:4: data: ").doesNotContain("\tat ");
    try (Stream<Path> files = Files.list(work)) {
      assertThat(files).containsExactly(work.resolve("bad.conf"));
    }
  }

  @Test
  void doctorTrainsAndSaysThatItWorks() throws InterruptedException {
    Ended doctor = espalier.run(work, "doctor", "--device", "cpu").succeeded();
    assertThat(doctor.out())
        .containsPattern("(?m)^natives +pytorch-native-cpu-.*\\.jar$")
        .containsPattern("(?m)^engine +PyTorch ")
        .containsPattern("(?m)^plugin +espalier-methods-imp-")
        .containsPattern("(?m)^training +works: ");
    assertThat(work).isEmptyDirectory();
  }

  /** Through two links, under the locale C, from a folder with a letter that C does not have. */
  @Test
  void theScriptSaysTheVersionFromAnyFolder() throws InterruptedException {
    String shell =
        """
        mkdir bin "$(printf '\\303\\274')" && ln -s "$ESPALIER" bin/first && ln -s first bin/second
        cd "$(printf '\\303\\274')" && JAVA_OPTS=-Da=b ESPALIER_OPTS='-showversion -Dc=d' \\
          LC_ALL=C ../bin/second --version
        """;
    Ended ended = espalier.shell(work, shell).succeeded();
    assertThat(ended.out()).matches("espalier \\d\\S+\\R");
    assertThat(ended.err()).as("of -showversion").containsIgnoringCase("version \"");
  }

  @Test
  void theScriptSaysWhatToDoWithoutJava() throws InterruptedException {
    Ended ended = espalier.shell(work, "JAVA_HOME=/nothere \"$ESPALIER\" list");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.err()).contains("espalier: found no /nothere/bin/java", "set JAVA_HOME");
  }

  /** A parametrization's components are read across the modules of the distribution. */
  @Test
  void slotMachinesRunWithFineTuningAndAreRemembered() throws IOException, InterruptedException {
    Files.writeString(work.resolve("tiny.conf"), Distribution.TINY);
    String[] run = {
      "run",
      "tiny.conf",
      "--set",
      "method=null",
      "--set",
      "method={ id = slots, k = 3, fine-tuning { after = 20, optimizer { id = sgd, learning-rate ="
          + " 0.1 } } }",
      "--set",
      "training.optimizer=null",
      "--set",
      "training.optimizer={ id = sgd, learning-rate = 0.2, momentum = 0.9 }"
    };
    espalier.run(work, run).succeeded();
    String once = results(work);
    assertThat(once.lines().skip(1).map(line -> line.split(",", -1)[3]))
        .containsExactly("ticket", "learned", "slots");
    assertThat(espalier.run(work, run).succeeded().out())
        .contains("trainings: 3, of which remembered: 3");
    assertThat(results(work)).isEqualTo(once);
  }

  /** What was seen of the epochs before goes on with the gates. */
  @Test
  void gatesInterruptedWhileTheyAreLearnedGoOnToTheSameBytes()
      throws IOException, InterruptedException {
    String[] run = {
      "run",
      "tiny.conf",
      "--set",
      "model=null",
      "--set",
      "model={ id = vgg-11, width = 2 }",
      "--set",
      "training.batch-size=500",
      "--set",
      "method=null",
      "--set",
      "method={ id = pruning-from-scratch, budget = 0.5, epochs = 4 }",
      "--set",
      "controls=[dense]"
    };
    Path whole = Files.createDirectories(work.resolve("whole"));
    Path parts = Files.createDirectories(work.resolve("parts"));
    for (Path folder : List.of(whole, parts)) {
      Files.writeString(folder.resolve("tiny.conf"), Distribution.TINY);
    }
    espalier.run(whole, run).succeeded();
    try (Going going = espalier.start(parts, run)) {
      going.until("the gates are trained", () -> files(parts).anyMatch(RunIT::hasTrained));
      going.signal("INT");
      assertThat(going.end().code()).isEqualTo(130);
    }
    assertThat(espalier.run(parts, run).succeeded().out())
        .contains("trainings: 3, of which remembered: 1");
    assertThat(results(parts)).isEqualTo(results(whole));
  }

  @Test
  void aMethodWithAParametrizationOfItsOwnRuns() throws IOException, InterruptedException {
    Files.writeString(work.resolve("tiny.conf"), Distribution.TINY);
    String[] run = {
      "run", "tiny.conf", "--set", "method=null", "--set", "method={ id = edge-popup }"
    };
    espalier.run(work, run).succeeded();
    assertThat(results(work).lines()).hasSize(2);
    assertThat(espalier.run(work, run).succeeded().out()).contains("of which remembered: 1");
  }
}
