// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of methods that end in narrower networks than the experiment's. */
@Tag("slow")
class NarrowRunTest {

  private static final String[] CHANNELS = {
    "model=null",
    "model={ id = vgg-11, width = 2, variant = slimming }",
    "training.batch-size=500",
    "training.iterations=60",
    "training.evaluate-every=60",
    "method=null"
  };

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private Path run(String... more) {
    return runs.run(with(more));
  }

  private static String[] with(String... more) {
    String[] all = java.util.Arrays.copyOf(CHANNELS, CHANNELS.length + more.length);
    System.arraycopy(more, 0, all, CHANNELS.length, more.length);
    return all;
  }

  private static JsonObject record(Path run, String ticket) throws IOException {
    String json = Files.readString(run.resolve("tickets/" + ticket + ".json"));
    return JsonParser.parseString(json).getAsJsonObject();
  }

  private static double number(Path run, String column, int row) throws IOException {
    return Double.parseDouble(Runs.column(run, column).get(row));
  }

  @Test
  void aNarrowNetworksDensityAndCostAreItsOwnAgainstTheExperiments() throws IOException {
    String method = "method={ id = network-slimming, sparsity = 0.5, baselines = [scratch-e] }";
    Path run = run(method, "controls=[dense]");
    assertThat(Runs.column(run, "branch"))
        .containsExactly("ticket", "ticket", "penalised", "pruned", "scratch-e");
    double dense = number(run, "kept", 0);
    assertThat(number(run, "density", 0)).isEqualTo(1);
    assertThat(number(run, "kept", 1)).isLessThan(dense);
    assertThat(number(run, "density", 1)).isEqualTo(number(run, "kept", 1) / dense);
    assertThat(number(run, "effective_density", 1)).isLessThanOrEqualTo(number(run, "density", 1));
    assertThat(number(run, "density", 2)).isEqualTo(1);
    assertThat(number(run, "test_accuracy", 1)).isGreaterThan(0.3);
    for (String cost : List.of("macs", "parameters")) {
      assertThat(number(run, cost, 1)).isPositive().isLessThan(number(run, cost, 0));
      assertThat(number(run, cost, 2)).isEqualTo(number(run, cost, 0));
      assertThat(number(run, cost, 3)).isEqualTo(number(run, cost, 1));
      assertThat(number(run, cost, 4)).isEqualTo(number(run, cost, 1));
    }
    assertThat(runs.screen())
        .contains("MACs", "penalised %", "pruned %", "round 1: macs-of-dense ", ", threshold ")
        .containsPattern("\nnetwork +MACs +parameters\nticket .*\npenalised .*\n\n");

    JsonObject ticket = record(run, "replicate-0-round-01");
    assertThat(ticket.get("macs").getAsDouble()).isEqualTo(number(run, "macs", 1));
    assertThat(ticket.get("density").getAsDouble()).isEqualTo(number(run, "density", 1));
    JsonObject last = ticket.getAsJsonObject("channels").getAsJsonObject("conv8");
    assertThat(last.get("of").getAsInt()).isEqualTo(16);
    assertThat(ticket.getAsJsonObject("layers").getAsJsonObject("fc.weight").get("shape"))
        .isEqualTo(JsonParser.parseString("[10," + last.get("width").getAsInt() + "]"));
    assertThat(ticket.getAsJsonObject("findings").keySet()).contains("threshold", "channels");
    assertThat(record(run, "replicate-0-round-00").has("channels")).isFalse();

    String once = Runs.results(run);
    assertThat(Runs.found(run(method, "controls=[dense]"))).containsOnly(true);
    assertThat(Runs.results(run)).isEqualTo(once);
  }

