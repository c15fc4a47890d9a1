// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.api.settings.Refusals;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

  private static final String GOOD =
      """
      name = good
      model = lenet-300-100
      data { id = digits, validation = 100 }
      training { optimizer { id = adam, learning-rate = 1e-3 }, batch-size = 20, iterations = 40 }
      method { id = imp, rounds = 2 }
      """;

  private final ExperimentReader reader = new ExperimentReader(Registry.load());

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private List<String> refused(String which, String... sets) {
    ConfigProblem problem =
        catchThrowableOfType(ConfigProblem.class, () -> reader.read(which, List.of(sets)));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().replace(folder + "/", "").lines().toList();
  }

  private List<String> problems(String text, String... sets) throws IOException {
    return refused(file("my.conf", text).toString(), sets);
  }

  private List<String> warnings(String text) throws IOException {
    String which = file("my.conf", text).toString();
    return reader
        .draft(which, List.of(), Optional.empty())
        .check((reading, refusals, other) -> Optional.of(new Refusals()))
        .warnings()
        .stream()
        .map(warning -> warning.toString().replace(folder + "/", ""))
        .toList();
  }

  @Test
  void anIncludedFileIsReadAndItsKeysCanBeReplaced() throws IOException {
    file("base.conf", GOOD);
    file("inner.conf", "id = imp, rounds = 7\n");
    String which =
        file("my.conf", "include \"base\"\nseed = 9\nmethod { include \"inner.conf\" }\n")
            .toString();
    Experiment read = reader.read(which, List.of()).only();
    assertThat(read.seed()).isEqualTo(Seeds.of(9));
    assertThat(read.method().settings().toString()).contains("rounds=7");
    assertThat(warnings("include \"base.conf\"\nseed = 9\nname = other\n")).isEmpty();
  }

  @Test
  void aFileInTheCurrentFolderIncludesItsNeighbours() throws IOException {
    Path base = Files.createTempFile(Path.of(""), "base", ".conf");
    Path own = Files.createTempFile(Path.of(""), "own", ".conf");
    try {
      Files.writeString(base, GOOD);
      Files.writeString(own, "include \"" + base + "\"\nseed = 9\n");
      assertThat(own.getParent()).isNull();
      assertThat(reader.read(own.toString(), List.of()).only().seed()).isEqualTo(Seeds.of(9));
    } finally {
      Files.delete(own);
      Files.delete(base);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "include \"nothere.conf\"| \"nothere.conf\", and no such file",
        "include required(\"nothere.conf\")| \"nothere.conf\", and no such file",
        "include file(\"nothere.conf\")| \"nothere.conf\", and no such file",
        "include \"http://localhost/x\"| \"http://localhost/x\", and no such file",
        "include url(\"http://localhost/x\")| url(\"http://localhost/x\"), allowed is a file",
        "include classpath(\"x\")| classpath(\"x\"), allowed is a file"
      })
  void anIncludeThatIsNotThereIsRefusedWithItsLine(String include, String found)
      throws IOException {
    assertThat(problems(GOOD + include + "\n"))
        .singleElement()
        .asString()
        .startsWith("my.conf:6: include: found " + found);
  }

  @Test
  void filesThatIncludeEachOtherAreRefused() throws IOException {
    file("other.conf", "\ninclude \"my.conf\"\n");
    assertFacts(
        problems(GOOD + "include \"other.conf\"\n"),
        "other.conf:2: include: found \"my.conf\", which includes this file");
  }

  @Test
  void aKeyGivenTwiceIsWarnedOfWithBothLines() throws IOException {
    String twice = GOOD + "method.rounds = 9\nvariants { a { seed = 1\n seed = 2 } }\n";
    assertFacts(
        warnings(twice),
        "my.conf:6: method.rounds: found twice, in line 5 and here, so that line 5 has no effect",
        "my.conf:8: variants.a.seed: found twice, in line 7 and here");
    assertFacts(
        problems(twice + "margin = -3\n"),
        "my.conf:9: margin: found -3",
        "warning: my.conf:6: method.rounds: | line 5 and here",
        "warning: my.conf:8: variants.a.seed: | line 7 and here");
    assertThat(warnings(GOOD)).isEmpty();
  }

  @Test
  void aValueOfTheEnvironmentHasTheLineOfItsKey() throws IOException {
    assertFacts(
        problems(GOOD + "seed = ${PATH}\n", "margin=${PATH}"),
        "--set margin=${PATH}: margin: found ",
        "my.conf:6: seed: found ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seed = ${nothing}| my.conf:6: found ${nothing}, which has no value",
        "seed = ${a};a = ${seed}| my.conf:6: found ${a}, which depends on itself",
        "variants {;a { seed = 1 }| my.conf:6: found a section without an end",
        "seed = 4 ]| my.conf:6: found a ] in no list",
        "name = \"x| my.conf:6: found a text without an end",
        "seed| my.conf:6: found the key \"seed\" without a value",
        "seed = a$b| my.conf:6: found \"seed = a$b\"",
        "seed = ?| my.conf:6: found \"seed = ?\""
      })
  void anErrorOfFormIsDescribedInPlainWordsWithItsLine(String text, String found)
      throws IOException {
    assertThat(problems(GOOD + text.replace(';', '\n') + "\n"))
        .singleElement()
        .asString()
        .startsWith(found)
        .contains(", allowed is ")
        .doesNotContain("expecting", "Expecting", "parenthes", "resolve", "rather than");
  }

  @Test
  void aListInPlaceOfAnExperimentIsDescribed() throws IOException {
    assertFacts(problems("[1, 2]\n"), "my.conf:1: found a list, allowed is keys with values");
  }

  @Test
  void whatIsNoFileIsDescribedWithoutAllNames() throws IOException {
    Path loop = folder.resolve("loop.conf");
    Files.createSymbolicLink(loop, loop);
    Path run = Files.createDirectories(folder.resolve("run"));
    assertFacts(refused(run.toString()), "experiment: found the folder run, allowed is a file, or");
    Files.writeString(run.resolve("experiment.conf"), GOOD);
    assertFacts(
        refused(run.toString()),
        "experiment: found the folder run | Take run/experiment.conf to run it again");
    assertFacts(refused(loop.toString()), "experiment: found the link loop.conf to no file");
    assertFacts(refused("/dev/null"), "experiment: found /dev/null, which is no regular file");
    assertFacts(refused("not here.conf"), "experiment: found not here.conf, and no such file");
    assertFacts(refused("a\0b"), "experiment: found a\\u0000b, and no such file");
    assertThat(refused("/dev/null").get(0)).doesNotContain("demo").hasSizeLessThan(200);
  }

  @Test
  void anEmptyFileIsMissingEveryRequiredKeyOnce() throws IOException {
    assertFacts(
        problems(""),
        "my.conf:1: name: found nothing",
        "my.conf:1: model: found nothing",
        "my.conf:1: data: found nothing",
        "my.conf:1: training: found nothing",
        "my.conf:1: method: found nothing");
  }

  @Test
  void aLongNameIsRefusedWithItsLineAndAShortMessage() throws IOException {
    String letters = "a".repeat(100_000);
    assertThat(problems(GOOD.replace("good", letters)))
        .singleElement()
        .asString()
        .startsWith("my.conf:1: name: found 100000 characters, allowed is at most 100");
    assertThat(problems(GOOD.replace("good", "A" + letters)).get(0))
        .contains("allowed is text that matches")
        .hasSizeLessThan(600);
    assertThat(problems(GOOD + "variants { " + letters + " {} }").get(0))
        .startsWith("my.conf:6: ")
        .contains("found 100000 characters, allowed is a name of at most 100")
        .hasSizeLessThan(1000);
    assertThat(problems(GOOD + letters + " = 1\n").get(0)).hasSizeLessThan(1000);
  }

  @Test
  void noControlCharacterReachesTheTerminal() throws IOException {
    String red = "\\u001b[31mred\\n\\u009b\\u202e";
    List<String> lines =
        problems(
            GOOD.replace("id = imp, ", "")
                + "method.id = \"%s\"\n\"%s\" = 1\nmargin = \"%s\"\nvariants { \"%s\" {} }\n"
                    .formatted(red, red, red, red));
    assertThat(lines).hasSize(4).allSatisfy(line -> assertThat(line).contains("\\u001b[31mred"));
    assertThat(String.join("", lines)).doesNotContainPattern("[\\p{Cntrl}\\u009b\\u202e]");
  }

  @Test
  void twentyProblemsAreNamedAndTheOthersCounted() throws IOException {
    StringBuilder many = new StringBuilder(GOOD);
    for (int i = 0; i < 25; i++) {
      many.append("key-").append(i).append(" = 1\n");
    }
    List<String> lines = problems(many.toString());
    assertThat(lines).hasSize(21).last().isEqualTo("and 5 more problems");
    assertThat(lines.get(0)).startsWith("my.conf:6: key-0: ");
    assertThat(lines.get(19)).startsWith("my.conf:25: key-19: ");
    assertThat(problems(GOOD + "a = 1\n")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a {", "a = [", "a."})
  void deepNestingIsRefused(String open) throws IOException {
    String deep = open + open.replace("a = [", "[").repeat(20_000);
    assertThat(problems(GOOD + deep))
        .singleElement()
        .asString()
        .startsWith("my.conf:6: found sections and lists more than 50 deep");
    assertThat(problems(GOOD, "x = 1, " + deep))
        .singleElement()
        .asString()
        .startsWith("--set x = 1, a")
        .contains("found sections and lists more than 50 deep")
        .hasSizeLessThan(400);
  }

  @Test
  @Timeout(20) // it took 28 s, and printed 95 MB
  void aFloodOfKeysIsRefusedAtOnce() throws IOException {
    StringBuilder many = new StringBuilder(GOOD);
    for (int i = 0; i < 600_000; i++) {
      many.append("key-").append(i).append(" = 1\n");
    }
    assertThat(problems(many.toString()))
        .singleElement()
        .asString()
        .contains("found more than 500000 keys");
  }
}
