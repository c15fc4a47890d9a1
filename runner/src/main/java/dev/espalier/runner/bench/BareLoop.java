// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Rows;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A DJL training loop written by hand, of one network. It uses the block with its parameters, DJL's
 * parameter store and loss, and one scope per step against leaks. It updates the parameters in
 * place, one by one, and clears the gradients. It computes no accuracy, reads no loss, and has no
 * masks, checkpoints or evaluations. The examples are on the device as bytes or tokens and come in
 * the engine's order.
 */
final class BareLoop implements AutoCloseable {

  private final Network network;
  private final Seed seed;
  private final int batchSize;
  private final int examples;
  private final NDManager manager;
  private final NDArray features;
  private final NDArray labels;
  private final boolean isOfTokens;
  private final NDArray scale;
  private final Rule rule;
  private final ParameterStore store;
  private final Map<String, NDArray> weights = new LinkedHashMap<>();
  private final Loss loss = Loss.softmaxCrossEntropyLoss();
  private NDArray order;
  private long iteration;

  /** An update of one parameter in place, which sets its gradient to 0. */
  interface Rule {
    void update(String name, NDArray weight, NDArray gradient);
  }

  /** Plain gradient descent. */
  static Rule sgd(NDManager manager) {
    NDArray rate = manager.create((float) Bench.LEARNING_RATE);
    return (name, weight, gradient) -> {
      weight.subi(gradient.muli(rate)); // in place: a temporary of this size costs more
      gradient.subi(gradient);
    };
  }

  /** DJL's own Adam, one native call for each parameter. */
  static Rule adam(NDManager manager) {
    float rate = (float) Bench.LEARNING_RATE;
    return Optimizer.adam().optLearningRateTracker(Tracker.fixed(rate)).build()::update;
  }

  /**
   * Creates a loop with the training examples and the state on a device; changes the arrays of the
   * network.
   */
  BareLoop(
      Network network,
      State start,
      Data data,
      Seed seed,
      int batchSize,
      Function<NDManager, Rule> rule,
      Device device) {
    this.network = network;
    this.seed = seed;
    this.batchSize = batchSize;
    examples = data.train().size();
    manager = NDManager.newBaseManager(device);
    this.rule = rule.apply(manager);
    Shape table = new Shape(examples, data.train().shape().size());
    features = manager.create(data.train().features().values(), table, data.train().type());
    Rows targets = data.train().targets();
    labels =
        manager.create(
            Arrays.stream(targets.ints()).asLongStream().toArray(),
            new Shape(examples).addAll(targets.shape()));
    isOfTokens = data.task().isOfTokens();
    scale = manager.create(1 / 255f);
    store = new ParameterStore(manager, false);
    network.load(start);
    for (Map.Entry<String, Parameter> parameter : network.parameters().entrySet()) {
      weights.put(parameter.getKey(), store.getValue(parameter.getValue(), device, true));
    }
  }

  /** Runs some steps and returns their duration in nanoseconds. */
  long steps(int steps, Clock clock) {
    long begin = clock.now();
    for (int i = 0; i < steps; i++) {
      step();
    }
    return clock.now() - begin;
  }

  private void step() {
    long perEpoch = (examples + batchSize - 1L) / batchSize;
    if (iteration % perEpoch == 0) {
      shuffle(iteration / perEpoch);
    }
    long first = iteration % perEpoch * batchSize;
    iteration++;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray rows =
          order.get(new NDIndex().addSliceDim(first, Math.min(first + batchSize, examples)));
      NDArray stored = Embedding.embedding(rows, features, SparseFormat.DENSE).singletonOrThrow();
      NDArray inputs =
          isOfTokens
              ? stored.toType(DataType.INT64, false)
              : stored.toType(DataType.FLOAT32, false).muli(scale);
      NDList x = new NDList(inputs.reshape(network.batch(rows.size())));
      NDList y = new NDList(labels.get(rows).flatten());
      try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
        NDArray logits = network.block().forward(store, x, true).singletonOrThrow();
        NDList flat = new NDList(logits.reshape(y.head().size(), -1));
        collector.backward(loss.evaluate(y, flat));
      }
    }
    // Outside the scope, which would free the moments of the rule.
    weights.forEach(
        (name, weight) -> {
          try (NDArray gradient = weight.getGradient()) {
            rule.update(name, weight, gradient);
          }
        });
  }

  private void shuffle(long epoch) {
    if (order != null) {
      order.close();
    }
    int[] permutation = seed.order(epoch, examples);
    order =
        manager.create(
            Arrays.stream(permutation).asLongStream().toArray(), new Shape(permutation.length));
  }

  /** Copies the weights to the heap. */
  Map<String, float[]> weights() {
    Map<String, float[]> copies = new LinkedHashMap<>();
    weights.forEach((name, array) -> copies.put(name, array.toFloatArray()));
    return copies;
  }

  @Override
  public void close() {
    manager.close();
  }
}
