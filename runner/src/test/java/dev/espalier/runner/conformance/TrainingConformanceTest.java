// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Sgd;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A training has the losses of torch's, step by step, and ends at its weights. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainingConformanceTest {

  private static final double BOUND = 8e-7;

  /** The difference by which the given first steps are defined. */
  private static final double PARTING = 2e-6;

  private static final JsonObject CASE = Reference.json("training");

  /** The number of steps whose examples are bundled with the tests. */
  private static final int BUNDLED = 8;

  private final Subject subject = Subject.of(ReferenceNetwork.LENET300);

  @AfterAll
  void close() {
    subject.close();
  }

  static Stream<Comparison> comparisons() {
    return names()
        .map(
            name ->
                new Comparison(
                    "training: loss of every step, and weights at the end",
                    CASE.get("program").getAsString().replaceAll(";.*", ""),
                    ReferenceNetwork.LENET300.title,
                    BOUND + ", until a ReLU parts float32 and float64",
                    "training",
                    ""));
  }

  static Stream<String> names() {
    return CASE.getAsJsonObject("runs").keySet().stream();
  }

  private static int steps() {
    return Reference.isShared() ? CASE.get("steps").getAsInt() : BUNDLED;
  }

  @Test
  void theOrderOfTheExamplesIsTheGivenOne() {
    List<Integer> rows = Reference.integers(CASE.get("rows"));
    int[] order = Subject.SEED.stream("order", 0).permutation(subject.data().train().size());
    assertThat(IntStream.range(0, rows.size()).mapToObj(i -> order[i])).isEqualTo(rows);
  }

  @ParameterizedTest
  @MethodSource("names")
  void theLossesAreThoseOfTorch(String name) {
    JsonObject run = CASE.getAsJsonObject("runs").getAsJsonObject(name);
    Mask mask =
        name.endsWith("-masked")
            ? subject.mask("lenet300-reference", "snip-sf/mask-0.1")
            : subject.dense();
    Trajectory trajectory =
        Trajectory.of(
            subject,
            Parametrization.masked(mask),
            optimizer(name),
            name.startsWith("smooth") ? 0.1 : 0,
            steps());
    double[] single = Reference.doubles(run.get("loss-f32"));
    double[] exact = Reference.doubles(run.get("loss-f64"));
    int parts = Math.max(first(run, "espalier-f32"), first(run, "espalier-f64"));
    double bound = parts < single.length ? PARTING : BOUND;
    for (int i = 0; i < Math.min(parts, steps()); i++) {
      double found = trajectory.losses().get(i);
      double difference = Math.min(Math.abs(found - single[i]), Math.abs(found - exact[i]));
      assertThat(difference).as("step %d", i).isLessThanOrEqualTo(bound);
    }
    for (Layer layer : mask.layers()) {
      Tensor tensor = trajectory.end().state().get(layer.name());
      for (int i = 0; i < layer.size(); i++) {
        assertThat(mask.keeps(layer, i) || tensor.get(i) == 0).isTrue();
      }
    }
    if (steps() == single.length && first(run, "espalier-f32") > steps()) {
      checkEnd(run.getAsJsonObject("end-of-f32"), trajectory);
    }
  }

  /** The first step that parts a pair of programs; after the last one for none. */
  private static int first(JsonObject run, String pair) {
    JsonElement step = run.getAsJsonObject("first-step-differing-by-more-than-2e-6").get(pair);
    return step.isJsonNull() ? Integer.MAX_VALUE : step.getAsInt();
  }

  private static void checkEnd(JsonObject end, Trajectory trajectory) {
    for (String name : end.keySet()) {
      double expected = end.getAsJsonObject(name).get("sum-of-squares").getAsDouble();
      Tensor tensor = trajectory.end().state().get(name);
      double found = 0;
      for (int i = 0; i < tensor.size(); i++) {
        found += (double) tensor.get(i) * tensor.get(i);
      }
      assertThat(found).as(name).isCloseTo(expected, within(1e-5 * expected));
    }
  }

  private static Optimizer optimizer(String name) {
    return switch (name.replaceAll("-.*", "")) {
      case "sgd" -> new Sgd(0.1);
      case "momentum" -> new Sgd(0.05, 0.9, false, 5e-4, List.of());
      case "smooth" -> new Sgd(0.05, 0.9, false, 0, List.of());
      case "adam" -> new Adam(1.2e-3);
      case "adamw" -> new AdamW(1.2e-3, 0.9, 0.999, 1e-8, 0.1, List.of());
      default -> throw new IllegalArgumentException(name);
    };
  }
}
