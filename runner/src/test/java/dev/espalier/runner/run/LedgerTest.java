// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Lineage;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Results;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.UsedRows;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tickets of each method come from, and what that cost. */
@Tag("slow")
class LedgerTest {

  /** Examples of one training of the tiny experiment: 40 steps of 20. */
  private static final long SHOWN = 800;

  /** Of the tiny network: 784 x 16 and 16 x 10. */
  private static final long MACS = 12_704;

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private Map<String, Account> accounts(String... sets) {
    return RecordedRun.at(runs.run(sets)).tickets().stream()
        .collect(Collectors.toMap(StoredTicketResult::name, ticket -> ticket.row().account()));
  }

  private static List<String> kinds(List<StepRecord> steps) {
    return steps.stream().map(StepRecord::kind).toList();
  }

  @Test
  void aTicketOfMagnitudePruningComesFromAllRoundsBefore() {
    Map<String, Account> accounts = accounts("controls=[reinit, shuffle]");
    Account dense = accounts.get("replicate-0-round-00");
    assertThat(dense.finding()).isEmpty();
    assertThat(kinds(dense.training())).containsExactly("train");
    assertThat(Account.sum(dense.training()))
        .returns(SHOWN, Spent::examples)
        .returns(3 * SHOWN * MACS, Spent::macs)
        .returns(3 * SHOWN * MACS, Spent::effectiveMacs);

    Account second = accounts.get("replicate-0-round-02");
    assertThat(kinds(second.finding())).containsExactly("train", "prune", "train", "prune");
    assertThat(second.finding().get(0)).isEqualTo(dense.training().get(0));
    assertThat(Account.sum(second.finding()).examples()).isEqualTo(2 * SHOWN);
    // 4,618 weights are left: 784 x 16 x 0.36 and 160 x 0.64, to the nearest.
    assertThat(Account.sum(second.training()).effectiveMacs()).isEqualTo(3 * SHOWN * 4618);
    assertThat(Account.sum(second.training()).macs()).isEqualTo(3 * SHOWN * MACS);

    for (String control : List.of("reinit", "shuffle")) {
      Account of = accounts.get("replicate-0-round-02-" + control);
      assertThat(of.finding()).as(control).isEqualTo(second.finding());
      assertThat(of.training()).as(control).hasSize(1).isNotEqualTo(second.training());
    }
  }

  @Test
  void rewindingIsAPartOfFinding() {
    Map<String, Account> accounts = accounts("method.rewind-to=10", "method.rounds=1");
    Account first = accounts.get("replicate-0-round-01");
    assertThat(first.finding().stream().map(step -> step.spent().examples()))
        .containsExactly(200L, 600L, 0L);
    assertThat(Account.sum(first.training()).examples()).isEqualTo(600);
  }

  @Test
  void oneShotPruningComesFromTheDenseTrainingAlone() {
    Map<String, Account> accounts = accounts("method.one-shot=true");
    assertThat(kinds(accounts.get("replicate-0-round-02").finding()))
        .containsExactly("train", "prune");
  }

  @Test
  void pruningAtInitialisationCostsTheExamplesItLooksAt() {
    Map<String, Account> accounts =
        accounts(
            "controls=[dense]",
            "method=null",
            "method={ id = prune-at-init, densities = [0.5, 0.2],"
                + " criterion = { id = snip, examples = 100 } }");
    Account ticket = accounts.get("replicate-0-round-02");
    assertThat(kinds(ticket.finding())).containsExactly("prune");
    assertThat(Account.sum(ticket.finding()))
        .returns(100L, Spent::examples)
        .returns(3 * 100 * MACS, Spent::macs);
  }

  /** The rows are the first 100 of a permutation by the stream of the mask that is scored. */
  @Test
  void aPruneStepRecordsTheRowsThatItsCriterionUsed() throws IOException {
    String[] sets = {
      "method=null",
      "method={ id = prune-at-init, densities = [0.5],"
          + " criterion = { id = snip, examples = 100, batch-size = 50 } }"
    };
    Map<String, Account> accounts = accounts(sets);
    UsedRows rows = accounts.get("replicate-0-round-01").finding().get(0).rows().orElseThrow();
    Experiment experiment = runs.experiment(sets).first();
    Data data = experiment.data().load(1, Prepared.inMemory());
    Digest dense;
    try (Network network = experiment.model().architecture().build(data.task())) {
      dense = Mask.dense(network.layers()).digest();
    }
    long index = Long.parseUnsignedLong(dense.prefix(16), 16);
    int[] order = new Seed(1, 0).stream("scores", index).permutation(data.train().size());
    assertThat(rows)
        .isEqualTo(
            UsedRows.of(List.of(IntBuffer.wrap(order, 0, 50), IntBuffer.wrap(order, 50, 50))));
    assertThat(accounts.get("replicate-0-round-01").training().get(0).rows()).isEmpty();
    JsonObject event = Runs.events(runs.folder(sets), "prune").get(0);
    assertThat(event.get("rows-listed").getAsString()).isEqualTo(rows.listed());
    assertThat(accounts(sets)).as("of the step in the store").isEqualTo(accounts);
    assertThat(Runs.events(runs.folder(sets), "prune").get(0).get("found").getAsBoolean()).isTrue();
  }

