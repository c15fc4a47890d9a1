// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class StartingWeightsRunTest {

  private static final String TICKET = "tickets/replicate-0-round-00.safetensors";
  private static final String REINIT = "tickets/replicate-0-round-01-reinit.safetensors";

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private Path run(String... sets) {
    List<String> all = new ArrayList<>(List.of("method.rounds=1", "controls=[reinit]"));
    all.addAll(List.of(sets));
    return runs.run(all.toArray(String[]::new));
  }

  private static State state(Path run, String ticket, String which) throws IOException {
    return Safetensors.read(run.resolve(ticket)).state(which);
  }

  @Test
  void everyReplicateStartsFromTheTrainedWeightsOfATicketAndControlsAreDrawn() throws IOException {
    Path drawn = run();
    State trained = state(drawn, TICKET, "trained/");
    Path run = run("name=next", "replicates=2", "model.weights=" + drawn.resolve(TICKET));
    assertThat(state(run, TICKET, "start/")).isEqualTo(trained);
    assertThat(state(run, TICKET.replace("replicate-0", "replicate-1"), "start/"))
        .isEqualTo(trained);
    assertThat(state(run, REINIT, "start/").get("fc1.weight").get(0))
        .isEqualTo(state(drawn, REINIT, "start/").get("fc1.weight").get(0));
    Config conf = ConfigFactory.parseString(Files.readString(run.resolve("experiment.conf")));
    assertThat(conf.getString("provenance.data-digests.weights")).isEqualTo(trained.digest().hex());
    assertThat(conf.getString("model.weights.file")).isEqualTo(drawn.resolve(TICKET).toString());
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("\"start\":\"" + drawn.resolve(TICKET));
    assertThat(
            new ExperimentReader(Registry.load())
                .read(run.resolve("experiment.conf").toString(), List.of())
                .first()
                .model()
                .weights())
        .isPresent();
  }

  @Test
  void stepsDependOnTheWeightsAndNotOnTheirFile() throws IOException {
    Path drawn = run();
    Path copy = Files.copy(drawn.resolve(TICKET), root.resolve("copy.safetensors"));
    Path first = run("name=first", "model.weights=" + drawn.resolve(TICKET));
    assertThat(Runs.found(first)).containsOnly(false);
    assertThat(Runs.found(run("name=second", "model.weights=" + copy))).containsOnly(true);
    // The drawn weights are those of the start, so that all is known.
    String start = "model.weights.ticket=start";
    assertThat(Runs.found(run("name=third", "model.weights.file=" + copy, start)))
        .containsOnly(true);
  }

  @Test
  void aFileThatDoesNotFitIsReportedWithOtherMistakesAndItsKey() {
    assertThatThrownBy(() -> run("model.weights=none", "method.rounds=-1"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "model.weights.file: found no file none", "method.rounds: found -1");
  }

  @Test
  void wrongFormsOfTheSectionAreNamedByTheirKeys() {
    assertThatThrownBy(
            () ->
                run(
                    "model.weights.file=none",
                    "model.weights.rename.a=5",
                    "model.weights.ticket=end",
                    "model.weights.path=x"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "model.weights.rename.a: found 5, allowed is a text",
            "model.weights.ticket: found \"end\", allowed is trained or start",
            "model.weights.path: found an unknown key, allowed is one of file, rename");
    assertThatThrownBy(() -> run("model.weights=5"))
        .hasMessageContaining(
            "model.weights: found 5, allowed is a file, or a section { file = ... }");
  }
}
