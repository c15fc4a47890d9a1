// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of knowledge evolution: what comes out, and what is remembered. */
class KnowledgeEvolutionRunTest {

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private Path run(String method, String... more) {
    String[] all = new String[more.length + 2];
    all[0] = "method=null";
    all[1] = "method={ id = knowledge-evolution, " + method + " }";
    System.arraycopy(more, 0, all, 2, more.length);
    return runs.run(all);
  }

  private static double number(Path run, String column, int row) throws IOException {
    return Double.parseDouble(Runs.column(run, column).get(row));
  }

  @Test
  void everyGenerationHasRowsOfTheNetworkItsTwoPartsAndTheSlimNetwork() throws IOException {
    Path run = run("generations = 3");
    assertThat(Runs.column(run, "round"))
        .containsExactly("1", "1", "1", "1", "2", "2", "2", "2", "3", "3", "3", "3");
    for (int g = 0; g < 12; g += 4) {
      assertThat(Runs.column(run, "branch").subList(g, g + 4))
          .containsExactly("ticket", "fit", "reset", "slim");
      for (String cost : List.of("macs", "parameters")) {
        assertThat(number(run, cost, g + 3)).as(cost).isLessThan(0.6 * number(run, cost, g));
        assertThat(number(run, cost, g + 3)).isEqualTo(number(run, cost, 3));
        assertThat(number(run, cost, g)).isEqualTo(number(run, cost, 0));
      }
      // 28 x 28 pixels, 8 of 16 units, 10 classes.
      assertThat(number(run, "macs", g + 3)).isEqualTo(784 * 8 + 8 * 10);
      assertThat(number(run, "kept", g + 3)).isEqualTo(number(run, "kept", g + 1));
      assertThat(number(run, "kept", g + 1) + number(run, "kept", g + 2))
          .isEqualTo(number(run, "kept", g));
      assertThat(number(run, "test_accuracy", g + 3))
          .isEqualTo(number(run, "test_accuracy", g + 1));
      assertThat(number(run, "test_accuracy", g)).isGreaterThan(0.5);
    }
    assertThat(number(run, "test_accuracy", 11)).isGreaterThan(number(run, "test_accuracy", 3));
    assertThat(runs.screen()).contains("fit %", "reset %", "slim %");
  }

  @Test
  void aRunThatIsTakenUpAgainTrainsNothingAnew() throws IOException {
    String method = "generations = 3, split = { id = by-criterion, criterion = magnitude }";
    Path run = run(method);
    assertThat(Runs.found(run)).containsExactly(false, false, false);
    String once = Runs.results(run);
    assertThat(Runs.found(run(method))).containsExactly(true, true, true);
    assertThat(Runs.events(run, "prune"))
        .isNotEmpty()
        .allMatch(event -> event.get("found").getAsBoolean());
    assertThat(Runs.results(run)).isEqualTo(once);

    // One generation more is one training more.
    Path longer = run(method.replace("3", "4"));
    assertThat(Runs.found(longer)).containsExactly(true, true, true, false);
    assertThat(Runs.results(longer)).startsWith(once);
  }

  @Test
  void theFirstGenerationIsTheDenseTrainingOfMagnitudePruning() throws IOException {
    Path pruned = runs.run("method.rounds=1");
    assertThat(Runs.found(pruned)).containsExactly(false, false);
    Path run = run("generations = 1");
    assertThat(Runs.found(run)).containsExactly(true);
    assertThat(number(run, "test_accuracy", 0)).isEqualTo(number(pruned, "test_accuracy", 0));
  }

  @Test
  void replicatesAndSplitsAreGenerationsOfTheirOwn() throws IOException {
    Path run =
        run(
            "generations = 2",
            "replicates=2",
            "variants.kels={}",
            "variants.wels.method.split=wels",
            "variants.random.method.split=random-channels");
    // Generation 1 of a replicate is shared by all variants.
    assertThat(Runs.found(run))
        .filteredOn(found -> found)
        .as("of 3 variants x 2 replicates x 2 generations")
        .hasSize(4);
    assertThat(Runs.column(run, "branch")).filteredOn("slim"::equals).hasSize(2 * 2 * 2);
    String findings = Files.readString(run.resolve("findings.csv"));
    for (String branch : List.of("fit", "reset")) {
      assertThat(findings).containsPattern("\nwels,1,2," + branch + ",mean-magnitude,0\\.[0-9]+\n");
    }
  }

  @Test
  void aNetworkWithoutChannelsIsRefusedBeforeAnythingIsTrained() throws IOException {
    for (String split : List.of("kels", "random-channels")) {
      assertThatThrownBy(() -> run("generations = 2, split = " + split, "model.hidden=[]"))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageContainingAll("method.split.id: found " + split, "mlp", "wels");
    }
    assertThat(Runs.files(root.resolve("runs"))).isEmpty();
    assertThat(Runs.files(root.resolve("store"))).isEmpty();
    Path run = run("generations = 2, split = wels", "model.hidden=[]");
    assertThat(Runs.column(run, "branch"))
        .containsExactly("ticket", "fit", "reset", "ticket", "fit", "reset");
  }
}