  @Test
  void aCriterionWithoutExamplesCostsItsPasses() {
    Map<String, Account> accounts =
        accounts(
            "method=null",
            "method={ id = prune-at-init, densities = [0.2], rounds = 5, criterion = synflow }");
    Spent found = Account.sum(accounts.get("replicate-0-round-01").finding());
    assertThat(found.examples()).isZero();
    assertThat(accounts.get("replicate-0-round-01").finding())
        .allMatch(step -> step.rows().orElseThrow().number() == 0);
    assertThat(found.macs()).isEqualTo(5 * 3 * MACS);
    assertThat(found.effectiveMacs()).isLessThan(found.macs());
  }

  /** Once forward and back for the gradient, and forward and twice back for H g. */
  @Test
  void aProductWithTheHessianCostsASecondBackwardPass() {
    Map<String, Account> accounts =
        accounts(
            "method=null",
            "method={ id = prune-at-init, densities = [0.2], criterion = { id = grasp } }");
    Spent found = Account.sum(accounts.get("replicate-0-round-01").finding());
    long passes = found.macs() / MACS;
    assertThat(passes).isEqualTo((3 + 5) * found.examples() / 2);
  }

  /** Two rounds that leave nothing are one training, and each still has it behind itself. */
  @Test
  void aTrainingThatTwoRoundsShareIsTheTrainingOfBoth() {
    Map<String, Account> accounts =
        accounts(
            "method.rounds=3",
            "method.schedule={ id = geometric, rate = 0.9999, output-rate = 0.9999 }",
            "training.iterations=20");
    Account before = accounts.get("replicate-0-round-02");
    Account last = accounts.get("replicate-0-round-03");
    assertThat(before.training()).hasSize(1);
    assertThat(last.training()).isEqualTo(before.training());
    assertThat(last.steps()).doesNotHaveDuplicates();
    assertThat(kinds(last.finding())).containsExactly("train", "prune", "train", "prune", "prune");
    StoredTicketResult ticket =
        StoredTicketResult.at(
                runs.folder(
                        "method.rounds=3",
                        "method.schedule={ id = geometric, rate = 0.9999, output-rate = 0.9999 }",
                        "training.iterations=20")
                    .resolve("tickets/replicate-0-round-03"))
            .get(0);
    assertThat(new Lineage(root).of(ticket)).contains("trained by: 400 examples");
  }

  @Test
  void theWidthsOfANarrowNetworkComeFromTheTrainingTheyWereChosenBy() {
    Map<String, Account> accounts =
        accounts(
            "model=null",
            "model={ id = vgg-11, width = 2 }",
            "training.batch-size=500",
            "training.iterations=10",
            "controls=[dense]",
            "method=null",
            "method={ id = network-slimming, sparsity = 0.5, baselines = [scratch-e] }");
    StepRecord penalised = accounts.get("replicate-0-round-01-penalised").training().get(0);
    for (String name : List.of("", "-scratch-e")) {
      Account account = accounts.get("replicate-0-round-01" + name);
      // Not the dense network, which nothing was found by.
      assertThat(account.finding()).as(name).containsExactly(penalised);
      assertThat(account.training()).as(name).hasSize(1);
    }
    assertThat(accounts.get("replicate-0-round-01-pruned").finding()).containsExactly(penalised);
    assertThat(accounts.get("replicate-0-round-01-pruned").training()).isEmpty();
  }

  @Test
  void aGenerationComesFromThoseBefore() {
    Map<String, Account> accounts =
        accounts("method=null", "method={ id = knowledge-evolution, generations = 3 }");
    assertThat(accounts.get("replicate-0-round-03").finding()).hasSize(2);
    assertThat(accounts.get("replicate-0-round-03").training()).hasSize(1);
    assertThat(accounts.get("replicate-0-round-03-slim").finding()).hasSize(3);
    assertThat(accounts.get("replicate-0-round-03-slim").training()).isEmpty();
  }

