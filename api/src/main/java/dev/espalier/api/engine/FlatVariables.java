// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Moments;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The variables of a training on a device, and their updates.
 *
 * <p>Every operation costs some microseconds, however small its arrays are. So small variables of
 * equal treatment lie one after another in one array, and a step updates that array: a chunk. A
 * large variable is cut into several chunks, which bounds the memory of an update. Updates treat
 * each element separately, so chunks have the bits of separate variables.
 */
final class FlatVariables {

  /** The largest number of elements of a chunk on a CPU, whose caches then hold an update. */
  private static final int CPU_CHUNK = 1 << 18;

  /** The same on a GPU, where the number of operations counts. */
  private static final int GPU_CHUNK = 1 << 22;

  /** Variables begin at multiples of 64 bytes, as PyTorch's arrays do. */
  private static final int ALIGNMENT = 64 / Float.BYTES;

  /** The name of the saved number of steps. */
  private static final String STEP = "step";

  private final Map<String, Tensor> start;
  private final State saved;
  private final NDManager manager;
  private final int largest;
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();
  private final List<Chunk> chunks = new ArrayList<>();
  private final Map<String, List<Chunk>> chunksOf = new LinkedHashMap<>();

  /**
   * Copies variables to a device.
   *
   * @param network the network
   * @param parametrization defines the variables
   * @param optimizer updates them
   * @param from their values, and what the optimizer kept
   * @param manager the owner of all arrays
   * @param largest the largest number of elements of a chunk: {@link #largest(Device)}
   */
  FlatVariables(
      Network network,
      Parametrization parametrization,
      Optimizer optimizer,
      Trained from,
      NDManager manager,
      int largest) {
    State variables = from.variables();
    start = variables.tensors();
    saved = from.optimizer();
    this.manager = manager;
    this.largest = largest;
    Optimizer undecayed = optimizer.withoutWeightDecay();
    Map<Optimizer, List<String>> groups = new LinkedHashMap<>();
    for (String name : variables.names()) {
      boolean isDecayed = parametrization.isDecayed(name) && optimizer.isDecayed(network, name);
      Optimizer rule = isDecayed ? optimizer : undecayed;
      groups.computeIfAbsent(rule, each -> new ArrayList<>()).add(name);
    }
    variables.names().forEach(name -> arrays.put(name, null)); // the order of the names
    groups.forEach(this::place);
    parametrization.projectionMask().ifPresent(this::project);
  }

  /** Returns the largest number of elements of a chunk on a device. */
  static int largest(Device device) {
    return device.isGpu() ? GPU_CHUNK : CPU_CHUNK;
  }

  /** Places the variables of one rule. */
  private void place(Optimizer rule, List<String> names) {
    List<Piece> joined = new ArrayList<>();
    int end = 0;
    for (String name : names) {
      int size = start.get(name).size();
      if (size > largest / 4) { // joined, its gradient would be copied for one operation less
        cut(rule, name);
        continue;
      }
      int at = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      if (at + size > largest) {
        join(rule, joined, end);
        joined.clear();
        at = 0;
      }
      joined.add(new Piece(name, 0, at, size));
      end = at + size;
    }
    join(rule, joined, end);
  }

  /** Adds a chunk of whole variables, if there are any. */
  private void join(Optimizer rule, List<Piece> pieces, int size) {
    if (pieces.isEmpty()) {
      return;
    }
    NDArray w = manager.zeros(new Shape(size), DataType.FLOAT32);
    for (Piece piece : pieces) {
      Tensor tensor = start.get(piece.variable());
      try (NDArray flat = piece.of(w)) {
        tensor.copyTo(flat, 0);
        arrays.put(piece.variable(), flat.reshape(tensor.shape()));
      }
    }
    add(rule, w, List.copyOf(pieces));
  }

  /** Adds the chunks of one variable. */
  private void cut(Optimizer rule, String name) {
    NDArray array = start.get(name).on(manager);
    arrays.put(name, array);
    int size = start.get(name).size();
    try (NDArray flat = array.reshape(size)) {
      for (int from = 0; from < size; from += largest) {
        Piece piece = new Piece(name, from, 0, Math.min(largest, size - from));
        add(rule, flat.get(new NDIndex().addSliceDim(from, from + piece.size())), List.of(piece));
      }
    }
  }

  private void add(Optimizer rule, NDArray w, List<Piece> pieces) {
    Chunk chunk = new Chunk(rule, w, pieces);
    chunks.add(chunk);
    for (Piece piece : pieces) {
      chunksOf.computeIfAbsent(piece.variable(), name -> new ArrayList<>()).add(chunk);
    }
  }

  /** Multiplies the variables by a mask, now and after every step. */
  private void project(Mask mask) {
    Map<String, Layer> pruned = new LinkedHashMap<>();
    for (Layer layer : mask.layers()) {
      if (arrays.containsKey(layer.name()) && mask.kept(layer) < layer.size()) {
        pruned.put(layer.name(), layer);
      }
    }
    for (Chunk chunk : chunks) {
      chunk.project(mask, pruned);
    }
  }

  /**
   * Returns the variables.
   *
   * @return arrays of the variables' shapes by name, in the order of the names
   */
  Map<String, NDArray> arrays() {
    return arrays;
  }

