// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.train.Adam;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.DecayExemption;
import dev.espalier.api.train.Sgd;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights and moments after given gradients are those of torch.optim. */
class OptimizerConformanceTest {

  private static final String PROGRAM = "torch.optim 1.13.1";
  private static final JsonObject SETTINGS = Reference.json("optimizers");
  private static final String ENDS = "optimizers";
  private static final String STAGES = "optimizers-more";

  /**
   * A vector of a run.
   *
   * @param setting the optimizer's name, with {@code -masked} for the run under a mask
   * @param steps the number of steps before it
   * @param part the name of the vector in Espalier: weights, velocity or a moment
   * @param file the file of torch's vector
   * @param array its name in the file
   * @param bound the allowed relative difference
   */
  record Run(String setting, int steps, String part, String file, String array, double bound) {

    Comparison comparison() {
      String result =
          isOfWeights()
              ? "optimizers: weights in " + (array.endsWith("/f32") ? "float32" : "float64")
              : "optimizers: velocity and moments in float64";
      return new Comparison(
          result,
          PROGRAM,
          "1,730 weights, dense and masked",
          bound + ", relative, L2",
          file,
          array);
    }

    boolean isOfWeights() {
      return part.equals("weights");
    }

    @Override
    public String toString() {
      return array;
    }
  }

  static Stream<Comparison> comparisons() {
    return all().map(Run::comparison);
  }

  private static Stream<Run> all() {
    return SETTINGS.getAsJsonObject("settings").keySet().stream()
        .flatMap(setting -> Stream.of(setting, setting + "-masked"))
        .flatMap(OptimizerConformanceTest::runs);
  }

  private static Stream<Run> runs(String setting) {
    boolean isSgd = !setting.startsWith("adam");
    Stream<String> moments =
        isSgd
            ? Stream.of("velocity").filter(name -> !setting.startsWith("sgd"))
            : Stream.of("first-moment", "second-moment");
    return Stream.of(
            Stream.of(1, 2, 10)
                .map(
                    steps ->
                        new Run(
                            setting,
                            steps,
                            "weights",
                            STAGES,
                            setting + "/weights-after-" + steps,
                            9e-7)),
            Stream.of(
                new Run(setting, 100, "weights", ENDS, setting + "/f32", 8e-8),
                new Run(setting, 100, "weights", ENDS, setting + "/f64", 9e-7)),
            moments.map(
                name ->
                    new Run(setting, 100, name, STAGES, setting + "/" + name + "-after-100", 3e-6)))
        .flatMap(runs -> runs);
  }

  static Stream<Run> runs() {
    return all().filter(run -> run.comparison().isAvailable());
  }

