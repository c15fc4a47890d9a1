// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Criterion;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.Trial;
import dev.espalier.api.Weights;
import dev.espalier.api.contract.TinyProblem;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Linear layers with ReLU between, on the tiny problem, and what tests ask of it. */
final class Chain implements AutoCloseable {

  static final Seed SEED = new Seed(11, 0);

  final Network network;
  final Data data;
  final TrainingEngine engine;
  final State state;

  /** Layers of the given widths, and the output. */
  Chain(boolean biases, int... hidden) {
    this(TinyProblem.data(60, 0, 0), biases, hidden);
  }

  Chain(Data data, boolean biases, int... hidden) {
    this.data = data;
    NamedBlocks block = new NamedBlocks().add(Blocks.batchFlattenBlock());
    for (int width : hidden) {
      block
          .add("fc", Linear.builder().setUnits(width).optBias(biases).build())
          .add(Activation::relu);
    }
    block.add("out", Linear.builder().setUnits(data.classes()).optBias(biases).build());
    network = Network.builder("chain", block, data.train().shape()).build();
    engine = new TrainingEngine(network, data, Device.cpu());
    state = network.initial(SEED.stream("init", 0));
  }

  @Override
  public void close() {
    engine.close();
    network.close();
  }

  Mask dense() {
    return Mask.dense(network.layers());
  }

  Scoring scoring(State weights, Mask mask) {
    return Scoring.of(
        new Trial.Context(network, SEED, Set.of()),
        data,
        new Weights(weights, weights, mask),
        engine);
  }

  Scores score(Criterion criterion) {
    return score(criterion, state, dense());
  }

  Scores score(Criterion criterion, State weights, Mask mask) {
    return criterion.score(scoring(weights, mask));
  }

  /** Scores by a loss multiplied by a number. */
  Scores scoreScaled(Criterion criterion, double a) {
    return scoreThrough(
        criterion,
        of ->
            new Wrapped(of) {
              @Override
              public NDArray loss(NDArray logits, int... rows) {
                return of.loss(logits, rows).mul(of.number(a));
              }
            });
  }

  /** Scores, and tells which training examples are looked at, one array a look. */
  Scores scoreWatched(Criterion criterion, List<int[]> looks) {
    return scoreThrough(
        criterion,
        of ->
            new Wrapped(of) {
              @Override
              public NDArray features(int... rows) {
                looks.add(rows.clone());
                return of.features(rows);
              }
            });
  }

  private Scores scoreThrough(Criterion criterion, UnaryOperator<Gradients> wrapper) {
    return criterion.score(
        Scoring.of(
            new Trial.Context(network, SEED, Set.of()),
            data,
            new Weights(state, state, dense()),
            (scoring, weights, precision, batchNorm) ->
                wrapper.apply(engine.at(scoring, weights, precision, batchNorm))));
  }

  Gradients at(State weights) {
    return at(weights, dense());
  }

  Gradients at(State weights, Mask mask) {
    return scoring(weights, mask).at(weights, DataType.FLOAT64, BatchNorm.RUNNING);
  }

  /** The state with every weight of some layer changed. */
  State with(State weights, Layer layer, DoubleUnaryOperator change) {
    Tensor before = weights.get(layer.name());
    float[] values = new float[before.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) change.applyAsDouble(before.get(i));
    }
    return weights.with(State.of(Map.of(layer.name(), Tensor.of(layer.shape(), values))));
  }

  static Map<String, double[]> doubles(Map<String, NDArray> arrays) {
    Map<String, double[]> doubles = new LinkedHashMap<>();
    arrays.forEach((name, array) -> doubles.put(name, Gradients.doubles(array)));
    return doubles;
  }

  static double[] all(Scores scores) {
    return scores.layers().stream()
        .flatMapToDouble(layer -> java.util.Arrays.stream(scores.of(layer)))
        .toArray();
  }

  List<Layer> layers() {
    return network.layers();
  }

  private static class Wrapped implements Gradients {

    private final Gradients of;

    Wrapped(Gradients of) {
      this.of = of;
    }

    @Override
    public NDManager manager() {
      return of.manager();
    }

    @Override
    public NDArray number(double number) {
      return of.number(number);
    }

    @Override
    public NDArray features(int... rows) {
      return of.features(rows);
    }

    @Override
    public NDArray outputs(NDArray features) {
      return of.outputs(features);
    }

    @Override
    public NDArray loss(NDArray outputs, int... rows) {
      return of.loss(outputs, rows);
    }

    @Override
    public Map<String, NDArray> of(List<Supplier<NDArray>> terms) {
      return of.of(terms);
    }

    @Override
    public Map<String, NDArray> hessianTimes(
        Map<String, NDArray> v, List<Supplier<NDArray>> terms) {
      return of.hessianTimes(v, terms);
    }

    @Override
    public void close() {
      of.close();
    }
  }
}
