// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RefusedExperimentTest {

  private static final String TRAINING =
      """
      training {
        optimizer { id = sgd, learning-rate = 0.1 }
        batch-size = 20
        iterations = 40
      }
      """;
  private static final String DATA = "data { id = digits, validation = 500 }\n";
  private static final String MLP = "model { id = mlp, hidden = [16] }\n";
  private static final String VGG = "model { id = vgg-11, width = 8, variant = slimming }\n";
  private static final String IMP = "method { id = imp, rounds = 1 }\n";

  /** Marks the line that a refusal must name. */
  private static final String HERE = "# here";

  private final Registry registry = Registry.load();
  private final ExperimentReader reader = new ExperimentReader(registry);

  @TempDir private Path root;

  private static Arguments method(String model, String method, String facts) {
    return arguments(model + DATA + TRAINING + method, facts);
  }

  private static Arguments imp(String settings, String facts) {
    return method(MLP, "method {\n  id = imp\n  rounds = 1\n" + settings + "\n}\n", facts);
  }

  private static Arguments pai(String settings, String facts) {
    return method(MLP, "method {\n  id = prune-at-init\n" + settings + "\n}\n", facts);
  }

  private static Arguments evolution(String model, String settings, String facts) {
    return method(model, "method {\n  id = knowledge-evolution\n" + settings + "\n}\n", facts);
  }

  static Stream<Arguments> methods() {
    return Stream.of(
        imp("  rewind-to = 40 # here", "method.rewind-to: found iteration 40 | less than the 40"),
        imp("  rewind-to = \"1 epoch\" # here", "method.rewind-to: found iteration 475 | the 40"),
        method(
            MLP,
            "method {\n  id = imp\n  rounds = -1 # here\n}\n",
            "method.rounds: found -1 | [0, 1000]"),
        imp(
            "  schedule { # a section\n  rate = 0 # here\n  id = geometric }",
            "method.schedule.rate: found 0 | above 0"),
        pai(
            "  criterion = magnitude\n  densities = [0.5, 1e-5] # here",
            "method.densities: found 1.0E-5 | keeps 0 of the 12704 weights | 1.58E-4 | 2 layers"),
        pai(
            "  criterion = magnitude\n  densities = [0.5, 0.6] # here",
            "method.densities: found 0.6 after 0.5 | falling"),
        method(
            VGG,
            "method {\n  id = network-slimming\n  sparsity = 0.999 # here\n}\n",
            "method.sparsity: found 0.999 | channels that may be removed | 8 groups"),
        arguments(
            VGG
                + DATA.replace("}", ", per-class = 1 }").replace("500", "0")
                + TRAINING.replace("batch-size = 20", "batch-size = 9 # here")
                + IMP,
            "training.batch-size: found 9 for 10 training examples | BatchNorm (Expected more than 1"
                + " value per channel | last-batch = drop, or choose another batch-size"),
        arguments(
            MLP
                + DATA
                + TRAINING.replace(
                    "batch-size = 20", "batch-size = 20000 # here\nlast-batch = drop")
                + IMP,
            "training.batch-size: found 20000 for 9500 training examples | last-batch = keep"),
        method(
            MLP,
            "method {\n  id = network-slimming # here\n  sparsity = 0.5\n}\n",
            "method.id: found mlp | no trained batch norm | vgg-11"),
        method(
            VGG,
            "method {\n  id = early-bird\n  sparsities = [0.5]\n  window = 4 # here\n}\n",
            "method.window: found 4 | at most 1 | 40 iterations"),
        arguments(
            MLP
                + DATA
                + TRAINING.replace("40", "\"12 epochs\"")
                + """
                method {
                  id = early-bird
                  level = weights
                  sparsities = [0.3, 0.99999] # here
                }
                """,
            "method.sparsities: found 0.99999 | keeps 0 of the 12704 weights | 2 layers"),
        arguments(
            VGG
                + DATA
                + TRAINING.replace("40", "\"12 epochs\"")
                + "method {\n  id = early-bird\n  sparsities = [] # here\n}\n",
            "method.sparsities: found none | one or more"),
        method(
            MLP,
            "method {\n  id = edge-popup\n  scope = global\n  keep = 1e-5 # here\n}\n",
            "method.keep: found 1.0E-5 | of the 12704 weights | 2 layers"),
        method(
            MLP,
            "method {\n  id = edge-popup\n  keep = 0\n  scale-fan = true # here\n}\n",
            "method.scale-fan: found true with keep 0 | above 0"),
        method(
            MLP,
            """
            method {
              id = slots
              fine-tuning {
                after = 40 # here
                optimizer { id = sgd, learning-rate = 0.1 }
              }
            }
            """,
            "method.fine-tuning.after: found iteration 40 | less than the 40"),
        method(
            VGG,
            "method {\n  id = pruning-from-scratch\n  pre-training = 41 # here\n}\n",
            "method.pre-training: found iteration 41 | at most the 40"),
        method(
            VGG,
            "method {\n  id = pruning-from-scratch\n  budget = 0.001 # here\n}\n",
            "method.budget: found 0.001 | at least 0.0"));
  }

  static Stream<Arguments> criteriaAndSplits() {
    String snip = "  criterion {\n    id = snip\n    examples = ";
    return Stream.of(
        imp(snip + "100000 # here\n  }", "method.criterion.examples: found 100000 | the 9500"),
        pai(
            "  densities = [0.5]\n" + snip + "100000 # here\n  }",
            "method.criterion.examples: found 100000 | the 9500"),
        imp(
            "  criterion {\n    id = snip\n    per-class = 2000 # here\n  }",
            "method.criterion.per-class: found 2000 | class 0 | digits"),
        imp(
            snip + "1\n    batch-norm = batch # here\n  }",
            "method.criterion.batch-norm: found batch | 1 example | 2 or more"),
        imp(
            "  criterion {\n    id = grasp\n    per-class = 2000 # here\n  }",
            "method.criterion.per-class: found 2000 | class 0"),
        evolution(
            VGG,
            "  split-rate = 0.999\n  split { # on the line of the split:\n    id = kels # here\n  }",
            "method.split.id: found kels | 0.999"),
        evolution(
            VGG,
            "  split-rate = 0.999\n  split = random-channels # here",
            "method.split.id: found random-channels | 0.999"),
        evolution(
            MLP,
            "  split {\n    id = by-criterion\n    criterion {\n      id = snip\n"
                + "      examples = 100000 # here\n    }\n  }",
            "method.split.criterion.examples: found 100000 | the 9500"));
  }

  static Stream<Arguments> otherSections() {
    return Stream.of(
        arguments(
            MLP + "data {\n  id = digits\n  validation = 10000 # here\n}\n" + TRAINING + IMP,
            "data.validation: found 10000 | less than the 10000"),
        arguments(
            MLP + "data {\n  id = digits\n  per-class = 1001 # here\n}\n" + TRAINING + IMP,
            "data.per-class: found 1001 | at most the 1000 | class 0"),
        arguments(
            MLP
                + "data {\n  id = digits\n  augmentation = [ flip, {\n"
                + "    id = random-resized-crop\n    max-area = 0.1\n"
                + "    min-area = 0.2 # here\n  } ]\n}\n"
                + TRAINING
                + IMP,
            "data.augmentation[1].min-area: found 0.2 | max-area, 0.1"),
        arguments(
            MLP + "data { # here\n  id = mnist, path = \"/nowhere\"\n}\n" + TRAINING + IMP,
            "data: /nowhere"),
        arguments(
            "model {\n  id = vgg-snip # here\n}\n" + DATA + TRAINING + IMP,
            "model.id: found vgg-snip | (1, 28, 28) | 32x32"),
        arguments(
            "model { # here\n  id = mlp, hidden = [2000000000]\n}\n" + DATA + TRAINING + IMP,
            "model: found mlp with 1,568,000,000,000 parameters or more | 12,544.0 GB | Java heap | -Xmx"),
        arguments(
            "model {\n  id = wide-resnet\n  depth = 17 # here\n}\n" + DATA + TRAINING + IMP,
            "model.depth: found 17 | 16, 22"),
        arguments(
            MLP + DATA + TRAINING.replace("0.1 }", "0.1\n  nesterov = true # here\n}") + IMP,
            "training.optimizer.nesterov: found true with momentum 0 | above 0"),
        arguments(
            MLP
                + DATA
                + TRAINING.replace("40", "\"12 epochs\"")
                + IMP
                + "deficit {\n  id = blur\n until = 3\n  from = 3\n}\n"
                    .replace("until = 3", "until = 3 # here"),
            "deficit.until: found epoch 3 | first, 3"),
        arguments(
            MLP
                + DATA
                + TRAINING
                + IMP
                + "deficit {\n  id = blur\n  until = 9\n  from = 8 # here\n}\n",
            "deficit.from: found epoch 8 | less than the 1"),
        arguments(
            MLP + DATA + TRAINING + IMP + "device = \"gpu:99\" # here\n",
            "device: found gpu:99 | cpu"));
  }

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

  @ParameterizedTest
  @MethodSource({"methods", "criteriaAndSplits", "otherSections"})
  void aFaultIsNamedWithTheLineOfItsKey(String text, String facts) throws IOException {
    String whole = "name = faulty\n" + text;
    List<String> lines = whole.lines().toList();
    int line = 1;
    while (!lines.get(line - 1).endsWith(HERE)) {
      line++;
    }
    assertFacts(refused(whole), "my.conf:" + line + ": " + facts);
  }

  @Test
  void aKeyThatIsNotInTheFileHasTheLineOfTheSectionAroundIt() throws IOException {
    assertFacts(
        refused(
            """
            name = faulty
            model = lenet-300-100
            data { id = digits, per-class = 5 }
            training {
              optimizer { id = sgd, learning-rate = 0.1 }
              batch-size = 20
              iterations = 40
            }
            method {
              id = prune-at-init
              densities = [0.5]
              criterion = grasp
            }
            """),
        "my.conf:12: method.criterion.per-class: found 10 | at most the 5");
  }

  @Test
  void faultsOfAllSectionsThatReadingFindsAreReportedTogether() throws IOException {
    assertFacts(
        refused(
            """
            name = faulty
            model { id = wide-resnet, depth = 17 }
            data { id = digits, validation = -1 }
            training {
              optimizer { id = sgd, learning-rate = 0.1, nesterov = true }
              batch-size = 20
              iterations = 40
            }
            method {
              id = prune-at-init
              densities = [0.1, 0.5]
              criterion {
                id = snip
                examples = 0
              }
            }
            """),
        "my.conf:2: model.depth: found 17",
        "my.conf:3: data.validation: found -1 | [0, inf)",
        "my.conf:5: training.optimizer.nesterov: found true",
        "my.conf:11: method.densities: found 0.5 after 0.1 | falling",
        "my.conf:14: method.criterion.examples: found 0 | [1, inf)");
  }

  @Test
  void faultsOfDataMethodCriterionAndDeficitAreReportedTogether() throws IOException {
    assertFacts(
        refused(
            """
            name = faulty
            device = "gpu:99"
            model { id = mlp, hidden = [16] }
            data { id = digits, validation = 10000, per-class = 5000 }
            training {
              optimizer { id = sgd, learning-rate = 0.1 }
              batch-size = 20
              iterations = 40
            }
            deficit { id = blur, from = 8, until = 9 }
            method {
              id = imp
              rounds = 2
              rewind-to = 40
              criterion { id = snip, examples = 100000 }
            }
            """),
        "my.conf:2: device: found gpu:99",
        "my.conf:4: data.validation: found 10000",
        "my.conf:4: data.per-class: found 5000",
        "my.conf:10: deficit.from: found epoch 8",
        "my.conf:14: method.rewind-to: found iteration 40",
        "my.conf:15: method.criterion.examples: found 100000");
  }

  @Test
  void aKeyThatDoesNotBindHidesNoOtherFault() throws IOException {
    assertFacts(
        refused(
            """
            name = faulty
            model { id = mlp, hidden = [16] }
            data { id = digits, validation = 10000 }
            training {
              optimizer { id = sgd, learning-rate = 0.1 }
              batch-size = 20
              iterations = 40
              warm-up = 41
            }
            method {
              id = imp
              rounds = 2
              criterion = magnitud
              rewind-to = 100
            }
            """),
        "my.conf:3: data.validation: found 10000",
        "my.conf:8: training.warm-up: found 41 iterations | at most the 40",
        "my.conf:13: method.criterion.id: | unknown criterion \"magnitud\" | mean magnitude?",
        "my.conf:14: method.rewind-to: found iteration 100 | less than the 40");
  }

  @Test
  void faultsOfAllVariantsAreReportedTogetherWhetherReadingOrCheckingFindsThem()
      throws IOException {
    assertFacts(
        refused(
            """
            name = faulty
            model { id = mlp, hidden = [16] }
            data { id = digits, validation = 500 }
            training {
              optimizer { id = sgd, learning-rate = 0.1 }
              batch-size = 20
              iterations = 40
            }
            method {
              id = imp
              rounds = 2
              rewind-to = 40
            }
            variants {
              training.training.optimizer.nesterov = true
              model.model = vgg-snip
              data.data.validation = 10000
              criterion.method.criterion { id = snip, examples = 100000 }
              early.method.rewind-to = 0
            }
            """),
        "my.conf:12: variants training, model, data, criterion: method.rewind-to: | iteration 40",
        "my.conf:15: variant training: training.optimizer.nesterov: found true",
        "my.conf:16: variant model: model.id: found vgg-snip | 32x32",
        "my.conf:17: variant data: data.validation: found 10000",
        "my.conf:18: variant criterion: method.criterion.examples: found 100000");
  }
}
