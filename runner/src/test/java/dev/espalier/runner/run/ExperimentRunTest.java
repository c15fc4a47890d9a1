// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.data.Data;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.PreparedFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ExperimentRunTest {

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private void assertNothingWritten() throws IOException {
    try (var files = Files.list(root)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void givesARowForEveryLevel() throws IOException {
    Path run = runs.run();
    assertThat(run.getParent()).isEqualTo(root.resolve("runs"));
    assertThat(run.getFileName().toString()).matches("tiny-[0-9a-f]{8}");
    assertThat(Runs.column(run, "round")).containsExactly("0", "1", "2");
    assertThat(Runs.column(run, "branch")).containsOnly("ticket");
    // 784 x 16 and 16 x 10 weights; rates 0.4 and, at the output, 0.2.
    assertThat(Runs.column(run, "kept")).containsExactly("12704", "7654", "4618");
    assertThat(Runs.column(run, "last_iteration")).containsOnly("40");
    assertThat(Runs.column(run, "test_accuracy"))
        .allSatisfy(accuracy -> assertThat(Double.parseDouble(accuracy)).isBetween(0.5, 1.0));
    assertThat(Runs.column(run, "early_stop_iteration"))
        .allSatisfy(iteration -> assertThat(iteration).isIn("10", "20", "30", "40"));
    assertThat(new HashSet<>(Runs.column(run, "mask"))).hasSize(3);
    assertThat(runs.screen()).contains("round", "density", "12704", "7654", "results.csv");
  }

  @Test
  void keepsAnEarlierFileUntilThereAreAsManyRows() throws IOException {
    Path run = runs.run();
    Path file = run.resolve("results.csv");
    String finished = Files.readString(file);
    String longer = finished + finished.lines().skip(1).findFirst().orElseThrow() + "\n";
    Files.writeString(file, longer);
    Files.delete(run.resolve("results.png"));
    runs.run();
    assertThat(file).hasContent(longer);
    assertThat(run.resolve("results.png")).as("of less than the file").doesNotExist();
    Files.writeString(file, finished.lines().limit(2).collect(Collectors.joining("\n", "", "\n")));
    runs.run();
    assertThat(file).hasContent(finished);
    assertThat(run.resolve("results.png")).isNotEmptyFile();
  }

  @Test
  void withoutValidationThereIsNoEarlyStop() throws IOException {
    Path run = runs.run("data.validation=0", "method.rounds=1");
    assertThat(Runs.column(run, "early_stop_iteration")).containsExactly("", "");
    assertThat(Runs.column(run, "validation_accuracy")).containsExactly("", "");
    assertThat(runs.screen()).doesNotContain("stop iteration");
  }

  @Test
  void keepsTheExperimentSoThatItRunsAgain() throws IOException {
    Path run = runs.run("method.rounds=1");
    String text = Files.readString(run.resolve("experiment.conf"));
    assertThat(text).contains("provenance", "data-digests", "PyTorch", "espalier", "java");
    assertThat(
            new ExperimentReader(Registry.load())
                .read(run.resolve("experiment.conf").toString(), List.of()))
        .isEqualTo(runs.experiment("method.rounds=1", "margin=0.005"));
  }

  @Test
  void keepsATicketsMaskAndStart() throws IOException {
    Path run = runs.run("method.rounds=1", "controls=[reinit]");
    Path tickets = run.resolve("tickets");
    assertThat(Runs.files(tickets))
        .extracting(file -> file.getFileName().toString())
        .containsExactly(
            "replicate-0-round-00.json",
            "replicate-0-round-00.safetensors",
            "replicate-0-round-01-reinit.json",
            "replicate-0-round-01-reinit.safetensors",
            "replicate-0-round-01.json",
            "replicate-0-round-01.safetensors");
    JsonObject about =
        JsonParser.parseString(Files.readString(tickets.resolve("replicate-0-round-01.json")))
            .getAsJsonObject();
    assertThat(about.get("mask-sha256").getAsString()).startsWith(Runs.column(run, "mask").get(1));
    assertThat(about.get("effective-density").getAsString())
        .isEqualTo(Runs.column(run, "effective_density").get(1));
    assertThat(about.getAsJsonArray("empty-layers")).isEmpty();
    JsonObject fc2 = about.getAsJsonObject("layers").getAsJsonObject("fc2.weight");
    assertThat(fc2.keySet())
        .containsExactly(
            "shape",
            "kind",
            "kept",
            "density",
            "on-path",
            "effective-density",
            "dead-units",
            "units");
    assertThat(fc2.get("kind").getAsString()).isEqualTo("output");
    assertThat(fc2.get("units").getAsInt()).isEqualTo(10);
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(tickets.resolve("replicate-0-round-01.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] json = new byte[Math.toIntExact(file.getLong())];
    file.get(json);
    JsonObject header =
        JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject();
    assertThat(header.keySet())
        .contains("mask/fc1.weight", "mask/fc2.weight", "start/fc1.weight", "start/fc1.bias");
    int alive = 0;
    for (String mask : List.of("mask/fc1.weight", "mask/fc2.weight")) {
      JsonArray offsets = header.getAsJsonObject(mask).getAsJsonArray("data_offsets");
      for (int i = offsets.get(0).getAsInt(); i < offsets.get(1).getAsInt(); i++) {
        alive += file.get(file.position() + i);
      }
    }
    assertThat(alive).isEqualTo(Integer.parseInt(Runs.column(run, "kept").get(1)));
  }

  @Test
  void aSecondRunTrainsNothing() throws IOException {
    Path run = runs.run("controls=[reinit]");
    String results = Runs.results(run);
    assertThat(Runs.found(run)).hasSize(5).containsOnly(false);
    List<Path> store = Runs.files(root.resolve("store"));

    assertThat(runs.run("controls=[reinit]")).isEqualTo(run);
    assertThat(Runs.found(run)).hasSize(5).containsOnly(true);
    assertThat(runs.screen()).contains("trainings: 5, of which remembered: 5");
    assertThat(Runs.results(run)).isEqualTo(results);
    assertThat(Runs.files(root.resolve("store"))).isEqualTo(store);
  }

  @Test
  void aRunElsewhereGivesTheSameBytes(@TempDir Path other) throws IOException {
    Path here = runs.run();
    Path there = new Runs(other).run();
    assertThat(Runs.found(there)).containsOnly(false);
    assertThat(Runs.results(there)).isEqualTo(Runs.results(here));
    for (Path entry : Runs.files(root.resolve("runs"))) {
      if (entry.toString().endsWith(".safetensors")) {
        assertThat(other.resolve(root.relativize(entry))).hasSameBinaryContentAs(entry);
      }
    }
  }

  @Test
  void moreRoundsReuseTheEarlierOnes() throws IOException {
    Path two = runs.run();
    Path three = runs.run("method.rounds=3");
    assertThat(three).isNotEqualTo(two);
    assertThat(Runs.found(three)).containsExactly(true, true, true, false);
    assertThat(Runs.results(three)).startsWith(Runs.results(two));
  }

  @Test
  void controlsAddedLaterReuseTheTickets() throws IOException {
    runs.run();
    Path more = runs.run("controls=[shuffle]");
    assertThat(Runs.found(more)).containsExactly(true, true, false, true, false);
  }

  @Test
  void experimentsThatPruneDifferentlyShareTheDenseTraining() throws IOException {
    runs.run();
    Path other = runs.run("method.criterion=movement", "method.schedule.rate=0.3");
    assertThat(Runs.found(other)).containsExactly(true, false, false);
  }

  @Test
  void experimentsWithDifferentSeedsShareNothing() throws IOException {
    Path one = runs.run();
    Path two = runs.run("seed=2");
    assertThat(Runs.found(two)).hasSize(3).containsOnly(false);
    assertThat(Runs.column(two, "test_loss"))
        .doesNotContainAnyElementsOf(Runs.column(one, "test_loss"));
  }

  @Test
  void whatIsTrainedOnIsPartOfAStep() throws IOException {
    runs.run("method.rounds=1");
    for (String change :
        List.of(
            "data.validation=400",
            "data.normalisation=none",
            "training.batch-size=21",
            "training.optimizer.learning-rate=0.011",
            "data.objective={ id = classification, label-smoothing = 0.1 }",
            "model.initialiser=kaiming-normal")) {
      assertThat(Runs.found(runs.run("method.rounds=1", change)))
          .as(change)
          .containsExactly(false, false);
    }
  }

  @Test
  void aRetrainedTicketIsTheSameWhateverItWasStartedFrom() throws IOException {
    // Only the last training is lost: the run goes on from the ones before.
    Path run = runs.run();
    String results = Runs.results(run);
    String key = Runs.events(run, "train").get(2).get("key").getAsString();
    Files.delete(root.resolve("store").resolve(key.substring(0, 2)).resolve(key.substring(2)));
    runs.run();
    assertThat(Runs.found(run)).containsExactly(true, true, false);
    assertThat(Runs.results(run)).isEqualTo(results);
  }

  @Test
  void replicatesDifferAndAreReportedApart() throws IOException {
    Path run = runs.run("replicates=2", "method.rounds=1");
    assertThat(Runs.column(run, "replicate")).containsExactly("0", "0", "1", "1");
    assertThat(new HashSet<>(Runs.column(run, "test_loss"))).hasSize(4);
    Path first = runs.run("method.rounds=1");
    assertThat(Runs.found(first)).as("replicate 0 is the only one's").containsOnly(true);
  }

  @Test
  void controlsHaveRowsOfTheirOwnAtTheSameDensity() throws IOException {
    Path run = runs.run("controls=[shuffle,reinit]");
    assertThat(Runs.column(run, "branch"))
        .containsExactly("ticket", "ticket", "reinit", "shuffle", "ticket", "reinit", "shuffle");
    List<String> rounds = Runs.column(run, "round");
    assertThat(rounds).containsExactly("0", "1", "1", "1", "2", "2", "2");
    List<String> kept = Runs.column(run, "kept");
    List<String> masks = Runs.column(run, "mask");
    List<String> losses = Runs.column(run, "test_loss");
    assertThat(kept.subList(1, 4)).containsOnly(kept.get(1));
    assertThat(masks.get(2)).as("reinit has the ticket's mask").isEqualTo(masks.get(1));
    assertThat(masks.get(3)).as("shuffle has another").isNotEqualTo(masks.get(1));
    assertThat(new HashSet<>(losses)).hasSize(7);
    assertThat(runs.screen()).contains("reinit %", "shuffle %");
  }

  @Test
  void aDamagedEntryIsNamedAndComputedAgain() throws IOException {
    Path run = runs.run();
    String results = Runs.results(run);
    String key = Runs.events(run, "train").get(1).get("key").getAsString();
    Path entry = root.resolve("store").resolve(key.substring(0, 2)).resolve(key.substring(2));
    byte[] whole = Files.readAllBytes(entry);
    byte[] bytes = whole.clone();
    bytes[bytes.length / 2] ^= 1;
    Files.write(entry, bytes);

    runs.run();
    assertThat(runs.screen()).contains("damaged", entry.toString());
    assertThat(Runs.events(run, "damage"))
        .singleElement()
        .satisfies(event -> assertThat(event.get("what").getAsString()).contains(key.substring(2)));
    assertThat(Runs.found(run)).containsExactly(true, false, true);
    assertThat(Runs.results(run)).isEqualTo(results);
    // All but when and how long.
    assertThat(Files.size(entry)).isCloseTo(whole.length, org.assertj.core.data.Offset.offset(16L));
  }

  @Test
  void aLossThatIsNotFiniteEndsTheRunAndKeepsWhatWasFinished() throws IOException {
    String[] broken = {
      "training.optimizer={ id = sgd, learning-rate = 1e30 }", "method.rewind-to=1"
    };
    assertThatThrownBy(() -> runs.run(broken))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContainingAll(
            "loss of iteration 1 is", "learning rate 1.0E30", "fc1.weight", "fc2.bias", "largest");
    Path run = runs.folder(broken);
    assertThat(Runs.found(run)).as("the first iteration").containsExactly(false);
    assertThat(Runs.files(root.resolve("store")))
        .as("the first iteration, and the failure")
        .hasSize(2)
        .filteredOn(file -> file.toString().endsWith(".failed"))
        .hasSize(1);

    assertThatThrownBy(() -> runs.run(broken))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContaining("loss of iteration 1 is");
    assertThat(Runs.found(run)).as("the first iteration, again").containsExactly(true);
  }

  @Test
  void aRunThatFailedCanBeStartedAgainInTheSameProcess() {
    assertThatThrownBy(() -> runs.run("training.optimizer={ id = sgd, learning-rate = 1e30 }"))
        .isInstanceOf(TrialFailed.class);
    assertThatThrownBy(() -> runs.run("training.optimizer={ id = sgd, learning-rate = 1e30 }"))
        .as("its lock was given free")
        .isInstanceOf(TrialFailed.class);
  }

  @Test
  void aGpuThatIsNotThereIsNotTaken() throws IOException {
    int gpus = Engine.getInstance().getGpuCount();
    assertThatThrownBy(() -> runs.run("device=\"gpu:" + gpus + "\""))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "device: found gpu:" + gpus, "PyTorch", gpus == 0 ? "no GPU" : gpus + " GPU", "cpu");
    assertNothingWritten();
  }

  @Test
  void gpuAloneMeansTheFirst() throws IOException {
    assumeThat(Engine.getInstance().getGpuCount()).isZero();
    assertThatThrownBy(() -> runs.run("device=gpu"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("device: found gpu", "no GPU");
    assertNothingWritten();
  }

  @Test
  void rewindingBeyondTheTrainingIsRefusedBeforeAnythingIsWritten() throws IOException {
    assertThatThrownBy(() -> runs.run("method.rewind-to=40"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("method.rewind-to", "found iteration 40", "less than the 40");
    assertNothingWritten();
  }

  @Test
  void validationThatLeavesNothingIsRefusedBeforeAnythingIsWritten() throws IOException {
    assertThatThrownBy(() -> runs.run("data.validation=10000"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("data.validation: found 10000", "less than the 10000");
    assertNothingWritten();
  }

  @Test
  void replicatesAreTrainedOnTheSameExamplesOfEachClass() throws IOException {
    Data data = load("data.per-class=30", "replicates=2");
    // 500 of the 10000 are for validation, whose number does not change.
    assertThat(data.train().size()).isEqualTo(300);
    assertThat(data.validation().digest()).isEqualTo(load().validation().digest());
    assertThat(load("data.per-class=30").digest()).isEqualTo(data.digest());
    assertThat(load("data.per-class=30", "seed=2").digest()).isNotEqualTo(data.digest());
    Path run = runs.run("data.per-class=30", "replicates=2", "method.rounds=1");
    assertThat(Runs.column(run, "test_accuracy"))
        .hasSize(4)
        .allSatisfy(accuracy -> assertThat(Double.parseDouble(accuracy)).isBetween(0.4, 1.0));
    runs.run("data.per-class=31", "replicates=2", "method.rounds=1");
    assertThat(runs.screen()).contains("trainings: 4, of which remembered: 0");
  }

  private Data load(String... sets) throws IOException {
    Experiment experiment = runs.experiment(sets).only();
    return experiment.data().load(experiment.seed().order(), new PreparedFiles(root));
  }

  @Test
  void moreOfAClassThanThereAreIsRefusedBeforeAnythingIsWritten() throws IOException {
    assertThatThrownBy(() -> runs.run("data.per-class=1000"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("data.per-class: found 1000", "class 0", "digits", "validation")
        .message()
        .containsPattern("at most the 9\\d\\d ");
    assertNothingWritten();
  }

  @Test
  void aMissingDataFolderIsNamedBeforeAnythingIsWritten() throws IOException {
    Path nowhere = root.resolve("nowhere");
    assertThatThrownBy(() -> runs.run("data={ id = mnist, path = \"" + nowhere + "\" }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("data", nowhere.toString());
    assertNothingWritten();
  }

  @Test
  void aFolderThatCannotBeWrittenIsTheUsersToChange() throws IOException {
    Files.writeString(root.resolve("runs"), "a file where the folder should be");
    assertThatThrownBy(() -> runs.run())
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("cannot be written", "--dir");
  }
}
