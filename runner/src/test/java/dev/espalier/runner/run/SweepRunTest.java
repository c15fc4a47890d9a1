// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.StoredTicketResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class SweepRunTest {

  private static final String ONE = "variants.r-1.method.rounds=1";
  private static final String TWO = "variants.r-2={}";

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private static List<String> lines(Path run, String... columns) throws IOException {
    List<String> lines = Runs.column(run, columns[0]);
    for (int i = 1; i < columns.length; i++) {
      List<String> column = Runs.column(run, columns[i]);
      List<String> before = lines;
      lines =
          IntStream.range(0, before.size())
              .mapToObj(row -> before.get(row) + " " + column.get(row))
              .toList();
    }
    return lines;
  }

  @Test
  void allVariantsAndReplicatesAreInOneFolder() throws IOException {
    Path run = runs.run(TWO, ONE, "replicates=2");
    assertThat(run.getFileName().toString()).matches("tiny-[0-9a-f]{8}");
    assertThat(Runs.results(run)).startsWith("variant,replicate,round,branch,");
    assertThat(lines(run, "variant", "replicate", "round", "branch"))
        .containsExactly(
            "r-2 0 0 ticket",
            "r-2 0 1 ticket",
            "r-2 0 2 ticket",
            "r-2 1 0 ticket",
            "r-2 1 1 ticket",
            "r-2 1 2 ticket",
            "r-1 0 0 ticket",
            "r-1 0 1 ticket",
            "r-1 1 0 ticket",
            "r-1 1 1 ticket");
    assertThat(Runs.files(run.resolve("tickets")))
        .hasSize(20)
        .extracting(file -> run.resolve("tickets").relativize(file).toString())
        .contains("r-1/replicate-0-round-00.json", "r-2/replicate-1-round-02.safetensors");
    JsonObject about =
        JsonParser.parseString(
                Files.readString(run.resolve("tickets/r-2/replicate-1-round-02.json")))
            .getAsJsonObject();
    assertThat(about.get("variant").getAsString()).isEqualTo("r-2");
    assertThat(about.get("ticket").getAsString()).isEqualTo("r-2-replicate-1-round-02");
    for (String event : List.of("ticket", "train")) {
      assertThat(Runs.events(run, event))
          .extracting(details -> details.get("variant").getAsString())
          .containsExactlyElementsOf(Runs.column(run, "variant"));
    }
    assertThat(runs.screen())
        .contains("r-2, replicate 1 (2 of 2), round 2 (3 of 3): ")
        .contains("trainings: 10, of which remembered: 4");
  }

  private static List<String> names(Path tickets) {
    return StoredTicketResult.at(tickets).stream().map(StoredTicketResult::name).toList();
  }

  @Test
  void ticketsOfAVariantAreReadFromTheRunFromTheirFolderAndOneByOne() throws IOException {
    Path run = runs.run(ONE, TWO);
    Path tickets = run.resolve("tickets");
    assertThat(names(run)).hasSize(5).isEqualTo(names(tickets));
    assertThat(names(tickets.resolve("r-1")))
        .containsExactly("r-1-replicate-0-round-00", "r-1-replicate-0-round-01");
    Path one = tickets.resolve("r-1/replicate-0-round-01");
    assertThat(names(one)).containsExactly("r-1-replicate-0-round-01");
    Path other = tickets.resolve("r-2/replicate-0-round-01.json");
    Files.copy(one.resolveSibling("replicate-0-round-01.json"), other, REPLACE_EXISTING);
    assertThatThrownBy(() -> names(run))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(other.toString(), "it is the record of r-1-replicate-0-round-01");
    Files.delete(other);
    for (Path missing : List.of(run, tickets.resolve("r-2"))) {
      assertThatThrownBy(() -> names(missing))
          .isInstanceOf(ConfigProblem.class)
          .hasMessageStartingWith(other + ": found no record");
    }
    assertThat(names(tickets.resolve("r-1"))).hasSize(2);
  }

  @Test
  void ticketsOfEarlierVersionsAreReadAndThenMovedToTheFolderOfTheirVariant() throws IOException {
    Path run = runs.run(ONE, TWO);
    Path tickets = run.resolve("tickets");
    List<String> names = names(run);
    List<Path> files = Runs.files(tickets);
    for (Path file : files) {
      Path folder = file.getParent();
      Files.move(file, tickets.resolve(folder.getFileName() + "-" + file.getFileName()));
    }
    assertThat(names(run)).containsExactlyInAnyOrderElementsOf(names);
    assertThat(names(tickets.resolve("r-1-replicate-0-round-01"))).hasSize(1);
    runs.run(ONE, TWO);
    assertThat(Runs.files(tickets)).isEqualTo(files);
  }

  @Test
  void variantsShareTheStepsTheyHaveInCommon() throws IOException {
    Path run = runs.run(ONE, TWO);
    assertThat(Runs.found(run)).containsExactly(false, false, true, true, false);
    assertThat(Runs.column(run, "mask").subList(0, 2))
        .isEqualTo(Runs.column(run, "mask").subList(2, 4));
  }

  @Test
  void aRowIsThatOfTheVariantRunAlone() throws IOException {
    Path run = runs.run(TWO, "variants.low.method.schedule.rate=0.2");
    String alone = Runs.results(runs.run("method.schedule.rate=0.2"));
    assertThat(Runs.found(runs.folder("method.schedule.rate=0.2"))).containsOnly(true);
    assertThat(Runs.results(run).lines().filter(line -> line.startsWith("low,")))
        .containsExactlyElementsOf(alone.lines().skip(1).map(line -> "low" + line).toList());
  }

  @Test
  void theTableHasALineForEveryVariantAndRoundWithTheMeansOfItsReplicates() throws IOException {
    Path run =
        runs.run(
            "replicates=2",
            "variants.plain={}",
            "variants.short-name={ method.rounds = 1, controls = [reinit], data.validation = 0 }");
    List<String> table =
        runs.screen().lines().dropWhile(line -> !line.startsWith("variant  ")).toList();
    assertThat(table.get(0).strip().split(" {2,}", -1))
        .containsExactly(
            "variant",
            "round",
            "density %",
            "weights",
            "stop iteration",
            "test % at stop",
            "test % at end",
            "reinit %",
            "verdict");
    List<String> accuracies = Runs.column(run, "test_accuracy");
    List<String> names = lines(run, "variant", "round", "branch");
    for (String[] expected :
        List.of(
            new String[] {"plain", "0", "12704"},
            new String[] {"plain", "1", "7654"},
            new String[] {"plain", "2", "4618"},
            new String[] {"short-name", "0", "12704"},
            new String[] {"short-name", "1", "7654"})) {
      double mean = 0;
      double reinit = 0;
      String line = expected[0] + " " + expected[1];
      for (int row = 0; row < names.size(); row++) {
        mean +=
            names.get(row).equals(line + " ticket") ? Double.parseDouble(accuracies.get(row)) : 0;
        reinit +=
            names.get(row).equals(line + " reinit") ? Double.parseDouble(accuracies.get(row)) : 0;
      }
      String[] cells =
          table.stream()
              .map(text -> text.strip().split(" {2,}", -1))
              .filter(c -> c[0].equals(expected[0]) && c[1].equals(expected[1]))
              .findFirst()
              .orElseThrow();
      assertThat(cells).hasSize(9);
      assertThat(cells[3]).isEqualTo(expected[2]);
      assertThat(cells[4].equals("-")).isEqualTo(expected[0].equals("short-name"));
      assertThat(cells[6])
          .as("an interval of two replicates is not shown")
          .isEqualTo(String.format(Locale.ROOT, "%.2f", 50 * mean));
      assertThat(cells[7])
          .isEqualTo(reinit == 0 ? "-" : String.format(Locale.ROOT, "%.2f", 50 * reinit));
      assertThat(cells[8])
          .matches(expected[1].equals("0") ? "-" : "(winning|matching|losing|undecided).*");
    }
    assertThat(table.subList(1, 6))
        .allSatisfy(line -> assertThat(line).matches("(plain|short-name) .*"));
  }

  @Test
  void withoutVariantsTheColumnIsEmptyAndNothingElseKnowsOfThem() throws IOException {
    Path run = runs.run("method.rounds=1");
    assertThat(Runs.column(run, "variant")).containsExactly("", "");
    assertThat(runs.screen()).doesNotContain("variant");
    assertThat(Files.readString(run.resolve("events.jsonl"))).doesNotContain("variant");
    assertThat(Files.readString(run.resolve("experiment.conf"))).doesNotContain("variant");
    assertThat(Files.readString(run.resolve("tickets/replicate-0-round-01.json")))
        .doesNotContain("variant");
  }

  @Test
  void theKeptExperimentGivesTheSameRunAgain(@TempDir Path other) throws IOException {
    // Written from z to a, and neither by size.
    Path run =
        runs.run(
            "variants.z={}",
            "variants.r-16={ method.schedule.rate = 0.2, seed = 2 }",
            "variants.r-2.data.validation=400",
            "method.rounds=1");
    Path conf = run.resolve("experiment.conf");
    String text = Files.readString(conf);
    Registry registry = Registry.load();
    Draft draft =
        new ExperimentReader(registry).draft(conf.toString(), List.of(), Optional.empty());
    Sweep again = draft.complete();
    assertThat(again.variants().keySet()).containsExactly("z", "r-16", "r-2");
    ExperimentRun elsewhere =
        new ExperimentRun(
            registry,
            other,
            new Screen(new PrintWriter(Writer.nullWriter())),
            ExperimentRun.Options.DEFAULT);
    try (Interruption interruption = new Interruption()) {
      elsewhere.run(draft, interruption, log -> {});
    }
    Path there = elsewhere.folder(again);
    assertThat(there.getFileName()).isEqualTo(run.getFileName());
    assertThat(Runs.found(there)).contains(false);
    assertThat(Runs.results(there)).isEqualTo(Runs.results(run));
    assertThat(there.resolve("experiment.conf")).hasContent(text);
    assertThat(text).contains("data-digests");
    Map<?, ?> digests =
        (Map<?, ?>)
            ConfigFactory.parseString(text).getConfig("provenance.data-digests").root().unwrapped();
    assertThat(digests.get("z")).isNotNull().isNotEqualTo(digests.get("r-2"));
  }

  @Test
  void aSweepThatWasCutShortGoesOnToTheSameBytes() throws IOException {
    String[] sets = {TWO, "variants.low.method.schedule.rate=0.2"};
    Path run = runs.run(sets);
    String results = Runs.results(run);
    String key = Runs.events(run, "train").get(4).get("key").getAsString();
    Files.delete(root.resolve("store").resolve(key.substring(0, 2)).resolve(key.substring(2)));
    runs.run(sets);
    assertThat(Runs.found(run)).containsExactly(true, true, true, true, false, true);
    assertThat(Runs.results(run)).isEqualTo(results);
  }

  @Test
  void whichVariantsThereAreNamesTheFolderAndWhereTheyRunDoesNot() {
    Path both = runs.folder(ONE, TWO);
    assertThat(runs.folder(ONE, TWO, "device=auto", "threads=2")).isEqualTo(both);
    assertThat(
            List.of(
                runs.folder(ONE),
                runs.folder(TWO, ONE),
                runs.folder(TWO),
                runs.folder(),
                runs.folder(ONE, "variants.r-3={}"),
                runs.folder(ONE, TWO, "variants.r-2.seed=2")))
        .doesNotHaveDuplicates()
        .doesNotContain(both);
  }

  @Test
  void allVariantsAreCheckedBeforeAnythingIsWritten() throws IOException {
    assertThatThrownBy(
            () ->
                runs.run(
                    TWO,
                    "variants.late.method.rewind-to=40",
                    "variants.greedy.data.validation=10000"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("variant late: method.rewind-to: found iteration 40")
        .hasMessageContaining("variant greedy: data.validation: found 10000");
    assertThatThrownBy(() -> runs.run(ONE, TWO, "data.validation=10000"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageStartingWith("--set data.validation=10000: data.validation: found 10000")
        .hasMessageNotContaining("\n");
    assertThat(Runs.files(root)).isEmpty();
  }

  @Test
  void aVariantThatBreaksDownIsNamed() throws IOException {
    String[] sets = {TWO, "variants.wild.training.optimizer={ id = sgd, learning-rate = 1e30 }"};
    assertThatThrownBy(() -> runs.run(sets))
        .isInstanceOf(TrialFailed.class)
        .hasMessageStartingWith("wild, ")
        .hasMessageContaining("loss of iteration");
    assertThat(Runs.events(runs.folder(sets), "failed"))
        .singleElement()
        .satisfies(event -> assertThat(event.get("variant").getAsString()).isEqualTo("wild"));
    assertThat(Runs.column(runs.folder(sets), "variant")).containsOnly("r-2");
    assertThat(runs.folder(sets).resolve("results.png")).isNotEmptyFile();
    Path report = runs.folder(sets).resolve("report.html");
    assertThat(runs.screen()).endsWith("report: " + report + "\n");
    assertThat(report).content().contains("\"failures\":[\"variant wild, replicate 0: ");
  }

  @Test
  void analysisShowsTheTicketsOfAllVariants() throws IOException {
    runs.analyse(
        "method=null",
        "method={ id = prune-at-init, criterion = magnitude, densities = [0.5] }",
        "variants.half={}",
        "variants.tenth.method.densities=[0.1]");
    assertThat(runs.screen()).containsSubsequence("half, round 1\n", "tenth, round 1\n");
    assertThat(runs.screen()).contains("6352", "1270");
  }
}
