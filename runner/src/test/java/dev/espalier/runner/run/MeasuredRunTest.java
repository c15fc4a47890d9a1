// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LanguageModelling;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.data.Regression;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.runner.compare.RunsComparison;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.export.TicketExport;
import dev.espalier.runner.export.TicketImport;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.report.Report;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.ScreenWidth;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.results.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on data whose metric is no accuracy, and for which lower values may be better. */
class MeasuredRunTest {

  private static final int COLUMNS = 4;

  /** The targets are sums of three sines, with a standard deviation near 1.2. */
  public record Sines() implements DataSource {

    @Override
    public Data load(Prepared prepared) {
      Random random = new Random(1);
      return new Data(
          "sines",
          examples(600, random),
          examples(0, random),
          examples(300, random),
          Inputs.of(new Shape(COLUMNS), Normalisation.NONE),
          0,
          new Regression(),
          Optional.empty());
    }

    private static Examples examples(int n, Random random) {
      float[] features = new float[n * COLUMNS];
      float[] targets = new float[n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < COLUMNS; j++) {
          float x = random.nextFloat() * 4 - 2;
          features[i * COLUMNS + j] = x;
          targets[i] += j < COLUMNS - 1 ? (float) Math.sin(x) : 0;
        }
      }
      return new Examples(
          Rows.ofFloats(features, new Shape(COLUMNS)), Rows.ofFloats(targets, new Shape(1)));
    }
  }

  /** Token t is followed by 3 t + 1, nine times of ten. */
  public record Tokens() implements DataSource {

    private static final int LENGTH = 6;
    private static final int VOCABULARY = 5;

    @Override
    public Data load(Prepared prepared) {
      Random random = new Random(2);
      return new Data(
          "tokens",
          examples(300, random),
          examples(50, random),
          examples(200, random),
          Inputs.ofTokens(LENGTH, VOCABULARY),
          VOCABULARY,
          new LanguageModelling(),
          Optional.empty());
    }

    private static Examples examples(int n, Random random) {
      int[] tokens = new int[n * LENGTH];
      int[] next = new int[n * LENGTH];
      int token = 0;
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = token;
        token = random.nextInt(10) == 0 ? random.nextInt(VOCABULARY) : (3 * token + 1) % VOCABULARY;
        next[i] = token;
      }
      Shape shape = new Shape(LENGTH);
      return new Examples(Rows.ofInts(tokens, shape), Rows.ofInts(next, shape));
    }
  }

  /** Logits by the present token alone. */
  public record Pairs() implements Model {
    @Override
    public Network build(Task task) {
      int vocabulary = task.vocabulary();
      return Network.builder(
              "pairs",
              new NamedBlocks()
                  .add(
                      tokens ->
                          new NDList(
                              tokens
                                  .singletonOrThrow()
                                  .oneHot(vocabulary)
                                  .toType(DataType.FLOAT32, false)))
                  .add("out", Linear.builder().setUnits(vocabulary).build()),
              task.input())
          .build();
    }
  }

  private static final class Sources implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.add(DataSource.class, "sines", Sines.class).summary("Sums of sines");
      catalog.add(DataSource.class, "tokens", Tokens.class).summary("A cycle of tokens");
      catalog.add(Model.class, "pairs", Pairs.class).summary("A table of pairs");
    }
  }

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root, new Sources());
  }

  private static String[] sets(String objective, String... more) {
    List<String> sets =
        List.of(
            "data=null",
            "data={ id = sines, validation = 100" + objective + " }",
            "training.iterations=120",
            "training.evaluate-every=20",
            "replicates=3",
            "controls=[reinit]",
            "method.schedule.rate=0.9",
            "method.rounds=1");
    String[] all = Arrays.copyOf(sets.toArray(String[]::new), sets.size() + more.length);
    System.arraycopy(more, 0, all, sets.size(), more.length);
    return all;
  }

  private static final String RMSE = ", objective = { id = regression, metric = rmse }";

  private static final String[] FEW = {
    "training={ iterations = 10, evaluate-every = 10 }", "replicates=1", "controls=[]"
  };

  private static final String OTHER = "{ id = regression, metric = rmse } } }";

  private static List<String> header(Path folder) throws IOException {
    return List.of(Runs.results(folder).lines().findFirst().orElseThrow().split(","));
  }

  private static double number(String cell) {
    return Double.parseDouble(cell);
  }

  @Test
  void everyOutputSpeaksOfTheMetricAndLowerIsBetter() throws IOException {
    Path folder = runs.runWithTensorBoard(sets(RMSE));
    assertThat(header(folder))
        .containsSequence(
            "early_stop_validation_rmse",
            "early_stop_test_rmse",
            "train_loss",
            "train_rmse",
            "validation_loss",
            "validation_rmse",
            "test_loss",
            "test_rmse",
            "mask",
            "effective_macs",
            "n",
            "rmse_mean",
            "rmse_low",
            "rmse_high",
            "verdict",
            "best_test_rmse",
            "early_stop_validation_r2",
            "early_stop_test_r2",
            "train_r2",
            "validation_r2",
            "test_r2");
    List<String> rmse = Runs.column(folder, "test_rmse");
    List<String> best = Runs.column(folder, "best_test_rmse");
    List<String> loss = Runs.column(folder, "test_loss");
    List<String> r2 = Runs.column(folder, "test_r2");
    for (int i = 0; i < rmse.size(); i++) {
      assertThat(number(best.get(i))).isLessThanOrEqualTo(number(rmse.get(i)));
      assertThat(number(rmse.get(i))).isCloseTo(Math.sqrt(number(loss.get(i))), within(1e-9));
    }
    // Half of the variance is explained by the dense network, and less by a tenth of its weights.
    assertThat(number(r2.get(0))).isGreaterThan(0.5);
    assertThat(number(rmse.get(1))).isGreaterThan(number(rmse.get(0)));
    RecordedRun run = RecordedRun.at(folder);
    assertThat(run.margin()).isEqualTo(0.005);
    assertThat(run.levels().get(1).verdict()).hasValueSatisfying(MeasuredRunTest::isLosing);
    assertThat(runs.screen())
        .contains("test rmse at stop", "test rmse at end", ", test rmse 0.", " losing")
        .doesNotContain("accura", "test %");
    assertThat(Files.readString(folder.resolve("verdicts.csv")))
        .contains("worse than the dense network");
    assertThat(new String(tensorBoard(folder), StandardCharsets.ISO_8859_1))
        .contains("test/rmse", "validation/r2")
        .doesNotContain("accuracy");
  }

  private static void isLosing(Verdict verdict) {
    assertThat(verdict.kind()).isEqualTo(Verdict.Kind.LOSING);
  }

  private static byte[] tensorBoard(Path folder) throws IOException {
    return Files.readAllBytes(
        folder.resolve("tensorboard/replicate-0-round-00/events.out.tfevents.0"));
  }

  private static String data(Path page) throws IOException {
    return Pattern.compile("<script id=\"data\" type=\"application/json\">(.*?)</script>")
        .matcher(Files.readString(page))
        .results()
        .map(MatchResult::group)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aReportIsMadeAgainOfTheRecordsAlone() throws IOException {
    Path folder = runs.run(sets(""));
    String made = data(folder.resolve("report.html"));
    assertThat(made)
        .contains("test r2", "network\\u0027s test r2", "\"name\":\"r2\"", "\"test rmse\":[")
        .doesNotContain("accura", "(nats)", "\"nats\":true");
    assertThat(made).containsPattern("headline\":\"[^\"]* a test r2 of 0\\.[0-9]{3}");
    Files.delete(folder.resolve("report.html"));
    Report.write(folder, Registry.of());
    assertThat(data(folder.resolve("report.html"))).isEqualTo(made);
  }

  @Test
  void runsOfDifferentMetricsAreNotCompared() throws IOException {
    Path r2 = runs.run(sets("", FEW));
    Path rmse = runs.run(sets(RMSE, FEW));
    assertThatThrownBy(() -> RunsComparison.of(List.of(r2, rmse), "examples"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage(
            "found runs of different metrics ("
                + r2.getFileName()
                + ": r2, "
                + rmse.getFileName()
                + ": rmse), allowed are runs of one metric; compare those of each metric alone");
    Path other = runs.run(sets(RMSE, FEW[0], FEW[1], "training.batch-size=21"));
    RunsComparison comparison = RunsComparison.of(List.of(rmse, other), "examples");
    assertThat(comparison.tables(ScreenWidth.UNLIMITED))
        .contains("Test rmse, mean and 95 % interval. Lower is better.", "by validation rmse")
        .doesNotContain("accura", " in %");
    comparison.write(root.resolve("comparison"));
    assertThat(Files.readString(root.resolve("comparison/comparison.csv")).lines().findFirst())
        .hasValueSatisfying(
            header ->
                assertThat(header)
                    .contains(",n,rmse_mean,rmse_low,rmse_high,difference_n,")
                    .endsWith(",planned,r2_mean,r2_low,r2_high"));
  }

  @Test
  void variantsOfDifferentMetricsAreRefused() {
    assertThatThrownBy(
            () -> runs.run(sets("", "variants.a={}", "variants.b={ data { objective = " + OTHER)))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining(
            "variant b: data.objective: found the metric rmse, allowed is one metric for all variants");
  }

  @Test
  void bitsPerTokenHaveTheirUnitInRulesAndMargins() throws IOException {
    Path folder = runs.run(tokens("replicates=2", "controls=[reinit]"));
    assertThat(header(folder))
        .contains("bits_per_token_mean", "best_test_bits_per_token", "test_perplexity")
        .noneMatch(column -> column.contains("accuracy"));
    // Far below the 2.32 bits of chance, near the 0.56 of the source.
    assertThat(number(Runs.column(folder, "test_bits_per_token").get(0))).isBetween(0.5, 1.0);
    assertThat(runs.screen()).containsPattern("test bits per token 0\\.[0-9]{4}\n");
    assertThat(data(folder.resolve("report.html")))
        .contains(
            "test bits per token of 0.",
            "lies above +0.02 bits: losing; below it: matching; below it",
            "a test bits per token surely below each control")
        .doesNotContain("accura");
  }

  private static String[] tokens(String... more) {
    List<String> sets = new ArrayList<>(List.of("data=null", "data={ id = tokens }"));
    sets.addAll(List.of("model=null", "model={ id = pairs }", "method.rounds=1"));
    sets.addAll(List.of("training.optimizer.learning-rate=0.1", "method.schedule.rate=0.5"));
    sets.addAll(List.of(more));
    return sets.toArray(String[]::new);
  }

  @Test
  void anExportedTicketOfTokensIsRebuilt() throws IOException {
    StoredTicketResult ticket = exported(tokens("training.iterations=10"));
    assertThat(Files.readString(ticket.file()))
        .contains("\"vocabulary\": 5", "\"output\": [", "\"objective\": \"language-modelling\"");
  }

  @Test
  void anExportedTicketOfNumbersIsRebuilt() throws IOException {
    StoredTicketResult ticket = exported(sets(RMSE, FEW));
    assertThat(Files.readString(ticket.file()))
        .contains("\"output\": [", "\"objective\": \"regression\"", "\"better\": \"lower\"")
        .doesNotContain("vocabulary", "accuracy");
  }

  /** Runs, exports and imports, which builds the network twice; returns the first ticket. */
  private StoredTicketResult exported(String... sets) throws IOException {
    List<StoredTicketResult> tickets = StoredTicketResult.at(runs.run(sets));
    Path exported = root.resolve("exported");
    new TicketExport(
            new ExperimentReader(runs.registry()),
            exported,
            new TicketExport.Form(true, false, false),
            false,
            Optional.empty())
        .export(tickets.subList(0, 1), news -> {});
    new TicketImport(runs.registry(), root).read(exported, news -> {});
    Path imported;
    try (Stream<Path> all = Files.list(root.resolve("runs"))) {
      imported =
          all.filter(run -> run.getFileName().toString().startsWith("imported-"))
              .findFirst()
              .orElseThrow();
    }
    TicketResult row = RecordedRun.at(imported).rows().get(0);
    assertThat(row.metrics()).isEqualTo(tickets.get(0).row().metrics());
    assertThat(row.history()).isEqualTo(tickets.get(0).row().history());
    return tickets.get(0);
  }

  @Test
  void theMarginIsInTheUnitOfTheMetric() throws IOException {
    Path folder = runs.run(sets(RMSE, FEW[0], FEW[1], "margin=1.5"));
    assertThat(RecordedRun.at(folder).margin()).isEqualTo(1.5);
    assertThatThrownBy(() -> runs.run("margin=1.5"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("margin: found 1.5, allowed is [0, 1]");
  }
}
