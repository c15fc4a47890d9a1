// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.api.train.Adam;
import dev.espalier.methods.imp.IterativeMagnitudePruning;
import dev.espalier.methods.imp.Magnitude;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.track.JsonLines;
import dev.espalier.runner.track.TensorBoard;
import dev.espalier.zoo.models.Mlp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SweepTest {

  /** A complete experiment, to which tests add variants or a sweep. */
  static final String BASE =
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
      """;

  private static final String SWEEP =
      BASE
          + """
          variants {
            r-2 {}
            r-16 { method.rounds = 16, training.optimizer.learning-rate = 0.1 }
            as-section {
              method { schedule { rate = 0.3 } }
              seed = 4
            }
            other-model.model = lenet-300-100
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

  private List<String> problems(String text, String... sets) throws IOException {
    String which = file(text).toString();
    ConfigProblem problem =
        catchThrowableOfType(ConfigProblem.class, () -> reader.read(which, List.of(sets)));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().replace(which, "my.conf").lines().toList();
  }

  private static int rounds(Sweep sweep, String variant) {
    return settings(sweep, variant).rounds();
  }

  private static IterativeMagnitudePruning.Settings settings(Sweep sweep, String variant) {
    return (IterativeMagnitudePruning.Settings) sweep.variants().get(variant).method().settings();
  }

  @Test
  void withoutVariantsThereIsOneWithoutAName() throws IOException {
    for (String none : List.of("", "variants {}\n", "variants = null\n")) {
      Sweep sweep = read(BASE + none);
      assertThat(sweep.variants()).containsOnlyKeys("");
      assertThat(sweep.only()).isSameAs(sweep.first());
      assertThat(reader.digest(sweep)).isEqualTo(reader.digest(read(BASE)));
    }
    assertThat(read(SWEEP, "variants=null")).isEqualTo(read(BASE));
  }

  @Test
  void oneMoreTrackerIsAddedToThoseOfTheExperimentOnce() throws IOException {
    String which = file(SWEEP + "trackers = [tensorboard]\n").toString();
    List<String> sets = List.of("seed=5", "trackers=[json-lines]", "method.rounds=1");
    Draft draft = reader.draft(which, sets, Optional.empty());
    Sweep sweep = draft.with(new TensorBoard()).with(new TensorBoard()).complete();
    assertThat(sweep.variants().values())
        .allSatisfy(
            one -> assertThat(one.trackers()).containsExactly(new JsonLines(), new TensorBoard()));
    assertThat(reader.digest(sweep)).isEqualTo(reader.digest(draft.complete()));
  }

  @Test
  void aVariantIsTheExperimentWithItsKeysLaidOver() throws IOException {
    Sweep sweep = read(SWEEP);
    assertThat(sweep.variants().get("r-2")).isEqualTo(read(BASE).only());
    assertThat(rounds(sweep, "r-16")).isEqualTo(16);
    assertThat(sweep.variants().get("r-16").training().optimizer()).isEqualTo(new Adam(0.1));
    assertThat(sweep.variants().get("r-16").training().batchSize()).isEqualTo(20);
    assertThat(settings(sweep, "as-section").schedule().toString()).contains("rate=0.3");
    assertThat(rounds(sweep, "as-section")).isEqualTo(2);
    assertThat(sweep.variants().get("as-section").seed()).isEqualTo(Seeds.of(4));
    assertThat(sweep.variants().get("other-model").model().architecture())
        .isNotInstanceOf(Mlp.class);
    assertThat(settings(sweep, "other-model").criterion()).isEqualTo(new Magnitude());
  }

  @Test
  void variantsKeepTheOrderOfTheFileAndAssignmentsFollow() throws IOException {
    assertThat(read(SWEEP).variants().keySet())
        .containsExactly("r-2", "r-16", "as-section", "other-model");
    String scattered =
        BASE
            + """
            variants.zeta.seed = 1
            variants {
              k-16 { seed = ${seed} }
              k-1 { seed = 8 }, k-10 { seed = 9 }, k-9 { seed = 5 }
            }
            variants.alpha { seed = 2 }
            variants.zeta.method.rounds = 7
            """;
    String[] sets = {"variants.later.seed=1", "variants.k-16.seed=2", "variants.aaa.seed=3"};
    assertThat(read(scattered, sets).variants().keySet())
        .containsExactly("zeta", "k-16", "k-1", "k-9", "k-10", "alpha", "later", "aaa");
    assertThat(read(scattered.replace("${seed}", "1"), sets).variants().keySet())
        .as("without references")
        .containsExactly("zeta", "k-16", "k-1", "k-9", "k-10", "alpha", "later", "aaa");
  }

  @Test
  void aVariantCanReferToAnother() throws IOException {
    Sweep sweep =
        read(
            BASE
                + """
                variants {
                  one { seed = 8, method.rounds = 5 }
                  later { seed = 7 }
                  two = ${variants.one} { seed = 9 }
                }
                """);
    assertThat(sweep.variants().keySet()).containsExactly("one", "later", "two");
    assertThat(rounds(sweep, "two")).isEqualTo(5);
    assertThat(sweep.variants().get("two").seed()).isEqualTo(Seeds.of(9));
  }

  @Test
  void assignmentsWinOverTheFileAndItsVariantsAndThoseToAVariantOverAll() throws IOException {
    Sweep sweep =
        read(
            SWEEP,
            "variants.other-model.method.rounds=9",
            "method.rounds=7",
            "variants.as-section=null");
    assertThat(sweep.variants().keySet()).containsExactly("r-2", "r-16", "other-model");
    assertThat(rounds(sweep, "r-2")).isEqualTo(7);
    assertThat(rounds(sweep, "r-16")).isEqualTo(7);
    assertThat(rounds(sweep, "other-model")).isEqualTo(9);
  }

  @Test
  void anAssignmentCanAddVariantsToAnExperimentThatHasNone() throws IOException {
    Sweep sweep = read(BASE, "variants.z.method.rounds=3", "variants.a={ method.rounds = 4 }");
    assertThat(sweep.variants().keySet()).containsExactly("z", "a");
    assertThat(rounds(sweep, "z")).isEqualTo(3);
    assertThat(rounds(sweep, "a")).isEqualTo(4);
  }

  @Test
  void onlyTheVariantsHaveToBeComplete() throws IOException {
    String base = BASE.replace("  rounds = 2\n", "");
    Sweep sweep = read(base + "variants { a { method.rounds = 1 }\n b { method.rounds = 2 }\n }\n");
    assertThat(rounds(sweep, "a")).isEqualTo(1);
    assertThat(rounds(sweep, "b")).isEqualTo(2);
    assertFacts(
        problems(
            base + "variants { a { method.rounds = 1 }\n b { seed = 2 }\n c { seed = 3 }\n }\n"),
        "my.conf:10: variants b, c: method.rounds: | how many times to prune; level 0 is dense");
  }

  @Test
  void namesAllProblemsOfAllVariantsAndThoseOfTheBaseOnce() throws IOException {
    assertFacts(
        problems(
            SWEEP
                .replace("batch-size = 20", "batch-size = none")
                .replace("rounds = 16", "rounds = -1")
                .replace("rate = 0.3", "rat = 0.3")),
        "my.conf:7: training.batch-size: found \"none\" | whole number",
        "my.conf:17: variant r-16: method.rounds: found -1 | [0, 1000]",
        "my.conf:19: variant as-section: method.schedule.rat: | unknown key | mean rate?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name = other",
        "replicates = 2",
        "device = null",
        "threads = 2",
        "keep-weights = none",
        "trackers = [json-lines]"
      })
  void whatAllHaveInCommonIsNoVariantsToChange(String key) throws IOException {
    assertFacts(
        problems(BASE + "variants {\n  a { " + key + " }\n  b { seed = x }\n}\n"),
        "my.conf:16: variant a: "
            + key.substring(0, key.indexOf(' '))
            + ": | name, replicates, device, threads, cudnn-benchmark, data-memory, margin, keep-weights, trackers | same for all | outside of variants",
        "my.conf:17: variant b: seed: found \"x\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"variants { c {} }", "provenance { java = 17 }"})
  void whatAWholeFileHoldsHasNoMeaningInAVariant(String key) throws IOException {
    assertFacts(
        problems(BASE + "variants {\n  a { " + key + " }\n  b { seed = 4 }\n}\n"),
        "my.conf:16: variant a: " + key.substring(0, key.indexOf(' ')) + ": | in a variant");
  }

  @Test
  void withOneVariantAloneTooVariantsAreASection() throws IOException {
    String which = file(BASE + "variants = 3\n").toString();
    assertThatThrownBy(() -> reader.read(which, List.of(), Optional.of("a")))
        .hasMessageContainingAll("variants: found 3", "a section");
  }

  @Test
  void variantsAreSectionsNamedInLowerCaseWords() throws IOException {
    assertFacts(
        problems(BASE + "variants {\n  K_1 {}\n  \"\" {}\n  k-2 = 3\n  k-3 {}\n}\n"),
        "my.conf:16: variant K_1: variants.K_1: found the name \"K_1\" | lower-case words",
        "my.conf:17: | found the name \"\"",
        "my.conf:18: variant k-2: variants.k-2: found 3 | a section { ... }");
    assertFacts(
        problems(BASE.replace("seed = 3", "seed = x") + "variants = [ a ]\n"),
        "my.conf:2: seed: ",
        "my.conf:15: variants: found [\"a\"]");
  }

  @Test
  void aMisspeltSectionOfVariantsGetsTheNearest() throws IOException {
    assertFacts(
        problems(BASE + "variant { a {} }\n"),
        "my.conf:15: variant: | unknown key | mean variants?");
  }

  @Test
  void oneVariantAloneIsAnExperimentOfItsOwn() throws IOException {
    String which = file(SWEEP).toString();
    Sweep one = reader.read(which, List.of(), Optional.of("r-16"));
    assertThat(one.only().name()).isEqualTo("good-r-16");
    assertThat(one.variants()).containsOnlyKeys("");
    assertThat(rounds(one, "")).isEqualTo(16);
    assertThatThrownBy(() -> reader.read(which, List.of(), Optional.of("r-17")))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "--variant: found \"r-17\"", "mean r-16?", "r-2, r-16, as-section, other-model");
    assertThatThrownBy(() -> reader.read(which, List.of("variants=null"), Optional.of("r-16")))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("--variant: found \"r-16\"", "no variants");
  }

  @Test
  void whoNeedsOneExperimentSaysWhichThereAre() throws IOException {
    Sweep sweep = read(SWEEP);
    assertThatThrownBy(sweep::only)
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("r-2, r-16, as-section, other-model", "--variant");
  }

  @Test
  void whatIsRenderedReadsBackEqualAndInOrder() throws IOException {
    Sweep sweep =
        read(SWEEP, "variants.r-16.data.augmentation=[]", "variants.r-2.on-collapse=stop");
    String rendered = reader.render(sweep, Map.of("java", "17"));
    Sweep again = read(rendered);
    assertThat(again).isEqualTo(sweep);
    assertThat(again.variants().keySet()).containsExactlyElementsOf(sweep.variants().keySet());
    assertThat(reader.digest(again)).isEqualTo(reader.digest(sweep));
    assertThat(reader.render(again, Map.of("java", "17"))).isEqualTo(rendered);
    assertThat(rendered).as("what all have in common").containsOnlyOnce("name=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "device=cpu",
        "threads=2",
        "cudnn-benchmark=true",
        "data-memory=0.25",
        "on-collapse=stop",
        "variants.r-2.on-collapse=stop",
        "keep-weights=last",
        "trackers=[json-lines]"
      })
  void theDigestDoesNotChangeWith(String set) throws IOException {
    assertThat(reader.digest(read(SWEEP, set))).isEqualTo(reader.digest(read(SWEEP)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name=better",
        "replicates=2",
        "method.rounds=3",
        "variants.r-16.method.rounds=17",
        "variants.r-17.method.rounds=17",
        "variants.r-16=null",
        "variants=null"
      })
  void theDigestChangesWith(String set) throws IOException {
    assertThat(reader.digest(read(SWEEP, set))).isNotEqualTo(reader.digest(read(SWEEP)));
  }

  @Test
  void theDigestIsThatOfTheVariantsAndTheirOrderAndNotOfHowTheyAreWritten() throws IOException {
    String a = BASE + "variants {\n a { seed = 1 }\n b { seed = 2, method.rounds = 2 }\n}\n";
    String same = BASE + "variants {\n a { seed = 1, seed = 1 }\n b { seed = 2 }\n}\n";
    String turned = BASE + "variants {\n b { seed = 2 }\n a { seed = 1 }\n}\n";
    assertThat(reader.digest(read(a)))
        .isEqualTo(reader.digest(read(same)))
        .isNotEqualTo(reader.digest(read(turned)));
  }
}
