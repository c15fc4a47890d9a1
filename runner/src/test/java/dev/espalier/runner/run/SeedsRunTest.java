// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeds of networks and of trainings, varied apart. */
class SeedsRunTest {

  private static final String CONTROL = "controls=[reinit]";

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void runs() {
    runs = new Runs(root);
  }

  private Path run(String seed) {
    return runs.run("method.rounds=1", "data.validation=0", CONTROL, "seed=" + seed);
  }

  private static Map<String, ByteBuffer> starts(Path run, String ticket) throws IOException {
    return Safetensors.read(run.resolve("tickets/" + ticket + ".safetensors"))
        .arrays()
        .entrySet()
        .stream()
        .filter(array -> array.getKey().startsWith("start/"))
        .collect(Collectors.toMap(Map.Entry::getKey, array -> array.getValue().bytes()));
  }

  @Test
  void anotherOrderKeepsStartWeightsAndControlsAndChangesTrainings() throws IOException {
    Path one = run("1");
    Path two = run("{ init = 1, order = 2 }");
    assertThat(two).isNotEqualTo(one);
    assertThat(Runs.found(two)).as("trainings found in the store").containsOnly(false);
    assertThat(Runs.column(two, "test_loss")).isNotEqualTo(Runs.column(one, "test_loss"));
    for (String ticket : List.of("replicate-0-round-00", "replicate-0-round-01-reinit")) {
      assertThat(starts(two, ticket)).as(ticket).isNotEmpty().isEqualTo(starts(one, ticket));
    }
    Path three = run("{ init = 2, order = 2 }");
    assertThat(starts(three, "replicate-0-round-00"))
        .isNotEqualTo(starts(one, "replicate-0-round-00"));
    assertThat(three).as("the run of the one number").isEqualTo(run("2"));
    assertThat(Runs.found(three)).containsOnly(true);
  }

  @Test
  void lineageHasTheSeedOfEachStep() {
    Path run = run("{ init = 1, order = 2 }");
    List<StepRecord> steps =
        RecordedRun.at(run).rows().stream()
            .filter(row -> row.round() == 1 && row.isTicket())
            .flatMap(row -> row.account().steps())
            .toList();
    assertThat(steps).hasSize(3);
    for (StepRecord step : steps) {
      assertThat(step.settings()).containsEntry("seed", step.isPrune() ? "1" : "2");
    }
    assertThat(RecordedRun.at(run).experiment().getLong("seed.order")).isEqualTo(2);
  }
}
