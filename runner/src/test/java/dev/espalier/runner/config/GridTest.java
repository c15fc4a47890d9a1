// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.api.settings.Names;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.ReinitControl;
import dev.espalier.methods.imp.IterativeMagnitudePruning;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GridTest {

  private static final String BASE = SweepTest.BASE;

  private static final String GRID =
      BASE
          + "sweep { method.rewind-to = [0, 10, 20], training.optimizer.learning-rate = [1e-3,"
          + " 2e-3] }\n";

  private static final String RANDOM =
      BASE
          + """
          sweep {
            random = 4, seed = 7
            training.optimizer.learning-rate { log-uniform = [1e-4, 1e-2] }
            method.rounds { uniform = [3, 10] }
            training.batch-size { choice = [60, 120] }
          }
          """;

  private final ExperimentReader reader = new ExperimentReader(Registry.load());

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("my.conf"), text);
  }

  private Sweep read(String text, String... sets) throws IOException {
    return reader.read(file(text).toString(), List.of(sets));
  }

  private List<String> names(String text, String... sets) throws IOException {
    return List.copyOf(read(text, sets).variants().keySet());
  }

  private List<String> problems(String text, String... sets) throws IOException {
    String which = file(text).toString();
    ConfigProblem problem =
        catchThrowableOfType(ConfigProblem.class, () -> reader.read(which, List.of(sets)));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().replace(which, "my.conf").lines().toList();
  }

  private static IterativeMagnitudePruning.Settings method(Experiment experiment) {
    return (IterativeMagnitudePruning.Settings) experiment.method().settings();
  }

  /** The name of a point at which each key is 1. */
  private static String pointName(String... keys) {
    ConfigValue one = ConfigValueFactory.fromAnyRef(1);
    List<Axis> axes =
        Stream.of(keys)
            .map(key -> List.of(key.split("\\.")))
            .map(path -> new Axis(path, one, List.of(one), Optional.empty(), false))
            .toList();
    return new PointNames(axes, List.of(axes.stream().map(Axis::place).toList())).of("", 0);
  }

  private static String word(String value) {
    ConfigValue of = ConfigFactory.parseString("it = " + value).root().get("it");
    Axis axis = new Axis(List.of("x"), of, List.of(of), Optional.empty(), false);
    return new PointNames(List.of(axis), List.of(List.of(of))).of("", 0).substring(2);
  }

  private static String list(int from, int until) {
    return IntStream.range(from, until).mapToObj(String::valueOf).collect(Collectors.joining(","));
  }

  @Test
  void listsBecomeTheirProductInTheOrderOfTheFileAndTheLastKeyChangesFastest() throws IOException {
    Sweep sweep = read(GRID);
    assertThat(sweep.variants().keySet())
        .containsExactly(
            "rewind-to-0-learning-rate-0-001",
            "rewind-to-0-learning-rate-0-002",
            "rewind-to-10-learning-rate-0-001",
            "rewind-to-10-learning-rate-0-002",
            "rewind-to-20-learning-rate-0-001",
            "rewind-to-20-learning-rate-0-002");
    Experiment one = sweep.variants().get("rewind-to-10-learning-rate-0-002");
    assertThat(method(one).rewindTo().count()).isEqualTo(10);
    assertThat(method(one).rounds()).isEqualTo(2);
    assertThat(one.training().optimizer()).isEqualTo(new Adam(0.002));
    assertThat(names(BASE + "sweep { training.batch-size = [10, 5]\n method.rounds = [1] }\n"))
        .as("neither the alphabet nor the size decides")
        .containsExactly("batch-size-10-rounds-1", "batch-size-5-rounds-1");
  }

  @Test
  void aSweepIsTheSameExperimentAsItsVariantsWrittenByHand() throws IOException {
    String byHand =
        BASE
            + """
            variants {
              rewind-to-0-batch-size-5 { method.rewind-to = 0, training.batch-size = 5 }
              rewind-to-0-batch-size-7 { method.rewind-to = 0, training.batch-size = 7 }
              rewind-to-9-batch-size-5 { method.rewind-to = 9, training.batch-size = 5 }
              rewind-to-9-batch-size-7 { method.rewind-to = 9, training.batch-size = 7 }
            }
            """;
    Sweep hand = read(byHand);
    Sweep sweep = read(BASE + "sweep { method.rewind-to = [0, 9], training.batch-size = [5, 7] }");
    assertThat(sweep).isEqualTo(hand);
    assertThat(reader.digest(sweep)).isEqualTo(reader.digest(hand));
    assertThat(reader.render(sweep, Map.of())).isEqualTo(reader.render(hand, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatARunRecordsArePlainVariantsWhichAreReadAgain(boolean isRandom) throws IOException {
    Sweep sweep = read(isRandom ? RANDOM : GRID);
    String rendered = reader.render(sweep, Map.of("java", "17"));
    assertThat(rendered).doesNotContain("sweep").contains("variants");
    Sweep again = read(rendered);
    assertThat(again).isEqualTo(sweep);
    assertThat(again.variants().keySet()).containsExactlyElementsOf(sweep.variants().keySet());
    assertThat(reader.digest(again)).isEqualTo(reader.digest(sweep));
  }

  @Test
  void drawsAreThoseOfTheSeedOnEveryMachineAndWholeWhereTheSettingIs() throws IOException {
    Sweep sweep = read(RANDOM);
    assertThat(sweep.variants().keySet())
        .containsExactly(
            "learning-rate-0-0001778-rounds-3-batch-size-120",
            "learning-rate-0-0002098-rounds-9-batch-size-60",
            "learning-rate-0-0002393-rounds-9-batch-size-120",
            "learning-rate-0-004743-rounds-4-batch-size-120");
    Experiment last = sweep.variants().get("learning-rate-0-004743-rounds-4-batch-size-120");
    assertThat(last.training().optimizer()).isEqualTo(new Adam(0.004743));
    assertThat(method(last).rounds()).isEqualTo(4);
    assertThat(last.training().batchSize()).isEqualTo(120);
  }

  @Test
  void moreDrawsOrAnotherKeyLeaveTheFirstOnesAsTheyAre() throws IOException {
    List<String> four = names(RANDOM);
    assertThat(names(RANDOM, "sweep.random=9")).startsWith(four.toArray(String[]::new)).hasSize(9);
    assertThat(names(RANDOM, "sweep.seed=8")).doesNotContainAnyElementsOf(four);
    assertThat(names(RANDOM, "sweep.method.schedule.rate.uniform=[0.2, 0.8]"))
        .as("the other words of the names are as before")
        .extracting(name -> name.substring(0, name.indexOf("-rate-0-", name.indexOf("batch"))))
        .containsExactlyElementsOf(four);
  }

  @Test
  void drawsStayInsideTheirBoundsAndReachEachWholeNumber() throws IOException {
    Sweep sweep =
        read(
            BASE
                + "sweep { random = 200, method.rounds.uniform = [3, 10],"
                + " training.optimizer.learning-rate.log-uniform = [1e-4, 1e-2] }");
    assertThat(sweep.variants()).hasSize(200);
    assertThat(sweep.variants().values().stream().map(one -> method(one).rounds()).distinct())
        .containsExactlyInAnyOrder(3, 4, 5, 6, 7, 8, 9, 10);
    double[] rates =
        sweep.variants().values().stream()
            .mapToDouble(one -> ((Adam) one.training().optimizer()).learningRate())
            .toArray();
    assertThat(Arrays.stream(rates).min().orElseThrow()).isGreaterThanOrEqualTo(1e-4);
    assertThat(Arrays.stream(rates).max().orElseThrow()).isLessThanOrEqualTo(1e-2);
    assertThat(Arrays.stream(rates).filter(rate -> rate < 1e-3).count())
        .as("half of the numbers are below the geometric mean")
        .isBetween(80L, 120L);
  }

  @Test
  void fewerDrawsThanAskedForAreRefusedWithTheirNumber() throws IOException {
    assertFacts(
        problems(BASE + "sweep { random = 9\n training.batch-size.choice = [5, 6, 7] }"),
        "my.conf:15: sweep.random: found 9 | at most 3 | Write lists");
  }

  @Test
  void eachVariantIsMultipliedWithTheSweep() throws IOException {
    Sweep sweep =
        read(
            BASE
                + "variants { z { method.rounds = 5 }, a {} }\nsweep { training.batch-size = [5,"
                + " 6] }");
    assertThat(sweep.variants().keySet())
        .containsExactly("a-batch-size-5", "a-batch-size-6", "z-batch-size-5", "z-batch-size-6");
    assertThat(method(sweep.variants().get("z-batch-size-6")).rounds()).isEqualTo(5);
    assertThat(sweep.variants().get("z-batch-size-6").training().batchSize()).isEqualTo(6);
    assertFacts(
        problems(
            BASE
                + "variants { z { method.rounds = 5 }, a {} }\nsweep { method.rounds = [5, 6],"
                + " training.batch-size = [5] }"),
        "my.conf:15: variants.z.method.rounds: found a key that the sweep changes, too");
  }

  @Test
  void valuesMayBeListsAndSections() throws IOException {
    Sweep lists = read(BASE + "sweep { controls = [[], [reinit], [reinit, shuffle]] }");
    assertThat(lists.variants().keySet())
        .containsExactly("controls-none", "controls-reinit", "controls-reinit-shuffle");
    assertThat(lists.variants().get("controls-reinit").controls())
        .containsExactly(new ReinitControl());
    Sweep sections =
        read(
            BASE
                + "sweep.method = [{ id = imp, rounds = 1 }, { id = imp, rounds = 4 }]\n"
                + "sweep.method-2 = null");
    assertThat(sections.variants().keySet())
        .containsExactly("method-imp-rounds-1", "method-imp-rounds-4");
    assertThat(method(sections.variants().get("method-imp-rounds-4")).rounds()).isEqualTo(4);
    String apart = BASE.substring(0, BASE.indexOf("method {"));
    assertThat(
            names(
                apart
                    + "sweep.method = [{ id = imp, rounds = 1 }, { id = rigl, densities = [0.2] }]"))
        .containsExactly("method-imp-rounds-1", "method-rigl-densities-0-2");
    assertThat(names(BASE + "sweep.method.criterion = [magnitude, random, { id = snip }]"))
        .containsExactly("criterion-magnitude", "criterion-random", "criterion-snip");
    assertThat(names(BASE + "sweep.method.criterion.id = [magnitude, snip]"))
        .as("id says nothing")
        .containsExactly("criterion-magnitude", "criterion-snip");
  }

  @Test
  void keysThatEndWithTheSameWordHaveTheWordBefore() throws IOException {
    assertThat(
            names(
                BASE
                    + "sweep { seed { init = [1], order = [2] }, method.schedule.rate = [0.2],"
                    + " training.optimizer.learning-rate = [1] }"))
        .containsExactly("init-1-order-2-rate-0-2-learning-rate-1");
    assertThat(pointName("a.x.rate", "b.x.rate", "c.lone"))
        .isEqualTo("a-x-rate-1-b-x-rate-1-lone-1");
  }

  @ParameterizedTest
  @CsvSource({
    "1e-3,0-001",
    "5,5",
    "5e4,50000",
    "0.10,0-1",
    "-0.5,minus-0-5",
    "1e-12,1e-12",
    "1.5e30,1-5e-30",
    "true,true",
    "\"40 epochs\",40-epochs",
    "\"A_b.c\",a-b-c",
    "null,none",
    "\"\",none"
  })
  void aValueIsSpeltInLettersDigitsAndHyphens(String value, String word) {
    assertThat(word(value)).isEqualTo(word).matches(Names.PATTERN);
  }

  @Test
  void namesAreUniqueAndNeverTooLong() throws IOException {
    String settings =
        BASE.replace(
            "model { id = mlp, hidden = [16] }", "model { id = djl, block = x, settings {} }");
    assertThat(names(settings + "sweep.model.block = [a-b, A-B, a_b]"))
        .as("values with the same letters have numbers")
        .containsExactly("block-1", "block-2", "block-3");
    assertThat(names(settings + "sweep.model.block = [" + "a".repeat(41) + ", b]"))
        .containsExactly("block-1", "block-2");
    String many = "sweep.model.settings { " + "%s = [1, 2], ".repeat(6) + " }";
    Object[] keys =
        IntStream.range(0, 6).mapToObj(i -> "key-of-many-letters-" + (char) ('a' + i)).toArray();
    assertThat(names(settings + many.formatted(keys)))
        .hasSize(64)
        .startsWith("point-001", "point-002")
        .endsWith("point-064");
  }

  @Test
  void assignmentsMakeChangeAndRemoveSweeps() throws IOException {
    assertThat(names(BASE, "sweep.method.rounds=[1,2]")).containsExactly("rounds-1", "rounds-2");
    assertThat(names(GRID, "sweep.method.rewind-to=[5]"))
        .containsExactly("rewind-to-5-learning-rate-0-001", "rewind-to-5-learning-rate-0-002");
    assertThat(names(GRID, "sweep.training=null"))
        .containsExactly("rewind-to-0", "rewind-to-10", "rewind-to-20");
    assertThat(read(GRID, "sweep=null")).isEqualTo(read(BASE));
    assertThat(read(BASE + "sweep {}")).isEqualTo(read(BASE));
    assertThat(read(GRID, "method.rounds=7").variants().values())
        .allSatisfy(one -> assertThat(method(one).rounds()).isEqualTo(7));
    assertThat(
            read(BASE + "sweep.method = [{ rounds = 3 }, { rounds = 4 }]", "method.rewind-to=6")
                .variants()
                .values())
        .allSatisfy(one -> assertThat(method(one).rewindTo().count()).isEqualTo(6));
    assertFacts(
        problems(GRID, "method.rewind-to=7"),
        "--set method.rewind-to=7: method.rewind-to: found a value for a key that the sweep"
            + " changes | sweep.method.rewind-to=[...]");
  }

  @Test
  void onePointAloneIsAnExperiment() throws IOException {
    String which = file(GRID).toString();
    Sweep one = reader.read(which, List.of(), Optional.of("rewind-to-20-learning-rate-0-001"));
    assertThat(one.only().name()).isEqualTo("good-rewind-to-20-learning-rate-0-001");
    assertThat(method(one.only()).rewindTo().count()).isEqualTo(20);
    ConfigProblem problem =
        catchThrowableOfType(
            ConfigProblem.class,
            () ->
                reader.read(
                    file(BASE + "sweep.seed = [" + list(0, 90) + "]").toString(),
                    List.of(),
                    Optional.of("seed-99")));
    assertThat(problem)
        .hasMessageContainingAll("found \"seed-99\"", "one of seed-0, ", "and 84 more");
  }

  @Test
  void aMistakeInAValueHasTheLineOfThatValueAndItsVariants() throws IOException {
    assertFacts(
        problems(
            BASE
                + """
                sweep {
                  method.rounds = [
                    1
                    -1
                  ]
                  training.batch-size = [5, none]
                }
                """),
        "my.conf:18: variants rounds-minus-1-batch-size-5, rounds-minus-1-batch-size-none:"
            + " method.rounds: found -1 | [0, 1000]",
        "my.conf:20: variants rounds-1-batch-size-none, rounds-minus-1-batch-size-none:"
            + " training.batch-size: found \"none\" | whole number");
    assertFacts(
        problems(
            BASE + "sweep { method.rewind-to = [" + list(0, 50) + "], method.rounds = [1, -1] }"),
        "my.conf:15: variants rewind-to-0-rounds-minus-1, | and 44 more: method.rounds: found -1");
  }

  @Test
  void allMistakesOfASweepAreNamedTogetherEachOnce() throws IOException {
    assertFacts(
        problems(
            BASE.replace("rounds = 2", "")
                + """
                sweep {
                  method.rounds = "1..5"
                  method.rewind-to = []
                  training.batch-size = 20
                  replicates = [1, 2]
                  variants.a = [1]
                  training.optimizer.learning-rate { log-uniform = [1e-4, 1e-2] }
                  method.schedule.rate = [0.1, 0.2, 0.10]
                  training.warmup = [
                    1
                    2
                  ]
                }
                """),
        "my.conf:16: sweep.method.rounds: found \"1..5\" | a list of values such as | Write every",
        "my.conf:17: sweep.method.rewind-to: found an empty list | one value or more",
        "my.conf:18: sweep.training.batch-size: found 20 | a list of values",
        "my.conf:19: sweep.replicates: found this key in a sweep | same for all",
        "my.conf:20: sweep.variants.a: found this key in a sweep",
        "my.conf:21: sweep.training.optimizer.learning-rate: found a distribution | random = 20",
        "my.conf:22: sweep.method.schedule.rate: found 0.10 twice",
        "my.conf:23: training.warmup: found an unknown key | warm-up");
  }

  @Test
  void allMistakesOfDrawsAreNamedTogetherEachOnce() throws IOException {
    assertFacts(
        problems(
            BASE
                + """
                sweep {
                  random = many
                  seed = 1.5
                  training.optimizer.learning-rate { log-uniform = [0, 1e-2] }
                  training.batch-size { unifrom = [3, 10] }
                  training.warm-up { uniform = [10, 3] }
                  method.rounds { uniform = [0.5, 3] }
                  method.schedule.rate { uniform = [0.5] }
                  method.rewind-to = [1, 2]
                  method.rewind { choice = weights }
                  training.evaluate-every { choice = [1], uniform = [2, 3] }
                }
                """),
        "my.conf:16: sweep.random: found \"many\" | whole number of draws",
        "my.conf:17: sweep.seed: found 1.5 | a whole number",
        "my.conf:18: sweep.training.optimizer.learning-rate.log-uniform: found [0,0.01] | above 0",
        "my.conf:19: sweep.training.batch-size.unifrom: found a list | mean uniform?",
        "my.conf:20: sweep.training.warm-up.uniform: found [10,3] | the smaller one first",
        "my.conf:21: sweep.method.rounds.uniform: found [0.5,3] | two whole numbers",
        "my.conf:22: sweep.method.schedule.rate.uniform: found [0.5] | two numbers",
        "my.conf:23: sweep.method.rewind-to: found a list | choice = [",
        "my.conf:24: sweep.method.rewind.choice: found \"weights\" | a list of values",
        "my.conf:25: sweep.training.evaluate-every: found the keys choice, uniform | one of");
    assertFacts(
        problems(BASE + "sweep { random = 0\n method.rounds.uniform = [1, 3] }"),
        "my.conf:15: sweep.random: found 0 | at least 1");
    assertFacts(problems(BASE + "sweep.random = 3"), "my.conf:15: sweep: found no key | rounds");
    assertFacts(problems(BASE + "sweep = 3"), "my.conf:15: sweep: found 3 | a section");
    assertFacts(
        problems(BASE + "sweep { seed = 3 }"),
        "my.conf:15: sweep.seed: found 3 | seed of random draws");
    assertFacts(
        problems(BASE + "sweeps.seed = [3]"), "my.conf:15: sweeps: | unknown key | mean sweep?");
    assertFacts(
        problems(BASE + "variants.a { sweep.seed = [3] }"),
        "my.conf:15: sweep: found this key in a variant");
  }

  @Test
  void moreThanAThousandVariantsAskForAConfirmation() throws IOException {
    String large =
        BASE + "sweep { method.rewind-to = [" + list(0, 40) + "]\n training.batch-size = [";
    String which = file(large + list(1, 27) + "] }").toString();
    assertThat(problems(large + list(1, 27) + "] }"))
        .containsExactly(
            "my.conf:15: sweep: found 1,040 variants, allowed is at most 1,000 without --yes. Add"
                + " --yes to 'espalier run' if all of them are meant");
    assertThat(reader.read(which, List.of(), Optional.of("rewind-to-39-batch-size-26")).variants())
        .as("one of them needs none")
        .hasSize(1);
    assertThat(new ExperimentReader(Registry.load(), true).read(which, List.of()).variants())
        .hasSize(1040);
    assertThat(names(large + list(1, 26) + "] }")).hasSize(1000);
    assertFacts(
        problems(
            BASE
                + "sweep { method.rewind-to = [S], model.hidden = [S], training.batch-size = [S],"
                    .replace("S", list(0, 10_000))
                + " method.rounds = [1] }"),
        "my.conf:15: sweep: found 1,000,000,000,000 variants | at most 10,000");
    assertFacts(
        problems(RANDOM, "sweep.random=1001"), "my.conf:15: sweep: found 1,001 variants | --yes");
  }

  @Test
  void aSweepOverSeedsWarnsThatReplicatesPair() throws IOException {
    String which = file(BASE + "sweep.seed = [1, 2]").toString();
    Draft.Checked<String> checked =
        reader
            .draft(which, List.of(), Optional.empty())
            .check((reading, refusals, problems) -> Optional.of(""));
    assertThat(checked.warnings()).hasSize(1);
    assertThat(checked.warnings().get(0).toString())
        .contains("my.conf:15: sweep.seed: found seeds", "replicates");
  }
}