  @Test
  void gatesAreLearnedOnceAndStructuresOfReplicatesAreCompared() throws IOException {
    String[] experiment = {
      "replicates=2",
      "method={ id = pruning-from-scratch, budget = 0.5, epochs = 1 }",
      "variants.trained={}",
      "variants.drawn.method.train=false"
    };
    Path run = run(experiment);
    assertThat(Runs.found(run)).containsExactly(false, false, false, false, true, true);
    assertThat(Runs.column(run, "branch")).containsOnly("ticket").hasSize(4);
    assertThat(number(run, "test_accuracy", 0)).isGreaterThan(0.3);
    assertThat(number(run, "test_accuracy", 2)).isLessThan(0.3);
    assertThat(Runs.column(run, "early_stop_iteration").subList(0, 2)).doesNotContain("");
    assertThat(Runs.column(run, "early_stop_iteration").subList(2, 4))
        .as("of networks that were not trained")
        .containsOnly("");
    double weights = number(run, "kept", 0) / number(run, "density", 0);
    assertThat(Files.readString(run.resolve("report.html")))
        .as("the experiment's network, of which this run has narrow ones only")
        .contains("\"weights\":[" + Math.round(weights) + "]");
    JsonObject findings = record(run, "drawn/replicate-1-round-01").getAsJsonObject("findings");
    for (int row = 0; row < 4; row++) {
      assertThat(number(run, "macs", row))
          .isLessThanOrEqualTo(findings.get("macs-of-dense").getAsDouble() / 2);
    }
    assertThat(Files.readAllLines(run.resolve("structures.csv"))).hasSize(1 + 4 * 8);
    String similarity = Files.readString(run.resolve("similarity.csv"));
    assertThat(similarity).contains("trained,1,0,1,", "drawn,1,1,0,");
    assertThat(run.resolve("similarity.png")).isNotEmptyFile();
    assertThat(runs.screen()).contains("structures of replicates, mean correlation");

    run(experiment);
    assertThat(Files.readString(run.resolve("similarity.csv"))).isEqualTo(similarity);
  }

  @Test
  void earlyBirdsOfSeveralSparsitiesAreDrawnAndRemembered() throws IOException {
    String method =
        "method={ id = early-bird, sparsities = [0.3, 0.6], distance = 1, window = 2, s = 0 }";
    Path run = run(method, "controls=[dense, reinit]");
    assertThat(Runs.column(run, "round")).containsExactly("0", "1", "2");
    assertThat(Runs.column(run, "branch")).containsOnly("ticket");
    assertThat(number(run, "macs", 2)).isLessThan(number(run, "macs", 1));
    assertThat(record(run, "replicate-0-round-02").getAsJsonObject("findings").keySet())
        .contains("drawn-at-epoch", "dense-epochs", "narrow-epochs", "cost");
    String findings = Files.readString(run.resolve("findings.csv"));
    assertThat(findings)
        .startsWith("variant,replicate,round,branch,finding,value\n,0,1,ticket,sparsity,0.3\n")
        .contains("\n,0,2,ticket,sparsity,0.6\n");
    assertThat(runs.screen()).contains("picture: " + run.resolve("results.png"));
    Files.delete(run.resolve("results.png"));
    assertThat(Runs.found(run(method, "controls=[dense, reinit]"))).containsOnly(true);
    assertThat(Files.readString(run.resolve("findings.csv"))).isEqualTo(findings);
    assertThat(run.resolve("results.png")).isNotEmptyFile();
  }

  @Test
  void aReplicateThatFailsDoesNotStopTheOthers() throws IOException {
    String[] experiment = {
      "replicates=2",
      "method={ id = early-bird, sparsities = [0.5], distance = 0, window = 2 }",
      "training.optimizer.learning-rate=0.1",
      "variants.never={}",
      "variants.at-once.method.distance=1"
    };
    assertThatThrownBy(() -> run(experiment))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContaining("never, replicate 0 (1 of 2), no early-bird ticket")
        .hasMessageContaining("never, replicate 1 (2 of 2), no early-bird ticket");
    Path run = runs.folder(with(experiment));
    assertThat(Runs.column(run, "variant")).containsExactly("at-once", "at-once");
  }

  @Test
  void whatDoesNotFitIsSaidBeforeAnythingIsTrained() throws IOException {
    assertThatThrownBy(() -> run("method={ id = pruning-from-scratch, budget = 0.001 }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("method.budget: found 0.001, allowed is at least 0.0");
    assertThatThrownBy(
            () -> run("method={ id = pruning-from-scratch, budget = 0.5 }", "data.validation=0"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("Set data.validation above 0");
    for (String method :
        List.of(
            "method={ id = network-slimming, sparsity = 0.5 }",
            "method={ id = early-bird, sparsities = [0.5], window = 2 }")) {
      assertThatThrownBy(() -> run("model=null", "model={ id = conv-2 }", method))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageContaining("conv-2")
          .hasMessageContaining("batch norm");
    }
    assertThat(Runs.files(root.resolve("runs"))).isEmpty();
  }

  @Test
  void whatNeedsTrainingIsLeftOutOfAnAnalysis() {
    for (String method :
        List.of(
            "{ id = network-slimming, sparsity = 0.5 }",
            "{ id = pruning-from-scratch, budget = 0.5 }",
            "{ id = early-bird, sparsities = [0.5], window = 2 }")) {
      runs.analyse(with("method=" + method));
      assertThat(runs.screen()).contains("all further masks depend on training");
    }
  }
}
