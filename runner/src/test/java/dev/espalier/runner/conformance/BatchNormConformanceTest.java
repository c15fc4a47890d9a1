// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.espalier.api.Parametrization;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Sgd;
import dev.espalier.runner.store.Safetensors;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step through batch norm has torch's loss, running statistics and parameters. */
@Tag("slow")
class BatchNormConformanceTest {

  private static final JsonObject CASE = Reference.json("batch-norm");
  private static final Sgd OPTIMIZER = new Sgd(0.05, 0.9, false, 5e-4, List.of());

  private static final double LOSS = 5e-7;
  private static final double MEAN = 3e-6;
  private static final double VARIANCE = 7e-8;

  /** A million inputs of ReLUs in resnet-20 have some so near 0 that float32 changes their sign. */
  private static double parameters(ReferenceNetwork network) {
    return network == ReferenceNetwork.RESNET20 ? 1e-2 : 1e-6;
  }

  static Stream<Comparison> comparisons() {
    return Stream.of(ReferenceNetwork.VGG11W8, ReferenceNetwork.RESNET20)
        .flatMap(
            network ->
                Stream.of(
                    comparison(network, "loss of a step", LOSS + ""),
                    comparison(
                        network,
                        "running statistics after a step",
                        "mean " + MEAN + ", variance " + VARIANCE + ", relative, L2"),
                    comparison(
                        network,
                        "biases, gammas and betas after a step",
                        parameters(network) + ", relative, L2")));
  }

  private static Comparison comparison(ReferenceNetwork network, String part, String bound) {
    return new Comparison(
        "batch norm: " + part,
        CASE.get("program").getAsString().replaceAll(";.*", ""),
        network.title,
        bound,
        "batch-norm",
        network.file);
  }

  static Stream<ReferenceNetwork> networks() {
    return Stream.of(ReferenceNetwork.VGG11W8, ReferenceNetwork.RESNET20)
        .filter(network -> comparison(network, "", "").isAvailable());
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("networks")
  void aStepIsThatOfTorch(ReferenceNetwork network) {
    try (Subject subject = Subject.of(network)) {
      List<Integer> rows = Reference.integers(CASE.get("rows"));
      int[] order = Subject.SEED.stream("order", 0).permutation(subject.data().train().size());
      assertThat(IntStream.range(0, rows.size()).mapToObj(i -> order[i])).isEqualTo(rows);
      int steps = network == ReferenceNetwork.VGG11W8 ? 3 : 1; // later the trajectories part
      Trajectory trajectory = Trajectory.of(subject, Parametrization.dense(), OPTIMIZER, 0, steps);
      JsonObject run =
          CASE.getAsJsonObject("runs").getAsJsonObject(network.file + (steps == 1 ? "-1" : "-8"));
      double[] losses = Reference.doubles(run.get("loss-f32"));
      for (int i = 0; i < steps; i++) {
        assertThat(Math.abs(trajectory.losses().get(i) - losses[i]))
            .as("step %d", i)
            .isLessThanOrEqualTo(LOSS);
      }
      State end = Trajectory.of(subject, Parametrization.dense(), OPTIMIZER, 0, 1).end().state();
      Map<String, Safetensors.Array> arrays = Reference.arrays("batch-norm");
      arrays.forEach(
          (name, array) -> {
            if (name.startsWith(network.file + "/")) {
              String parameter = name.substring(name.lastIndexOf('/') + 1);
              double[] found = doubles(end.get(parameter));
              double[] expected = array.doubles();
              if (parameter.startsWith("conv")) {
                // Batch norm takes the mean off: the gradient of a bias before it is rounding.
                assertThat(found).contains(new double[found.length], within(1e-7));
                assertThat(expected).contains(new double[found.length], within(1e-7));
                return;
              }
              double difference = Reference.difference(found, expected);
              assertThat(difference).as(name).isLessThanOrEqualTo(bound(network, parameter));
            }
          });
    }
  }

  private static double bound(ReferenceNetwork network, String parameter) {
    return parameter.endsWith("runningMean")
        ? MEAN
        : parameter.endsWith("runningVar") ? VARIANCE : parameters(network);
  }

  private static double[] doubles(Tensor tensor) {
    double[] doubles = new double[tensor.size()];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = tensor.get(i);
    }
    return doubles;
  }
}