  @ParameterizedTest
  @MethodSource("runs")
  void theVectorIsThatOfTorch(Run run) {
    double[] expected = Reference.doubles(Reference.arrays(run.file).get(run.array));
    double[] found = found(run);
    double difference = Reference.difference(found, expected);
    assertThat(difference).isLessThanOrEqualTo(run.bound);
    if (run.isOfWeights()) {
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i] == 0).as("weight %d is dead", i).isEqualTo(expected[i] == 0);
      }
    }
  }

  private static double[] found(Run run) {
    try (Network network = network();
        NDManager manager = NDManager.newBaseManager()) {
      Map<String, Integer> sizes = new LinkedHashMap<>();
      SETTINGS
          .getAsJsonArray("tensors")
          .forEach(
              tensor ->
                  sizes.put(
                      tensor.getAsJsonArray().get(0).getAsString(),
                      tensor.getAsJsonArray().get(1).getAsInt()));
      boolean isMasked = run.setting.endsWith("-masked");
      float[] start = floats("start");
      Map<String, NDArray> variables = arrays(sizes, start, 0, network, manager);
      Map<String, NDArray> masks = new LinkedHashMap<>();
      if (isMasked) {
        Mask mask = everyThird(network);
        mask.layers().forEach(layer -> masks.put(layer.name(), mask.on(layer, manager)));
      }
      masks.forEach((name, m) -> variables.get(name).muli(m));
      JsonObject setting = setting(run);
      Map<String, Moments> moments = new LinkedHashMap<>();
      Map<String, Optimizer.Updater> updaters = updaters(network, setting, variables, moments);
      float[] gradients = floats("gradients");
      double total = SETTINGS.get("steps").getAsInt();
      for (int i = 0; i < run.steps; i++) {
        double rate = setting.get("lr").getAsDouble() * (1 + Math.cos(Math.PI * i / total)) / 2;
        arrays(sizes, gradients, i * start.length, network, manager)
            .forEach(
                (name, g) -> {
                  moments.get(name).count();
                  updaters.get(name).step(g, rate);
                });
        masks.forEach((name, m) -> variables.get(name).muli(m));
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : sizes.keySet()) {
        tensors.put(
            name,
            run.isOfWeights()
                ? Tensor.of(variables.get(name))
                : Tensor.of(moments.get(name).arrays().get(run.part)));
      }
      // The mask is applied to weights, not to gradients: the moments of dead weights are not
      // torch's.
      State found = State.of(tensors);
      return values(isMasked && !run.isOfWeights() ? everyThird(network).apply(found) : found);
    }
  }

  /** Starts the updates of each variable, with its decay. */
  private static Map<String, Optimizer.Updater> updaters(
      Network network,
      JsonObject setting,
      Map<String, NDArray> variables,
      Map<String, Moments> moments) {
    Optimizer optimizer = optimizer(setting);
    Map<String, Optimizer.Updater> updaters = new LinkedHashMap<>();
    variables.forEach(
        (name, w) -> {
          moments.put(name, new Moments(w));
          boolean isDecayed = optimizer.isDecayed(network, name);
          Optimizer rule = isDecayed ? optimizer : optimizer.withoutWeightDecay();
          updaters.put(name, rule.on(w, moments.get(name)));
        });
    return updaters;
  }

  private static double[] values(State state) {
    return state.tensors().values().stream()
        .flatMapToDouble(tensor -> IntStream.range(0, tensor.size()).mapToDouble(tensor::get))
        .toArray();
  }

  private static JsonObject setting(Run run) {
    return SETTINGS.getAsJsonObject("settings").getAsJsonObject(run.setting.replace("-masked", ""));
  }

  /** A network whose parameters have the names, sizes and types of the given tensors. */
  private static Network network() {
    NamedBlocks block =
        new NamedBlocks()
            .add(Linear.builder().setUnits(40).build())
            .add(BatchNorm.builder().build())
            .add(Activation::relu)
            .add(Linear.builder().setUnits(10).build());
    return Network.builder("given", block, new Shape(30)).build();
  }

  private static Mask everyThird(Network network) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          for (int i = 0; i < layer.size(); i += 3) {
            bits.set(i);
          }
          return bits;
        });
  }

  private static float[] floats(String name) {
    Tensor tensor = Reference.arrays(ENDS).get(name).tensor();
    float[] floats = new float[tensor.size()];
    tensor.values().get(floats);
    return floats;
  }

  private static Map<String, NDArray> arrays(
      Map<String, Integer> sizes, float[] values, int offset, Network network, NDManager manager) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    int from = offset;
    for (Map.Entry<String, Integer> entry : sizes.entrySet()) {
      Shape shape = network.parameters().get(entry.getKey()).getShape();
      float[] part = Arrays.copyOfRange(values, from, from + entry.getValue());
      arrays.put(entry.getKey(), Tensor.of(shape, part).on(manager));
      from += entry.getValue();
    }
    return arrays;
  }

  private static Optimizer optimizer(JsonObject setting) {
    double rate = setting.get("lr").getAsDouble();
    double decay = number(setting, "weight_decay", 0);
    List<DecayExemption> exempt =
        setting.get("exempt").getAsBoolean()
            ? List.of(DecayExemption.BIAS, DecayExemption.BATCH_NORM)
            : List.of();
    if (setting.get("optimizer").getAsString().equals("SGD")) {
      return new Sgd(rate, number(setting, "momentum", 0), setting.has("nesterov"), decay, exempt);
    }
    JsonElement betas = setting.get("betas");
    double first = betas == null ? 0.9 : betas.getAsJsonArray().get(0).getAsDouble();
    double second = betas == null ? 0.999 : betas.getAsJsonArray().get(1).getAsDouble();
    double epsilon = number(setting, "eps", 1e-8);
    return setting.get("optimizer").getAsString().equals("Adam")
        ? new Adam(rate, first, second, epsilon, decay, exempt)
        : new AdamW(rate, first, second, epsilon, decay, exempt);
  }

  private static double number(JsonObject setting, String name, double absent) {
    return setting.has(name) ? setting.get(name).getAsDouble() : absent;
  }
}