  @Test
  void weightsThatAreNeverTrainedAreFound() {
    Map<String, Account> accounts =
        accounts("method=null", "method={ id = edge-popup }", "controls=[dense, reinit, shuffle]");
    for (String branch : List.of("", "-reinit", "-shuffle")) {
      Account account = accounts.get("replicate-0-round-01" + branch);
      assertThat(kinds(account.finding())).as(branch).containsExactly("train");
      assertThat(Account.sum(account.finding()))
          .as(branch)
          .returns(SHOWN, Spent::examples)
          .returns(3 * SHOWN * MACS, Spent::macs);
      assertThat(account.training()).as(branch).isEmpty();
    }
    Account dense = accounts.get("replicate-0-round-00");
    assertThat(dense.finding()).isEmpty();
    assertThat(Account.sum(dense.training()).examples()).isEqualTo(SHOWN);
  }

  @Test
  void whatIsFoundCostsWhatItCostWhenItWasDone() {
    Map<String, Account> first = accounts("method.rounds=1");
    Map<String, Account> again = accounts("method.rounds=1");
    assertThat(runs.screen()).contains("trainings: 2, of which remembered: 2");
    assertThat(again).isEqualTo(first);
  }

  @Test
  void theLedgerCountsEachStepOnceAndMarksWhatIsShared() throws IOException {
    Path run = runs.run("method.rounds=1", "controls=[reinit]");
    List<List<String>> lines =
        Files.readAllLines(run.resolve("ledger.csv")).stream()
            .map(line -> List.of(line.split(",", -1)))
            .toList();
    assertThat(lines.stream().map(line -> String.join(" ", line.subList(2, 7))))
        .containsExactly(
            "round branch part steps examples",
            "0 ticket finding 0 0",
            "0 ticket training 1 800",
            "0 ticket shared 1 800",
            "1 ticket finding 2 800",
            "1 ticket training 1 800",
            "1 ticket shared 2 800",
            "1 reinit finding 2 800",
            "1 reinit training 1 800",
            "1 reinit shared 2 800",
            "  run 4 2400");
  }

  /** So a report can be made of a folder, and says what the run says. */
  @Test
  void recordsSayAllThatResultsDo() throws IOException {
    Path run =
        runs.run(
            "replicates=2",
            "controls=[reinit]",
            "variants.b={ method.rounds = 1 }",
            "variants.a={ data.validation = 0, method.rounds = 1 }");
    RecordedRun recorded = RecordedRun.at(run);
    try (RunFolder other = new RunFolder(root.resolve("other"))) {
      Results results = new Results(other.path(), recorded.margin());
      recorded.rows().forEach(results::add);
      results.write();
      for (String file : List.of("results.csv", "verdicts.csv", "ledger.csv")) {
        assertThat(other.file(file)).hasSameTextualContentAs(run.resolve(file));
      }
    }
    assertThat(Runs.column(run, "n")).containsOnly("2");
    assertThat(Runs.column(run, "verdict")).contains("");
    assertThat(run.resolve("verdicts.csv")).content().contains("b,1,ticket,dense,2,", ",reinit,2,");
  }

  @Test
  void aLineageNamesEveryStepWithItsSettingsAndCost() {
    Path run = runs.run("method.rounds=1");
    StoredTicketResult ticket =
        StoredTicketResult.at(run.resolve("tickets/replicate-0-round-01")).get(0);
    String text = new Lineage(root).of(ticket);
    Account account = ticket.row().account();
    assertThat(text)
        .startsWith("replicate-0-round-01\nfound by: 800 examples")
        .containsSubsequence(
            "   1  train  "
                + account.finding().get(0).key().prefix(12)
                + "  from the initial weights",
            "density 100 %, iterations 0 to 40 of 40, batch-size 20, optimizer adam { learning-rate = 0.01",
            "   2  prune  " + account.finding().get(1).key().prefix(12) + "  from step 1, ",
            "criterion magnitude, schedule geometric { rate = 0.4 }, scope layer, ties exact",
            "trained by: 800 examples, 30.5 M MACs, 18.4 M effective",
            "   3  train  " + account.training().get(0).key().prefix(12) + "  from step 2, ",
            "density 60.25 %",
            "in all: 1600 examples")
        .doesNotContain("no longer");
    assertThat(new Lineage(root.resolve("elsewhere")).of(ticket))
        .contains("no longer in the store");
  }
}
