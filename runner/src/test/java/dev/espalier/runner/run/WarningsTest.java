// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static dev.espalier.runner.config.Lines.assertFacts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WarningsTest {

  private static final String DOUBTFUL =
      """
      name = doubtful
      model { id = mlp, hidden = [16] }
      data { id = digits, validation = 500, per-class = 10 }
      training {
        optimizer { id = sgd, learning-rate = 0.1 }
        batch-size = 20
        iterations = 10
        warm-up = 10
        evaluate-every = 11
        learning-rate-schedule {
          id = steps
          at = [ 9, 10, 12 ]
        }
      }
      deficit {
        id = blur
        until = 3
      }
      method {
        id = imp, rounds = 1
        schedule {
          id = geometric, rate = 0, output-rate = 0
          convolution-rate = 0.2
        }
      }
      method.rounds = 1
      """;

  private static final String[] FACTS = {
    "my.conf:9: training.evaluate-every: found 11 iterations, more than the 10 iterations",
    "my.conf:12: training.learning-rate-schedule.at: found iteration 10, which a training of 10",
    "my.conf:17: deficit.until: found epoch 3, after the end of a training, which has 2 epochs",
    "my.conf:21: method.schedule: found density 1 | prunes nothing | mlp",
    "my.conf:26: method.rounds: found twice, in line 20 and here"
  };

  private final Registry registry = Registry.load();
  private final ExperimentReader reader = new ExperimentReader(registry);

  @TempDir private Path root;

  private Path file(String text) throws IOException {
    return Files.writeString(root.resolve("my.conf"), text);
  }

  private List<String> inPlace(List<String> lines) {
    return lines.stream().map(line -> line.replace(root + "/", "")).toList();
  }

  private List<String> warnings(String text) throws IOException {
    return inPlace(
        new ContextLoader(registry, root)
                .check(reader.draft(file(text).toString(), List.of(), Optional.empty()), true)
                .warnings()
                .stream()
                .map(Object::toString)
                .toList());
  }

  @Test
  void whatIsAllowedButProbablyAMistakeIsWarnedOfWithItsLine() throws IOException {
    assertThat(warnings(DOUBTFUL))
        .hasSize(FACTS.length)
        .satisfiesExactlyInAnyOrder(
            line -> assertFacts(List.of(line), FACTS[4]),
            line -> assertFacts(List.of(line), FACTS[0]),
            line -> assertFacts(List.of(line), FACTS[1]),
            line -> assertFacts(List.of(line), FACTS[2]),
            line -> assertFacts(List.of(line), FACTS[3]));
  }

  @Test
  void valuesAtTheEndOfATrainingGiveNoWarning() throws IOException {
    assertThat(
            warnings(
                DOUBTFUL
                    .replace("evaluate-every = 11", "evaluate-every = 10")
                    .replace("[ 9, 10, 12 ]", "[ 9 ]")
                    .replace("until = 3", "until = 2")
                    .replace("output-rate = 0", "output-rate = 0.1")
                    .replace("method.rounds = 1\n", "")))
        .isEmpty();
  }

  @Test
  void warningsFollowTheRefusals() throws IOException {
    String which = file(DOUBTFUL + "margin = 2\nvariants { a {}\n b { seed = 2 } }\n").toString();
    ContextLoader contexts = new ContextLoader(registry, root);
    assertThatThrownBy(() -> contexts.check(reader.draft(which, List.of(), Optional.empty()), true))
        .isInstanceOf(ConfigProblem.class)
        .satisfies(
            e -> {
              List<String> lines = inPlace(e.getMessage().lines().toList());
              assertThat(lines).hasSize(6);
              assertFacts(lines.subList(0, 1), "my.conf:27: margin: found 2");
              for (int i = 0; i < 5; i++) {
                assertFacts(lines.subList(i + 1, i + 2), "warning: " + FACTS[i]);
              }
            });
  }

  @Test
  void anAnalysisLogsTheWarnings() throws IOException {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger("dev.espalier.runner.config");
    log.start();
    logger.addAppender(log);
    try (Interruption interruption = new Interruption()) {
      new ExperimentAnalysis(registry, root, new Screen(new PrintWriter(new StringWriter())))
          .run(
              reader.draft(file(DOUBTFUL).toString(), List.of(), Optional.empty()),
              OptionalInt.empty(),
              interruption);
    } finally {
      logger.detachAppender(log);
    }
    assertThat(log.list).hasSize(5).allMatch(event -> event.getLevel() == Level.WARN);
    assertFacts(inPlace(log.list.stream().map(ILoggingEvent::getFormattedMessage).toList()), FACTS);
  }
}
