// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.api.Training;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.ReinitControl;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.zoo.models.Djl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentReaderTest {

  private static final String GOOD =
      """
      name = good
      seed = 3
      model { id = mlp, hidden = [16] }
      data { id = digits, validation = 100 }
      training {
        optimizer { id = adam, learning-rate = 1.2e-3 }
        batch-size = 20
        iterations = 40
      }
      method {
        id = imp
        rounds = 2
        schedule { id = geometric, rate = 0.4 }
      }
      controls = [ reinit ]
      """;

  private final ExperimentReader reader = new ExperimentReader(Registry.load());

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("my.conf"), text);
  }

  private Sweep read(String text, String... sets) throws IOException {
    return reader.read(file(text).toString(), List.of(sets));
  }

  private List<String> problems(String text, String... sets) throws IOException {
    String which = file(text).toString();
    ConfigProblem problem =
        catchThrowableOfType(ConfigProblem.class, () -> reader.read(which, List.of(sets)));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().replace(which, "my.conf").lines().toList();
  }

  @Test
  void aSectionOfAnyKeysIsReadAsItIsAndWrittenBack() throws IOException {
    String lenet =
        "model { id = djl, block = \"ai.djl.nn.core.Linear\", settings { units = 7, a-b = [1, x] } }";
    Sweep read = read(GOOD.replace("model { id = mlp, hidden = [16] }", lenet));
    Djl expected = new Djl("ai.djl.nn.core.Linear", Map.of("units", 7, "a-b", List.of(1, "x")));
    assertThat(read.first().model().architecture()).isEqualTo(expected);
    Sweep again = read(reader.render(read, Map.of()));
    assertThat(again.first().model().architecture()).isEqualTo(expected);
    assertThat(
            problems(
                GOOD.replace(
                    "model { id = mlp, hidden = [16] }",
                    "model { id = djl, block = x, settings = 3 }")))
        .containsExactly("my.conf:3: model.settings: found 3, allowed is a section { ... }");
  }

  @Test
  void readsAnExperiment() throws IOException {
    Experiment experiment = read(GOOD).only();
    assertThat(experiment.name()).isEqualTo("good");
    assertThat(experiment.seed()).isEqualTo(Seeds.of(3));
    assertThat(experiment.replicates()).isEqualTo(1);
    assertThat(experiment.device()).isEqualTo("auto");
    assertThat(experiment.data().validation()).isEqualTo(100);
    assertThat(experiment.training().optimizer()).isEqualTo(new Adam(1.2e-3));
    assertThat(experiment.training().iterations()).isEqualTo(Span.iterations(40));
    assertThat(experiment.training().evaluateEvery()).isEqualTo(Span.epochs(1));
    assertThat(experiment.method().id()).isEqualTo("imp");
    assertThat(experiment.controls()).containsExactly(new ReinitControl());
    assertThat(experiment.onCollapse()).isEqualTo(OnCollapse.WARN);
  }

  @Test
  void readsASeedOfNetworksAndOneOfTrainings() throws IOException {
    String apart = GOOD.replace("seed = 3", "seed { init = 3, order = 4 }");
    Sweep read = read(apart);
    assertThat(read.first().seed()).isEqualTo(new Seeds(3, 4));
    assertThat(read(reader.render(read, Map.of())).first().seed()).isEqualTo(new Seeds(3, 4));
    assertThat(read(GOOD, "seed.init=3", "seed.order=4")).isEqualTo(read);
    assertThat(read(apart, "seed.order=5").first().seed()).isEqualTo(new Seeds(3, 5));
    assertThat(read(apart, "seed=3")).isEqualTo(read(GOOD));
    Sweep equal = read(GOOD, "seed={init=3, order=3}");
    assertThat(reader.digest(equal)).isEqualTo(reader.digest(read(GOOD)));
    assertThat(reader.digest(read)).isNotEqualTo(reader.digest(equal));
    assertThat(reader.render(equal, Map.of())).isEqualTo(reader.render(read(GOOD), Map.of()));
  }

  @Test
  void refusesHalfASeedAndASeedThatIsNone() throws IOException {
    assertFacts(
        problems(GOOD.replace("seed = 3", "seed { order = 4, oder = 1 }")),
        "my.conf:2: seed.oder: found an unknown key | one of init, order",
        "my.conf:2: seed.init: found nothing | whole number");
    assertFacts(problems(GOOD, "seed.order=4"), "--set seed.order=4: seed.init: found nothing");
    assertThat(problems(GOOD.replace("seed = 3", "seed = [1, 2]")))
        .containsExactly(
            "my.conf:2: seed: found [1,2], allowed is a whole number, or a section { init = 1,"
                + " order = 2 }");
    assertFacts(
        problems(GOOD.replace("seed = 3", "seed { init = 1.5, order = x }")),
        "my.conf:2: seed.init: found 1.5 | whole number",
        "my.conf:2: seed.order: found \"x\" | whole number");
  }

  @Test
  void namesAllProblemsAtOnceEachWithItsLine() throws IOException {
    assertFacts(
        problems(
            """
            name = Bad Name
            seed = one
            replicates = 0
            model { id = mpl }
            data { id = digits, validaton = 100 }
            training {
              optimizer { id = adam }
              batch-size = 20
              iterations = soon
            }
            method {
              id = imp
              rounds = 2
              scope = everywhere
              schedule { id = geometric, rate = 1.5 }
            }
            controls = [ reinit, shufle ]
            """),
        "my.conf:1: name: found \"Bad Name\"",
        "my.conf:2: seed: found \"one\" | whole number",
        "my.conf:3: replicates: found 0 | [1, 10000]",
        "my.conf:4: model.id: found | unknown model \"mpl\" | mean mlp?",
        "my.conf:5: data.validaton: | unknown key | mean validation?",
        "my.conf:7: training.optimizer.learning-rate: ",
        "my.conf:9: training.iterations: found \"soon\"",
        "my.conf:14: method.scope.id: found the unknown scope \"everywhere\""
            + " | one of balanced, er, erk, global, layer, uniform-plus",
        "my.conf:15: method.schedule.rate: found 1.5 | [0, 1)",
        "my.conf:17: controls[1].id: found the unknown control \"shufle\" | mean shuffle?");
  }

  @Test
  void aScopeAndAPatternAreAnIdOrASection() throws IOException {
    Object plain = read(GOOD, "method.scope=erk", "method.pattern=n-m").only().method().settings();
    assertThat(plain)
        .hasToString(
            read(GOOD, "method.scope={ id = erk }", "method.pattern={ id = n-m, n = 2, m = 4 }")
                .only()
                .method()
                .settings()
                .toString())
        .asString()
        .contains("scope=ErdosRenyiKernel[]", "pattern=NOfM[n=2, m=4]");
    assertFacts(
        problems(GOOD, "method.pattern={ id = n-m, n = 4 }"),
        "--set method.pattern={ id = n-m, n = 4 }: method.pattern.n: found 4 | less than m, 4");
    assertFacts(
        problems(GOOD, "method.pattern={ id = blocks, rows = 0 }"),
        "--set method.pattern={ id = blocks, rows = 0 }: method.pattern.rows: found 0 | [1, inf)");
  }

  @Test
  void aControlThatIsNamedTwiceIsRefusedWithItsLine() throws IOException {
    String twice = "my.conf:15: controls[1]: found a control that is already in the list";
    assertFacts(problems(GOOD.replace("[ reinit ]", "[ reinit, reinit ]")), twice);
    assertFacts(
        problems(GOOD + "controls += { id = reinit }\n"),
        "my.conf:16: controls[1]: found a control");
    assertThat(read(GOOD + "controls += shuffle\n").only().controls()).hasSize(2);
  }

  @Test
  void asManyExamplesOfEachClassAreOneOrMore() throws IOException {
    assertThat(read(GOOD).only().data().perClass()).isEmpty();
    assertThat(read(GOOD, "data.per-class=50").only().data().perClass()).contains(50);
    assertThat(problems(GOOD, "data.per-class=0"))
        .singleElement()
        .asString()
        .contains("data.per-class: found 0", "[1, inf)");
  }

  @Test
  void aNameHasLowerCaseWords() throws IOException {
    assertThat(problems(GOOD, "name=Bad Name"))
        .singleElement()
        .asString()
        .contains("name: found \"Bad Name\"", "lower-case words joined by hyphens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpu", "gpu:", "gpu:one", "gpu:99999999999"})
  void aDeviceIsOneOfThoseThereCanBe(String device) throws IOException {
    assertThat(problems(GOOD, "device=\"" + device + "\""))
        .singleElement()
        .asString()
        .contains("device: found \"" + device + "\"", "where to compute: auto");
  }

  @Test
  void whatIsSetOnTheCommandLineWins() throws IOException {
    Sweep set = read(GOOD, "seed=4", "training.batch-size=30", "model=lenet-300-100", "seed=5");
    Experiment experiment = set.only();
    assertThat(experiment.seed()).isEqualTo(Seeds.of(5));
    assertThat(experiment.training().batchSize()).isEqualTo(30);
    assertThat(experiment.training().iterations()).isEqualTo(Span.iterations(40));
    assertThat(reader.digest(set))
        .isEqualTo(
            reader.digest(
                read(
                    GOOD.replace("= 3", "= 5")
                        .replace("= 20", "= 30")
                        .replace("mlp, hidden = [16]", "lenet-300-100"))));
  }

  @Test
  void aProblemOfTheCommandLineNamesTheAssignmentAndNoLine() throws IOException {
    assertThat(problems(GOOD, "training.batch-size=none", "method.rouns=3"))
        .satisfiesExactlyInAnyOrder(
            line ->
                assertThat(line)
                    .startsWith("--set training.batch-size=none: training.batch-size: ")
                    .contains("found \"none\"", "a whole number"),
            line ->
                assertThat(line)
                    .startsWith("--set method.rouns=3: method.rouns: ")
                    .contains("unknown key", "mean rounds?"));
  }

  @Test
  void aSectionThatIsPartlySetStillHasItsPlaceInTheFile() throws IOException {
    assertFacts(
        problems(GOOD.replace("  rounds = 2\n", ""), "method.scope=global"),
        "my.conf:10: method.rounds: | how many times to prune; level 0 is dense");
  }

  @Test
  void anAssignmentNeedsAnEqualsSign() throws IOException {
    assertFacts(problems(GOOD, "seed 4"), "--set: found \"seed 4\" | key=value");
  }

  @Test
  void anAssignmentThatCannotBeParsedIsNamed() throws IOException {
    assertThat(problems(GOOD, "seed=[4")).first().asString().startsWith("--set seed=[4: ");
  }

  @Test
  void aFileThatCannotBeParsedIsNamedWithTheLine() throws IOException {
    assertThat(problems("name = good\nseed = 3\nmodel { id = mlp ]\n"))
        .first()
        .asString()
        .startsWith("my.conf:3: ")
        .doesNotContain("my.conf: 3");
  }

  @Test
  void aReferenceToNothingIsNamedWithTheLine() throws IOException {
    assertThat(problems("name = good\nseed = ${number}\n"))
        .first()
        .asString()
        .startsWith("my.conf:2: ")
        .contains("number");
  }

  @Test
  void whatIsNeitherAFileNorBuiltInGetsTheNearest() {
    assertThatThrownBy(() -> reader.read("imp-lent", List.of()))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("\"imp-lent\"", "mean imp-lenet?", "demo");
  }

  @Test
  void aProblemInABuiltInExperimentNamesIt() {
    assertThatThrownBy(() -> reader.read("demo", List.of("method=null")))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("method: ");
  }

  @Test
  void whatIsRenderedReadsBackEqual() throws IOException {
    Sweep sweep =
        read(
            GOOD,
            "training.learning-rate-schedule={ id = steps, at = [10, 1 epoch], factor = 0.3 }",
            "training.optimizer={ id = sgd, learning-rate = 1e-5, weight-decay-exempt = [batch-norm] }",
            "method.schedule.output-rate=0.1",
            "data={ id = mnist, path = \"C:\\\\my \\\"data\\\" ${x}\" }");
    Map<String, Object> provenance =
        Map.of(
            "plugins", List.of("a.jar (a)"), "data-digests", Map.of("train", "00ff"), "threads", 1);
    String rendered = reader.render(sweep, provenance);
    assertThat(rendered).contains("provenance", "00ff", "evaluate-every", "last-batch");
    Sweep again = read(rendered);
    assertThat(again).isEqualTo(sweep);
    assertThat(reader.digest(again)).isEqualTo(reader.digest(sweep));
  }

  @Test
  void theDigestIsThatOfTheSettingsAndNotOfHowTheyAreWritten() throws IOException {
    String other =
        """
        controls = [ "reinit" ]   # a comment
        method.id = imp
        method.rounds = 2
        method.schedule = { rate = 4e-1, id = geometric }
        method.rewind-to = 0
        training.iterations = 40, training.batch-size = 20
        training.optimizer = { learning-rate = 0.0012, id = adam }
        data = { validation = 1e2, id = digits }
        model = { hidden = [16], id = mlp }
        seed = 3, name = good
        """;
    assertThat(reader.digest(read(other))).isEqualTo(reader.digest(read(GOOD)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "device=cpu",
        "threads=2",
        "cudnn-benchmark=true",
        "data-memory=0.25",
        "on-collapse=stop",
        "training.last-batch=keep",
        "keep-weights=none",
        "trackers=[json-lines, tensorboard]"
      })
  void theDigestDoesNotChangeWith(String set) throws IOException {
    assertThat(reader.digest(read(GOOD, set))).isEqualTo(reader.digest(read(GOOD)));
  }

  @Test
  void theOldPlaceOfLabelSmoothingIsRefusedOnceWithTheNewOne() {
    assertThatThrownBy(() -> read(GOOD, "training.label-smoothing=0.1"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage(
            "--set training.label-smoothing=0.1: training.label-smoothing: found an old key, allowed"
                + " is none in training. Move it to data.objective { id = classification,"
                + " label-smoothing = ... }");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name=better",
        "seed=4",
        "replicates=2",
        "model.hidden=[17]",
        "model.initialiser=kaiming-normal",
        "data.validation=101",
        "data.per-class=50",
        "data.normalisation=none",
        "training.batch-size=21",
        "training.iterations=40 epochs",
        "training.optimizer.learning-rate=1.3e-3",
        "training.optimizer={ id = adamw, learning-rate = 1.2e-3 }",
        "data.objective={ id = classification, label-smoothing = 0.1 }",
        "training.last-batch=drop",
        "method.rounds=3",
        "method.rewind-to=1",
        "method.criterion=movement",
        "method.schedule.output-rate=0.1",
        "method.ties=reference",
        "deficit={ id = blur, until = 1 }",
        "controls=[]",
        "controls=[shuffle]"
      })
  void theDigestChangesWith(String set) throws IOException {
    assertThat(reader.digest(read(GOOD, set))).isNotEqualTo(reader.digest(read(GOOD)));
  }

  @Test
  void aSettingAddedLaterIsNotInTheDigestWhileItHasItsDefault() {
    Training usual =
        new Training(
            new Adam(0.1),
            new Constant(),
            Span.iterations(0),
            20,
            Span.iterations(40),
            Span.epochs(1));
    Registry registry = Registry.load();
    Map<?, ?> written = (Map<?, ?>) new Binder(registry).write(usual);
    Map<?, ?> digested = (Map<?, ?>) Binder.forDigest(registry).write(usual);
    assertThat(written.get("last-batch")).isEqualTo("keep");
    assertThat(digested.containsKey("last-batch")).isFalse();
    assertThat(digested.size()).isEqualTo(written.size() - 1);
  }

  static Iterable<String> builtIn() {
    return ExperimentReader.builtIn().keySet();
  }

  @ParameterizedTest
  @MethodSource("builtIn")
  void builtInExperimentsRead(String name) {
    assertThat(reader.read(name, List.of()).first().name()).isEqualTo(name);
  }

  @ParameterizedTest
  @MethodSource("builtIn")
  void builtInExperimentsBeginWithASentence(String name) {
    assertThat(ExperimentReader.builtIn().get(name)).matches("[A-Z].{20,}\\.");
  }

  @Test
  void theBuiltInExperimentsAreTheFilesThereAre() throws Exception {
    Path files = Path.of(ExperimentReader.class.getResource("/experiments/demo.conf").toURI());
    try (var list = Files.list(files.getParent())) {
      assertThat(list.map(file -> file.getFileName().toString().replace(".conf", "")))
          .containsExactlyInAnyOrderElementsOf(ExperimentReader.builtIn().keySet());
    }
  }
}
