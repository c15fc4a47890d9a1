// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Trained;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.store.Safetensors.Array;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Encodes the results of steps as arrays, and decodes them, bit for bit. */
public final class Codec {

  /** The version of the layout, raised with each change of it: keys of steps include it. */
  public static final int VERSION = 6;

  private static final String STATE = "state/";
  private static final String VARIABLES = "variables/";
  private static final String OPTIMIZER = "optimizer/";
  private static final String MASK = "mask/";
  private static final String HISTORY = "history";
  private static final String RUNNING = "running";

  /** JSON: the memory of a monitor, if the training has one. */
  private static final String MEMORY = "memory";

  /** Text: the variables' names in their order, a line each. */
  private static final String NAMES = "variables";

  private static final String ITERATION = "iteration";

  /** Training, validation and test. */
  private static final int PARTS = 3;

  private Codec() {}

  /**
   * Encodes a training as arrays. Variables that are parameters, as in ordinary and masked
   * training, are stored once.
   */
  public static Safetensors encode(Trained trained, Map<String, String> provenance) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    encode(STATE, trained.state(), arrays);
    trained
        .variables()
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!tensor.equals(trained.state().tensors().get(name))) {
                arrays.put(VARIABLES + name, Array.of(tensor));
              }
            });
    encode(OPTIMIZER, trained.optimizer(), arrays);
    arrays.put(HISTORY, history(trained.history()));
    Trained.Running running = trained.running();
    double[] sums =
        DoubleStream.concat(
                DoubleStream.of((double) running.examples(), running.loss()),
                running.scores().stream().mapToDouble(Double::doubleValue))
            .toArray();
    arrays.put(RUNNING, Array.of(new Shape(sums.length), sums));
    Map<String, String> metadata = new LinkedHashMap<>(provenance);
    metadata.put(ITERATION, Long.toString(trained.iteration()));
    metadata.put(NAMES, String.join("\n", trained.variables().names()));
    trained.memory().ifPresent(memory -> metadata.put(MEMORY, MemoryCodec.encode(memory, arrays)));
    return new Safetensors(arrays, metadata);
  }

  /**
   * Checks that the memory of a monitor can be stored, before the training that it observes.
   *
   * @throws PluginFailed if it cannot
   */
  public static void check(EpochMonitor monitor) {
    if (monitor.equals(EpochMonitor.none())) {
      return;
    }
    String kind = "epoch monitor";
    String key = "memory type";
    try {
      MemoryCodec.check(PluginFailed.nonNull(kind, monitor, key, monitor.memoryType()));
    } catch (RefusedException e) {
      throw new PluginFailed(kind, monitor, e.refusals().get(0).within(key));
    }
  }

  /**
   * Decodes a training.
   *
   * @param memory the type of its memory
   */
  public static Trained trained(Safetensors encoded, Class<? extends Record> memory) {
    State state = encoded.state(STATE);
    Map<String, Tensor> variables = new LinkedHashMap<>();
    State own = encoded.state(VARIABLES);
    encoded
        .metadata()
        .get(NAMES)
        .lines()
        .forEach(name -> variables.put(name, (own.names().contains(name) ? own : state).get(name)));
    double[] running = encoded.arrays().get(RUNNING).doubles();
    return new Trained(
        Long.parseLong(encoded.metadata().get(ITERATION)),
        state,
        State.of(variables),
        encoded.state(OPTIMIZER),
        new Trained.Running((long) running[0], running[1], list(running, 2, running.length)),
        history(encoded.arrays().get(HISTORY)),
        Optional.ofNullable(encoded.metadata().get(MEMORY))
            .map(json -> MemoryCodec.decode(json, memory, encoded.arrays())));
  }

  /** Encodes a state. */
  public static Safetensors encode(State state, Map<String, String> provenance) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    encode(STATE, state, arrays);
    return new Safetensors(arrays, provenance);
  }

  /** Decodes a state. */
  public static State state(Safetensors encoded) {
    return encoded.state(STATE);
  }

  /** Encodes a mask as arrays of U8, eight weights in each, the first in the lowest bit. */
  public static Safetensors encode(Mask mask, Map<String, String> provenance) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (Layer layer : mask.layers()) {
      byte[] bits = mask.alive(layer).toByteArray();
      arrays.put(
          MASK + layer.name(), new Array("U8", new Shape(bits.length), ByteBuffer.wrap(bits)));
    }
    return new Safetensors(arrays, provenance);
  }

  /** Decodes a mask. */
  public static Mask mask(Safetensors encoded, List<Layer> layers) {
    return Mask.of(
        layers, (layer, bits) -> BitSet.valueOf(encoded.arrays().get(MASK + layer.name()).bytes()));
  }

  private static void encode(String prefix, State state, Map<String, Array> arrays) {
    state.tensors().forEach((name, tensor) -> arrays.put(prefix + name, Array.of(tensor)));
  }

  /** Encodes a history as a row for each point: iteration, then loss and values of each part. */
  private static Array history(History history) {
    int values =
        history.points().stream()
            .flatMap(point -> Stream.of(point.train(), point.validation(), point.test()))
            .mapToInt(part -> part.values().size())
            .max()
            .orElse(0);
    double[] rows =
        history.points().stream()
            .flatMapToDouble(
                point ->
                    DoubleStream.concat(
                        DoubleStream.of((double) point.iteration()),
                        Stream.of(point.train(), point.validation(), point.test())
                            .flatMapToDouble(part -> row(part, values))))
            .toArray();
    return Array.of(new Shape(history.points().size(), 1 + PARTS * (1L + values)), rows);
  }

  private static DoubleStream row(Evaluation part, int values) {
    return DoubleStream.concat(
        DoubleStream.of(part.loss()),
        IntStream.range(0, values)
            .mapToDouble(i -> part.values().isEmpty() ? Double.NaN : part.values().get(i)));
  }

  private static History history(Array encoded) {
    double[] numbers = encoded.doubles();
    int columns = Math.toIntExact(encoded.shape().get(1));
    int each = (columns - 1) / PARTS;
    List<History.Point> points = new ArrayList<>();
    for (int i = 0; i < numbers.length; i += columns) {
      points.add(
          new History.Point(
              (long) numbers[i],
              evaluation(numbers, i + 1, each),
              evaluation(numbers, i + 1 + each, each),
              evaluation(numbers, i + 1 + 2 * each, each)));
    }
    return new History(points);
  }

  private static Evaluation evaluation(double[] numbers, int loss, int each) {
    List<Double> values = list(numbers, loss + 1, loss + each);
    return new Evaluation(
        numbers[loss], values.stream().allMatch(value -> value.isNaN()) ? List.of() : values);
  }

  private static List<Double> list(double[] numbers, int from, int to) {
    return Arrays.stream(numbers, from, to).boxed().toList();
  }
}
