// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Independent mistakes in one file: each is reported once, with its line, whichever others exist.
 */
class MistakesTogetherTest {

  /** The lines of an experiment; those with a mistake have it and its message after a bar. */
  private static final List<String> LINES =
      """
      name = good|name = Bad Name|name: found "Bad Name"
      seed = 1|seed = one|seed: found "one"
      replicates = 1|replicates = 0|replicates: found 0
      device = cpu|device = "gpu:99"|device: found gpu:99
      threads = 1|threads = 1e400|threads: found 1e400
      on-collapse = warn|on-collapse = wurn|on-collapse: found "wurn"
      margin = 0.01|margin = 1e400|margin: found 1e400
      controls = [ reinit ]|controls = [ reinnit ]|controls[0].id: found the unknown control
      model {
        id = mlp
        hidden = [ 16 ]|hidden = [ 16, 0 ]|model.hidden: found 0
        initialiser = kaiming-normal|initializer = kaiming-normal|model.initializer: found an unknown
      }
      data {
        id = digits
        validation = 500|validation = 10000|data.validation: found 10000
        per-class = 100|per-class = 5000|data.per-class: found 5000
      }
      training {
        optimizer { id = sgd, learning-rate = 0.1 }|optimizer = sgd|training.optimizer.learning-rate:
        batch-size = 20|batch-size = many|training.batch-size: found "many"
        iterations = 40
        warm-up = 4|warm-up = 41|training.warm-up: found 41 iterations
        evaluate-every = 10|evaluat-every = 10|training.evaluat-every: found an unknown
      }
      method {
        id = imp
        rounds = 1|rounds = -1|method.rounds: found -1
        rewind-to = 0|rewind-to = 100|method.rewind-to: found iteration 100
        criterion = magnitude|criterion = magnitud|method.criterion.id: found the unknown
        schedule { id = geometric, rate = 0.2 }|schedule.rate = 0.2|method.schedule.id: found nothing
      }
      """
          .lines()
          .toList();

  /** The lines that can have a mistake. */
  private static final List<Integer> FAULTY =
      IntStream.range(0, LINES.size()).filter(i -> LINES.get(i).contains("|")).boxed().toList();

  private final Registry registry = Registry.load();
  private final ExperimentReader reader = new ExperimentReader(registry);

  @TempDir private Path root;

  private List<String> refused(String text) throws IOException {
    String which = Files.writeString(root.resolve("my.conf"), text).toString();
    ContextLoader contexts = new ContextLoader(registry, root);
    ConfigProblem problem =
        catchThrowableOfType(
            ConfigProblem.class,
            () -> contexts.check(reader.draft(which, List.of(), Optional.empty()), true));
    assertThat(problem).as("a problem is found").isNotNull();
    return problem.getMessage().replace(which, "my.conf").lines().toList();
  }

  /**
   * All mistakes at once, and sets in which every pair occurs both together and apart: those by the
   * bits of their numbers, and some that are drawn.
   */
  static Stream<List<Integer>> combinations() {
    Random random = new Random(16);
    List<IntPredicate> chosen = new ArrayList<>();
    chosen.add(i -> true);
    for (int bit = 1; bit < FAULTY.size(); bit *= 2) {
      int mask = bit;
      chosen.add(i -> (i & mask) != 0);
      chosen.add(i -> (i & mask) == 0);
    }
    for (int n = 0; n < 20; n++) {
      int first = random.nextInt(FAULTY.size());
      int second = random.nextInt(FAULTY.size());
      chosen.add(i -> i == first || i == second);
    }
    return chosen.stream()
        .map(is -> IntStream.range(0, FAULTY.size()).filter(is).mapToObj(FAULTY::get).toList());
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void eachIsReportedOnceWithItsLine(List<Integer> mistakes) throws IOException {
    List<String> text = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < LINES.size(); i++) {
      String[] parts = LINES.get(i).split("\\|", -1);
      boolean isFaulty = mistakes.contains(i);
      text.add(isFaulty ? parts[1] : parts[0]);
      if (isFaulty) {
        expected.add("my.conf:" + (i + 1) + ": " + parts[2]);
      }
    }
    assertFacts(refused(String.join("\n", text)), expected.toArray(String[]::new));
  }

  private static String experiment(String model, String data, String more) {
    return """
        name = good
        model = %s
        data { %s }
        training { optimizer { id = sgd, learning-rate = 0.1 }, batch-size = 20, iterations = 40 }
        method {
          id = imp, rounds = 1
          rewind-to = 100
        }
        """
            .formatted(model, data)
        + more;
  }

  @Test
  void missingDataHideNoFaultOfTheMethod() throws IOException {
    assertFacts(
        refused(experiment("mlp", "id = mnist, path = /nowhere", "")),
        "my.conf:3: data: /nowhere",
        "my.conf:7: method.rewind-to: found iteration 100");
  }

  @Test
  void aModelThatCannotBeBuiltHidesNoFaultOfTheMethod() throws IOException {
    assertFacts(
        refused(experiment("vgg-snip", "id = digits, per-class = 5000", "")),
        "my.conf:2: model.id: found vgg-snip | 32x32",
        "my.conf:3: data.per-class: found 5000",
        "my.conf:7: method.rewind-to: found iteration 100");
  }

  @Test
  void anUnknownModelIsOneFaultAndHidesNoOther() throws IOException {
    assertFacts(
        refused(experiment("vgg", "id = digits, validation = 10000", "")),
        "my.conf:2: model.id: found the unknown model \"vgg\"",
        "my.conf:3: data.validation: found 10000",
        "my.conf:7: method.rewind-to: found iteration 100");
  }

  @Test
  void anUnknownMethodHidesNoFaultOfTheData() throws IOException {
    assertFacts(
        refused(experiment("lenet-300-100", "id = digits, validation = 10000", "method.id = im\n")),
        "my.conf:3: data.validation: found 10000",
        "my.conf:9: method.id: found the unknown method \"im\"",
        "warning: my.conf:9: method.id: found twice, in line 6 and here");
  }

  @Test
  void aMisspeltKeyIsNoSecondFaultOfWhatNeedsIt() throws IOException {
    String text =
        experiment("vgg-11", "id = digits, validaton = 500", "")
            .replace("id = imp, rounds = 1", "id = pruning-from-scratch")
            .replace("rewind-to = 100", "pre-training = 41");
    assertFacts(
        refused(text),
        "my.conf:3: data.validaton: found an unknown key | mean validation?",
        "my.conf:7: method.pre-training: found iteration 41");
  }

  @Test
  void whatAMissingIncludeMayHaveSetIsNotAskedFor() throws IOException {
    assertFacts(
        refused("include \"nothere.conf\"\nname = good\nreplicates = 0\nmethod.rewindto = 3\n"),
        "my.conf:1: include: found \"nothere.conf\", and no such file",
        "my.conf:3: replicates: found 0",
        "my.conf:4: method.id: ");
  }
}
