// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Data;
import dev.espalier.api.Initialiser;
import dev.espalier.api.Layer;
import dev.espalier.api.Network;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Tensor;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.train.TrainingEngine;
import dev.espalier.api.train.Watcher;
import dev.espalier.runner.models.Mlp;
import java.util.Collections;
import java.util.OptionalDouble;
import java.util.function.BiFunction;

/**
 * The native memory that training takes at its peak, in units of the dense weights of the network:
 * ten equal linear layers, and batches so small that activations hardly count.
 *
 * <p>What is quoted is how much more there is during some steps than before the training began.
 * Looking starts behind the first step: the buffers by way of which arrays get to the device are
 * garbage of Java's by then, and say nothing of a step.
 *
 * <p>A bound counts what a training must hold, in arrays as large as the weights: each variable and
 * its momentum, fixed values, the effective weights and their gradients, and one for all else. It
 * leaves out temporaries as large as the largest layer, a tenth of the weights here, of which a
 * network of one large layer sees more.
 */
final class MemoryBench {

  private static final int LAYERS = 10;
  private static final int BATCH = 16;
  private static final int STEPS = 6;

  /** A network on which a training shows how many variables it has, and gets its code loaded. */
  private static final int SMALL = 20;

  /** What a training does with a network and its data. */
  interface Trains extends BiFunction<Network, Data, FirstTraining> {}

  /** Ends a training whose result, as large as all it holds, nobody wants. */
  private static final class Enough extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final long peak;

    Enough(long peak) {
      super("enough was seen", null, false, false);
      this.peak = peak;
    }
  }

  private final NativeMemory memory;
  private final int side;

  /**
   * A bench on the CPU.
   *
   * @param memory what to look at
   * @param side width of the layers, or less where Java's heap is small
   */
  MemoryBench(NativeMemory memory, int side) {
    this.memory = memory;
    this.side = side;
    // PyTorch's own buffers come with the first products of this size, and stay.
    measure("", OptionalDouble.empty(), MemoryBench::dense);
  }

  /** Plain training: all weights, by gradient descent with momentum. */
  static FirstTraining dense(Network network, Data data) {
    return new FirstTraining(
        network.initial(Bench.SEED.stream("init", 0)), Parametrization.dense());
  }

  static Training training() {
    return Bench.withMomentum(BATCH);
  }

  Footprint measure(String name, OptionalDouble bound, Trains trains) {
    int fits = Math.min(side, fits(variablesPerWeight(trains)));
    Data data = data(fits);
    try (Network network = tower(fits);
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu())) {
      long bytes = peak(engine, network, data, trains.apply(network, data));
      return new Footprint(
          name, bound, (double) bytes / Float.BYTES / weights(network), bytes, fits);
    }
  }

  private static double variablesPerWeight(Trains trains) {
    Data data = data(SMALL);
    try (Network network = tower(SMALL);
        TrainingEngine engine = new TrainingEngine(network, data, Device.cpu())) {
      FirstTraining first = trains.apply(network, data);
      Trained from = Trained.begin(network, first.start(), first.parametrization(), 0);
      engine.train(Bench.SEED, from, first.parametrization(), plan(data), Watcher.NONE);
      return from.variables().tensors().values().stream().mapToDouble(Tensor::size).sum()
          / weights(network);
    }
  }

  /** The width at which variables, a copy of them and a few networks take half of Java's heap. */
  private static int fits(double variablesPerWeight) {
    double bytes = LAYERS * Float.BYTES * (2 * variablesPerWeight + 4);
    return (int) Math.sqrt(Runtime.getRuntime().maxMemory() / 2.0 / bytes);
  }

  private long peak(TrainingEngine engine, Network network, Data data, FirstTraining first) {
    Trained from = Trained.begin(network, first.start(), first.parametrization(), 0);
    NativeMemory.release();
    long before = memory.bytes();
    try (Steps steps = new Steps()) {
      engine.train(Bench.SEED, from, first.parametrization(), plan(data), steps);
      throw new IllegalStateException("the training went on after its last step");
    } catch (Enough e) {
      return e.peak - before;
    }
  }

  /** Looks from the end of the first step to the end of the last. */
  private final class Steps implements Watcher, AutoCloseable {

    private Peak peak;

    @Override
    public boolean step(long iteration) {
      if (iteration == 1) {
        NativeMemory.release();
        peak = Peak.of(memory);
      } else if (iteration == STEPS) {
        throw new Enough(peak.bytes());
      }
      return false;
    }

    @Override
    public void close() {
      if (peak != null) {
        peak.close();
      }
    }
  }

  private static Plan plan(Data data) {
    return Plan.of(training(), data.train().size()).until(STEPS);
  }

  private static Data data(int side) {
    return Bench.random(new Shape(side), side, BATCH, 1);
  }

  private static Network tower(int side) {
    return new Mlp(Collections.nCopies(LAYERS - 1, side), Initialiser.KAIMING_NORMAL)
        .build(new Shape(side), side);
  }

  private static long weights(Network network) {
    return network.layers().stream().mapToLong(Layer::size).sum();
  }
}