  /**
   * Updates the variables.
   *
   * @param learningRate the rate of this step
   * @param gradients passes the name and the gradient of each variable to its argument
   */
  void step(double learningRate, Consumer<BiConsumer<String, NDArray>> gradients) {
    // Of all chunks, also of those that the parametrization gives no gradient in this step.
    chunks.forEach(chunk -> chunk.moments.count());
    gradients.accept(
        (name, gradient) ->
            chunksOf.get(name).forEach(chunk -> chunk.accept(name, gradient, learningRate)));
    chunks.forEach(chunk -> chunk.finish(learningRate));
  }

  /** Copies what the optimizer keeps: tensors by moment and variable, and the number of steps. */
  State moments() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (chunks.isEmpty()) {
      return State.EMPTY;
    }
    Moments first = chunks.get(0).moments;
    for (String moment : first.arrays().keySet()) {
      Map<String, float[]> values = new LinkedHashMap<>();
      start.forEach((name, tensor) -> values.put(name, new float[tensor.size()]));
      chunks.forEach(chunk -> chunk.read(moment, values));
      values.forEach(
          (name, each) ->
              tensors.put(saved(moment, name), Tensor.adopt(start.get(name).shape(), each)));
    }
    if (first.isCounted() || saved.names().contains(STEP)) {
      // Exact in float32 up to 16.7 million steps.
      tensors.put(STEP, Tensor.of(new Shape(1), (float) first.steps()));
    }
    return State.of(tensors);
  }

  private static String saved(String moment, String variable) {
    return moment + "/" + variable;
  }

  /** A part of a variable, from a flat index on, at an index of its chunk. */
  private record Piece(String variable, int from, int at, int size) {

    /** Returns this part of an array of the chunk. */
    NDArray of(NDArray chunk) {
      return chunk.get(new NDIndex().addSliceDim(at, at + size));
    }
  }

  /** Elements that are updated together. */
  private final class Chunk {

    private final NDArray w;
    private final List<Piece> pieces;
    private final Moments moments;
    private final Optimizer.Updater updater;
    private final Map<String, NDArray> gradients = new LinkedHashMap<>();
    private final Map<Integer, NDArray> gaps = new LinkedHashMap<>();
    private NDArray mask;

    Chunk(Optimizer rule, NDArray w, List<Piece> pieces) {
      this.w = w;
      this.pieces = pieces;
      long steps = saved.names().contains(STEP) ? (long) saved.get(STEP).get(0) : 0;
      moments = new Moments(w, steps, this::restore);
      updater = rule.on(w, moments);
      for (int i = 1; i < pieces.size(); i++) {
        int gap = pieces.get(i).at() - end(pieces.get(i - 1));
        if (gap > 0) {
          gaps.computeIfAbsent(gap, size -> manager.zeros(new Shape(size), DataType.FLOAT32));
        }
      }
    }

    private static int end(Piece piece) {
      return piece.at() + piece.size();
    }

    private void restore(String moment, NDArray zeros) {
      for (Piece piece : pieces) {
        Tensor tensor = saved.tensors().get(saved(moment, piece.variable()));
        if (tensor != null) {
          try (NDArray part = piece.of(zeros)) {
            tensor.copyTo(part, piece.from());
          }
        }
      }
    }

    void read(String moment, Map<String, float[]> values) {
      float[] all = HostCopy.floats(moments.of(moment));
      for (Piece piece : pieces) {
        System.arraycopy(all, piece.at(), values.get(piece.variable()), piece.from(), piece.size());
      }
    }

    void project(Mask pruning, Map<String, Layer> pruned) {
      if (pieces.stream().noneMatch(piece -> pruned.containsKey(piece.variable()))) {
        return;
      }
      mask = manager.ones(w.getShape(), DataType.FLOAT32);
      for (Piece piece : pieces) {
        Layer layer = pruned.get(piece.variable());
        if (layer != null) {
          try (NDArray part = piece.of(mask)) {
            pruning.tensor(layer).copyTo(part, piece.from());
          }
        }
      }
      w.muli(mask);
    }

    /** Accepts a gradient, and updates the chunk if it is the last one. */
    void accept(String name, NDArray gradient, double learningRate) {
      gradients.put(name, gradient);
      if (gradients.size() == pieces.size()) {
        update(learningRate);
      }
    }

    /** Updates the variables that have a gradient, where the parametrization gave others none. */
    void finish(double learningRate) {
      if (gradients.isEmpty()) {
        return;
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        List<NDArray> changed = new ArrayList<>(moments.arrays().values());
        changed.add(w);
        List<Runnable> resets = new ArrayList<>();
        for (Piece piece : pieces) {
          if (!gradients.containsKey(piece.variable())) {
            gradients.put(piece.variable(), piece.of(w).zerosLike());
            for (NDArray array : changed) {
              NDArray before = piece.of(array).duplicate();
              resets.add(
                  () -> array.set(new NDIndex().addSliceDim(piece.at(), end(piece)), before));
            }
          }
        }
        update(learningRate);
        resets.forEach(Runnable::run);
      }
    }

    private void update(double learningRate) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        updater.step(gradient(), learningRate);
        if (mask != null) {
          w.muli(mask);
        }
      }
      gradients.clear();
    }

    private NDArray gradient() {
      NDList parts = new NDList();
      int end = 0;
      for (Piece piece : pieces) {
        if (piece.at() > end) {
          parts.add(gaps.get(piece.at() - end));
        }
        NDArray flat = gradients.get(piece.variable()).flatten();
        boolean isPart = flat.size() > piece.size();
        parts.add(
            isPart
                ? flat.get(new NDIndex().addSliceDim(piece.from(), piece.from() + piece.size()))
                : flat);
        end = end(piece);
      }
      return parts.size() == 1 ? parts.head() : NDArrays.concat(parts);
    }
  }
}
