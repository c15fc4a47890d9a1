// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Plan;
import dev.espalier.api.Training;
import dev.espalier.api.settings.Span;
import dev.espalier.api.train.Constant;
import dev.espalier.api.train.Cosine;
import dev.espalier.api.train.Sgd;
import dev.espalier.api.train.Steps;
import dev.espalier.api.train.WarmRestarts;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The learning rate of every iteration is that of torch.optim.lr_scheduler. */
class ScheduleConformanceTest {

  private static final double BOUND = 1e-16;
  private static final JsonObject CASES = Reference.json("schedules");

  static Stream<Comparison> comparisons() {
    return names()
        .map(
            name ->
                new Comparison(
                    "learning rates",
                    CASES.get("program").getAsString(),
                    "schedules, with and without warm-up",
                    Double.toString(BOUND),
                    "schedules",
                    ""));
  }

  static Stream<String> names() {
    return CASES.getAsJsonObject("schedules").keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyRateIsThatOfTorch(String name) {
    double[] rates =
        Reference.doubles(CASES.getAsJsonObject("schedules").getAsJsonObject(name).get("values"));
    Training training =
        new Training(
            new Sgd(CASES.get("base-rate").getAsDouble()),
            schedule(name.replace("-warm-up-20", "")),
            Span.iterations(name.endsWith("-warm-up-20") ? 20 : 0),
            1,
            Span.iterations(rates.length),
            Span.epochs(1));
    Plan plan = new Plan(training, 1000, 0, rates.length);
    for (int i = 0; i < rates.length; i++) {
      assertThat(plan.learningRate(i)).as("%d", i).isCloseTo(rates[i], within(BOUND));
    }
  }

  private static LearningRateSchedule schedule(String name) {
    return switch (name) {
      case "constant" -> new Constant();
      case "cosine" -> new Cosine();
      case "steps" -> new Steps(List.of(Span.iterations(100), Span.iterations(160)), 0.2);
      case "restarts" -> new WarmRestarts(List.of(Span.iterations(100)));
      default -> throw new IllegalArgumentException(name);
    };
  }
}
