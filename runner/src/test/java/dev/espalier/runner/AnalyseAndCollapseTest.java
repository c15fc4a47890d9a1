// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnalyseAndCollapseTest extends CommandTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [12] }
      data { id = digits }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 4
      }
      method {
        id = prune-at-init
        densities = [0.1, 0.001]
        criterion { id = synflow }
      }
      """;

  @TempDir private Path root;
  private String experiment;

  @BeforeEach
  void write() throws IOException {
    experiment = Files.writeString(root.resolve("tiny.conf"), TINY).toString();
  }

  private int espalier(String command, String what, String... more) {
    List<Object> args = new ArrayList<>(List.of(command, what, "--dir", root));
    args.addAll(List.of(more));
    return espalier(args.toArray());
  }

  /** How many rounds of pruning the run did, and how many it found. */
  private long rounds(boolean found) throws IOException {
    return Files.readAllLines(run().resolve("events.jsonl")).stream()
        .filter(line -> line.contains("\"event\":\"prune\""))
        .filter(line -> line.contains("\"found\":" + found))
        .count();
  }

  private Path run() throws IOException {
    try (Stream<Path> runs = Files.list(root.resolve("runs"))) {
      return runs.findFirst().orElseThrow();
    }
  }

  @Test
  void anExperimentIsAnalysedWithoutTrainingAndItsRoundsAreFoundByARun() throws IOException {
    String rounds = "method.rounds=2";
    assertDone(espalier("analyse", experiment, "--set", rounds));
    assertThat(out)
        .contains(
            "round 1\n", "round 2\n", "fc1.weight  (12, 784)", "fc2.weight  (10, 12)", "total")
        .doesNotContain("depend on training");
    assertThat(root.resolve("runs")).doesNotExist();
    String second = out.substring(out.indexOf("round 2\n") + 8);

    assertDone(espalier("run", experiment, "--set", rounds));
    assertThat(rounds(true)).isEqualTo(4);
    assertThat(rounds(false)).isZero();

    Path ticket = run().resolve("tickets/replicate-0-round-02");
    for (String form : List.of("", ".json", ".safetensors")) {
      assertDone(espalier("analyse", ticket + form));
      assertThat(out).isEqualTo("replicate-0-round-02\n" + second);
    }
    for (Path folder : List.of(run(), run().resolve("tickets"))) {
      assertDone(espalier("analyse", folder.toString()));
      assertThat(out).contains("replicate-0-round-01\n", "replicate-0-round-02\n" + second);
    }
  }

  @Test
  void oneReplicateCanBeAnalysedAlone() {
    assertDone(espalier("analyse", experiment, "--set", "replicates=3", "--replicate", "1"));
    assertThat(out).contains("replicate 1 of 0 to 2, round 1").doesNotContain("replicate 0 of");
    assertMistake(
        espalier("analyse", experiment, "--replicate", "1"), "--replicate: found 1", "from 0 to 0");
  }

  @Test
  void masksThatDependOnTrainingAreNotShown() {
    String[] imp = {"--set", "method=null", "--set", "method={ id = imp, rounds = 2 }"};
    assertDone(espalier("analyse", experiment, imp));
    assertThat(out)
        .contains("round 0\n", "all further masks depend on training: run the experiment")
        .doesNotContain("round 1\n");
    assertThat(root.resolve("store")).doesNotExist();
  }

  @Test
  void whatIsNoTicketIsNamed() throws IOException {
    assertMistake(espalier("analyse", root.toString()), "no tickets in " + root, "folder of a run");
    assertMistake(espalier("analyse", "dmo"), "\"dmo\"", "mean demo?");
    Path old =
        Files.writeString(root.resolve("old.json"), "{ \"ticket\": \"old\", \"layers\": {} }");
    assertMistake(
        espalier("analyse", old.toString()),
        old + ": found a damaged record",
        "found no run, no network,",
        "no found-by, no trained-by, no history in its description",
        "an earlier version");
    Path alone = Files.writeString(root.resolve("alone.safetensors"), "");
    assertMistake(espalier("analyse", alone.toString()), "without its record", "alone.json");
  }

  @Test
  void settingsGoWithExperimentsAlone() throws IOException {
    assertDone(espalier("run", experiment, "--set", "method.rounds=1"));
    assertMistake(
        espalier("analyse", run().toString(), "--replicate", "0"),
        "found --set, --variant or --replicate");
  }

  @Test
  void collapseComparesTheUsualCriteriaAndFindsRoundsThatARunUsed() throws IOException {
    Path csv = root.resolve("collapse.csv");
    assertDone(espalier("collapse", experiment, "--step", "1", "--csv", csv.toString()));
    assertThat(out)
        .containsSubsequence(
            "random, every", "magnitude, every", "snip, every", "grasp, every", "synflow, every")
        .containsPattern("(?m)^criterion +mean x +x of each +density % +layers that die next$")
        .containsPattern("(?m)^synflow +3.00 +3 +0.1$")
        .containsPattern("(?m)^magnitude +2.00 +2 +1 +fc1.weight$")
        .contains("x is at most 3.68: a weight for each of 2 layers, of 9528");
    assertThat(csv)
        .content()
        .startsWith("criterion,replicate,exponent,density,limit,")
        .hasLineCount(6);
    assertThat(root.resolve("runs")).doesNotExist();

    assertDone(espalier("run", experiment, "--set", "method.densities=[0.001]"));
    assertThat(rounds(true)).as("synflow's rounds to 10^-3").isEqualTo(100);
    assertThat(rounds(false)).isZero();
  }

  @Test
  void collapseTakesTheExperimentsOwnCriterionOrThoseGiven() {
    String own = "method.criterion={ id = movement }";
    assertDone(
        espalier(
            "collapse", experiment, "--set", "method.criterion=null", "--set", own, "--step", "3"));
    assertThat(out).containsPattern("(?m)^synflow ").containsPattern("(?m)^movement ");
    assertDone(
        espalier(
            "collapse",
            experiment,
            "--step",
            "1",
            "--criterion",
            "magnitude",
            "--criterion",
            "{ id = snip, examples = 10 }",
            "--criterion",
            "snip"));
    assertThat(out)
        .containsPattern("(?m)^magnitude ")
        .containsPattern("(?m)^snip ")
        .containsPattern("(?m)^\\{ id = snip, examples = 10 } ")
        .doesNotContain("synflow");
  }

  @Test
  void collapseComparesVariantsThatDifferInTheirCriterion() throws IOException {
    String[] variants = {
      "--set", "variants.few.method.criterion={ id = snip, per-class = 1 }",
      "--set", "variants.many.method.criterion={ id = snip, per-class = 2 }"
    };
    Path csv = root.resolve("collapse.csv");
    List<String> more = new ArrayList<>(List.of(variants));
    more.addAll(List.of("--step", "1", "--csv", csv.toString()));
    assertDone(espalier("collapse", experiment, more.toArray(String[]::new)));
    assertThat(Files.readAllLines(csv).stream().skip(1).map(line -> line.split(",", 2)[0]))
        .containsExactly("few", "many");
    more.addAll(List.of("--set", "variants.many.seed=9"));
    assertMistake(
        espalier("collapse", experiment, more.toArray(String[]::new)),
        "variants: found few, many",
        "--variant");
  }

  @Test
  void oneOfSeveralVariantsIsChosen() throws IOException {
    String[] variants = {"--set", "variants.one={}", "--set", "variants.tenth.method.rounds=1"};
    assertMistake(
        espalier("collapse", experiment, variants), "variants: found one, tenth", "--variant");
    assertMistake(espalier("run", experiment, "--variant", "one"), "no variants. Leave it out");
    for (String command : List.of("collapse", "analyse", "run")) {
      assertDone(
          espalier(
              command,
              experiment,
              "--set",
              "variants.tenth.method.densities=[0.1]",
              "--set",
              "method.rounds=1",
              "--variant",
              "tenth"));
      assertThat(out).doesNotContain("tenth, ");
    }
    assertThat(run().getFileName().toString()).startsWith("tiny-tenth-");
    assertMistake(
        espalier("analyse", run().toString(), "--variant", "tenth"), "--variant or --replicate");
  }

  @Test
  void collapseNamesAllThatIsWrongWithCriteria() {
    assertMistake(
        espalier(
            "collapse",
            experiment,
            "--criterion",
            "snp",
            "--criterion",
            "{ id = snip, exmples = 1 }"),
        "--criterion snp: ",
        "unknown criterion \"snp\"",
        "mean snip?",
        "exmples: ",
        "unknown key",
        "mean examples?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NaN", "11"})
  void aStepIsAboveZero(String step) {
    assertMistake(espalier("collapse", experiment, "--step", step), "--step: found ", "allowed is");
  }

  @Test
  void aTableThatCannotBeWrittenIsRefusedAtOnce() {
    assertMistake(
        espalier("collapse", experiment, "--csv", root.resolve("no/x.csv").toString()),
        "--csv: found",
        "no/x.csv",
        "folder that is there");
    assertThat(out).isEmpty();
  }
}
