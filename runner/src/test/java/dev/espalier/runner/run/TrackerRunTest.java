// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.Tracker;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrackerRunTest {

  private static final String LINES = "trackers=[json-lines]";

  /** The events that {@link Recorder} received, and the files that were there. */
  private static final List<String> RECEIVED = new ArrayList<>();

  /**
   * Records events, and fails at one of them.
   *
   * @param failsAt the event that fails
   * @param crashesAt the event that ends the process
   */
  public record Recorder(
      @Setting(value = "the event that fails", defaults = "never") String failsAt,
      @Setting(value = "the event that ends the process", defaults = "never") String crashesAt)
      implements Tracker {
    @Override
    public Session begin(Start start) {
      receive("begin " + start.name());
      return new Session() {
        @Override
        public void training(Training training) {
          receive("training " + training.number() + (training.isStored() ? " stored" : ""));
        }

        @Override
        public void measured(Measurement measurement) {
          Path live =
              start.folder().resolve("tensorboard/replicate-0-training-0" + measurement.training());
          receive("measured " + measurement.iteration() + (Files.exists(live) ? " live" : ""));
        }

        @Override
        public void ticket(Published ticket) {
          receive("ticket " + ticket.ticket().round());
        }

        @Override
        public void end(boolean isComplete) {
          receive("end " + isComplete);
        }
      };
    }

    private void receive(String event) {
      RECEIVED.add(event);
      if (event.startsWith(failsAt)) {
        throw new IllegalStateException("no connection");
      }
      if (event.startsWith(crashesAt)) {
        throw new InternalError("the power is off");
      }
    }
  }

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    RECEIVED.clear();
    runs = new Runs(root, catalog -> catalog.add(Tracker.class, "recorder", Recorder.class));
  }

  private static List<JsonObject> lines(Path run) throws IOException {
    return Files.readAllLines(run.resolve("json-lines/replicate-0.jsonl")).stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private static List<JsonObject> lines(Path run, String event) throws IOException {
    return lines(run).stream()
        .filter(line -> line.get("event").getAsString().equals(event))
        .toList();
  }

  @Test
  void everyEvaluationIsReportedWhileItsTrainingComputes() throws IOException {
    runs.run("method.rounds=1", "trackers=[tensorboard, recorder]");
    assertThat(RECEIVED)
        .containsExactly(
            "begin replicate-0",
            "training 1",
            "measured 10 live",
            "measured 20 live",
            "measured 30 live",
            "measured 40 live",
            "ticket 0",
            "training 2",
            "measured 10 live",
            "measured 20 live",
            "measured 30 live",
            "measured 40 live",
            "ticket 1",
            "end true");
  }

  @Test
  void storedTrainingsAreReportedOnceWithTheirValues() throws IOException {
    runs.run("method.rounds=1");
    assertThat(RECEIVED).isEmpty();
    runs.run("method.rounds=1", "trackers=[recorder]");
    assertThat(RECEIVED)
        .containsExactly(
            "begin replicate-0",
            "training 1 stored",
            "measured 10",
            "measured 20",
            "measured 30",
            "measured 40",
            "ticket 0",
            "training 2 stored",
            "measured 10",
            "measured 20",
            "measured 30",
            "measured 40",
            "ticket 1",
            "end true");
  }

  @Test
  void aTrackerThatFailsIsSwitchedOffAndChangesNoResult() throws IOException {
    Path plain = runs.run();
    String results = Runs.results(plain);
    for (String event : List.of("begin", "training", "measured", "ticket", "end")) {
      RECEIVED.clear();
      Path other = root.resolve("after-" + event);
      Path run =
          new Runs(other, catalog -> catalog.add(Tracker.class, "recorder", Recorder.class))
              .run(
                  "trackers=[{ id = recorder, fails-at = " + event + " }, json-lines]",
                  "replicates=1");
      assertThat(RECEIVED.get(RECEIVED.size() - 1)).as("the last call").startsWith(event);
      assertThat(RECEIVED.stream().filter(one -> one.startsWith(event))).hasSize(1);
      assertThat(withoutTimes(Runs.results(run))).isEqualTo(withoutTimes(results));
      assertThat(run.getFileName()).as("no part of the digest").isEqualTo(plain.getFileName());
      assertThat(lines(run, "end")).as("others go on").hasSize(1);
    }
  }

  /** The columns of results.csv without seconds. */
  private static List<List<String>> withoutTimes(String csv) {
    List<String> head = List.of(csv.lines().findFirst().orElseThrow().split(",", -1));
    return csv.lines()
        .map(
            row -> {
              List<String> cells = new ArrayList<>();
              String[] all = row.split(",", -1);
              for (int i = 0; i < all.length; i++) {
                if (!head.get(i).contains("seconds")) {
                  cells.add(all[i]);
                }
              }
              return cells;
            })
        .toList();
  }

  @Test
  void aLineHasTimeRunVariantReplicateStepNameAndValue() throws IOException {
    Instant before = Instant.now();
    Path run = runs.run("method.rounds=1", LINES);
    List<JsonObject> values = lines(run, "metric");
    assertThat(values).isNotEmpty();
    Instant last = before;
    for (JsonObject line : values) {
      assertThat(line.keySet())
          .containsExactly(
              "time", "event", "run", "variant", "replicate", "training", "step", "name", "value");
      assertThat(line.get("run").getAsString()).isEqualTo(run.getFileName().toString());
      Instant time = Instant.parse(line.get("time").getAsString());
      assertThat(time).isBetween(last, Instant.now());
      last = time;
    }
    JsonObject ticket = lines(run, "ticket").get(1);
    assertThat(
            values.stream()
                .filter(line -> line.get("training").getAsInt() == 2)
                .filter(line -> line.get("step").getAsInt() == 40)
                .filter(line -> line.get("name").getAsString().equals("test/accuracy"))
                .map(line -> line.get("value").getAsDouble()))
        .containsExactly(ticket.getAsJsonObject("values").get("test/accuracy").getAsDouble());
    assertThat(values.stream().map(line -> line.get("name").getAsString()))
        .contains("train/loss", "validation/accuracy", "learning-rate");
    assertThat(lines(run, "begin").get(0).getAsJsonObject("settings").keySet())
        .contains("training.optimizer.learning-rate", "method.rounds")
        .noneMatch(key -> key.startsWith("trackers"));
  }

  @Test
  void aSecondRunAppendsWhatIsMissingAndAnIncompleteLineIsRemoved() throws IOException {
    Path run = runs.run("method.rounds=1", LINES);
    Path file = run.resolve("json-lines/replicate-0.jsonl");
    int values = lines(run, "metric").size();
    String lost =
        lines(run, "metric").stream()
            .map(JsonObject::toString)
            .filter(line -> line.contains("test/accuracy"))
            .reduce((earlier, later) -> later)
            .orElseThrow();
    String whole = Files.readString(file);
    String first = whole.replace(lost + "\n", "");
    Files.writeString(file, first + "{\"time\":");
    runs.run("method.rounds=1", LINES);
    assertThat(Files.readString(file)).startsWith(first);
    assertThat(first).isNotEqualTo(whole);
    assertThat(lines(run, "metric")).hasSize(values);
    assertThat(lines(run, "ticket")).hasSize(2);
    assertThat(lines(run, "begin")).hasSize(2);
    assertThat(lines(run, "training").stream().map(line -> line.get("stored").getAsBoolean()))
        .containsExactly(false, false, true, true);
  }

  @Test
  void aTrainingThatComputesPointsAgainWritesThemOnce() throws IOException {
    String trackers = "json-lines, tensorboard";
    String crash = "trackers=[" + trackers + ", { id = recorder, crashes-at = measured 30 }]";
    assertThatThrownBy(() -> runs.run("method.rounds=1", crash)).hasMessage("the power is off");
    Instant restart = Instant.now();
    Path run = runs.run("method.rounds=1", "trackers=[" + trackers + "]");
    assertThat(lines(run, "training").stream().map(line -> line.get("training").getAsInt()))
        .containsExactly(1, 1, 2);
    List<JsonObject> ofFirst =
        lines(run, "metric").stream()
            .filter(line -> line.get("training").getAsInt() == 1)
            .filter(line -> line.get("name").getAsString().equals("test/accuracy"))
            .toList();
    assertThat(ofFirst.stream().map(line -> line.get("step").getAsInt()))
        .containsExactly(10, 20, 30, 40);
    assertThat(
            ofFirst.stream()
                .map(line -> Instant.parse(line.get("time").getAsString()).isBefore(restart)))
        .containsExactly(true, true, true, false);
    Map<Long, Double> times =
        TensorBoardFileTest.times(TensorBoardFileTest.file(run, "replicate-0-round-00"));
    assertThat(times.keySet()).containsExactly(10L, 20L, 30L, 40L);
    assertThat(times.values().stream().map(time -> time < restart.toEpochMilli() / 1e3))
        .containsExactly(true, true, true, false);
  }

  @Test
  void eachReplicateOfEachVariantHasItsFile() throws IOException {
    Path run =
        runs.run(
            "method.rounds=0",
            "replicates=2",
            "variants={ a { seed = 1 }, b { seed = 2 } }",
            LINES);
    assertThat(
            Runs.files(run.resolve("json-lines")).stream()
                .map(file -> file.getFileName().toString()))
        .containsExactly(
            "a-replicate-0.jsonl",
            "a-replicate-1.jsonl",
            "b-replicate-0.jsonl",
            "b-replicate-1.jsonl");
  }
}
