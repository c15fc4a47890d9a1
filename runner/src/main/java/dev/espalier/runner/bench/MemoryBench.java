// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Plan;
import dev.espalier.api.Trained;
import dev.espalier.api.Training;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.TrainingEngine;
import dev.espalier.api.engine.TrainingListener;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Measures the native memory of training, in units of the dense weights of the network. The network
 * has ten equal linear layers, and batches are so small that activations hardly count.
 *
 * <p>The result is the peak of a step, the median over some, minus the smaller of the values
 * without the training, before and after it. The JVM, which compiles in the background and grows
 * with its heap, sometimes takes some megabytes. The first step is not measured. By its end the
 * buffers that brought the arrays to the device, 4 MB each, are garbage and collected; until then
 * they can exceed all else.
 *
 * <p>A bound counts the arrays as large as the weights that a training must hold. These are each
 * variable and its momentum, fixed values, the effective weights, their gradients, and one more for
 * all else. It ignores that temporaries are as large as a layer, a tenth of the weights here: a
 * network of one large layer needs several more.
 */
final class MemoryBench {

  private static final int LAYERS = 10;
  private static final int BATCH = 16;
  private static final int STEPS = 6;

  /**
   * The width of a network on which a first training shows the number of variables and loads code.
   */
  private static final int SMALL = 20;

  /** Builds networks of equal linear layers. */
  interface Towers {
    Network of(int layers, int side);
  }

  /** Creates a training for a network. */
  interface TrainingFactory {
    FirstTraining on(Network network, Data data);
  }

  /** Ends a training early and skips its result, which is as large as all its arrays. */
  private static final class StopSignal extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final long peak;

    StopSignal(long peak) {
      super("enough was seen", null, false, false);
      this.peak = peak;
    }
  }

  private final UsedMemory memory;
  private final Device device;
  private final int side;
  private final Towers towers;

  /**
   * Creates a bench on a device.
   *
   * @param memory the memory of the device
   * @param device the device
   * @param side width of the layers, or less where Java's heap is small
   * @param towers builds the networks
   */
  MemoryBench(UsedMemory memory, Device device, int side, Towers towers) {
    this.device = device;
    this.towers = towers;
    this.memory = memory;
    this.side = side;
    // PyTorch's buffers are allocated by the first products of this size, and stay.
    measure("", OptionalDouble.empty(), MemoryBench::dense);
  }

  /** Plain training: all weights, by gradient descent with momentum. */
  static FirstTraining dense(Network network, Data data) {
    return new FirstTraining(Bench.initial(network), Parametrization.dense());
  }

  static Training training() {
    return Bench.withMomentum(BATCH);
  }

  Footprint measure(String name, OptionalDouble bound, TrainingFactory trains) {
    int fits = Math.min(side, fits(variablesPerWeight(trains)));
    Data data = data(fits);
    try (Network network = towers.of(LAYERS, fits);
        TrainingEngine engine = new TrainingEngine(network, data, device)) {
      long bytes = peak(engine, network, data, trains.on(network, data));
      return new Footprint(
          name, bound, (double) bytes / Float.BYTES / network.weights(), bytes, fits);
    }
  }

  private double variablesPerWeight(TrainingFactory trains) {
    Data data = data(SMALL);
    try (Network network = towers.of(LAYERS, SMALL);
        TrainingEngine engine = new TrainingEngine(network, data, device)) {
      FirstTraining first = trains.on(network, data);
      Trained from = Trained.begin(network, first.start(), first.parametrization(), 0);
      engine.train(Bench.SEED, from, first.parametrization(), plan(data), TrainingListener.NONE);
      return from.variables().tensors().values().stream().mapToDouble(Tensor::size).sum()
          / network.weights();
    }
  }

  /** The width at which variables, a copy of them and some networks fill half of Java's heap. */
  private static int fits(double variablesPerWeight) {
    double bytes = LAYERS * Float.BYTES * (2 * variablesPerWeight + 4);
    return (int) Math.sqrt(Runtime.getRuntime().maxMemory() / 2.0 / bytes);
  }

  private long peak(TrainingEngine engine, Network network, Data data, FirstTraining first) {
    Trained from = Trained.begin(network, first.start(), first.parametrization(), 0);
    NativeMemory.release();
    engine.freeCache();
    long before = memory.bytes();
    try (Steps steps = new Steps()) {
      engine.train(Bench.SEED, from, first.parametrization(), plan(data), steps);
      throw new IllegalStateException("the training went on after its last step");
    } catch (StopSignal e) {
      NativeMemory.release();
      engine.freeCache();
      return e.peak - Math.min(before, memory.bytes());
    }
  }

  /** Measures each step but the first, and ends the training after the last. */
  private final class Steps implements TrainingListener, AutoCloseable {

    private final List<Long> peaks = new ArrayList<>();
    private Peak peak;

    @Override
    public boolean step(long iteration) {
      if (iteration == 1) {
        NativeMemory.release();
      } else {
        peaks.add(peak.bytes());
      }
      if (iteration == STEPS) {
        Collections.sort(peaks);
        throw new StopSignal(peaks.get(peaks.size() / 2));
      }
      peak = Peak.of(memory);
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
    return Bench.random(new Shape(side), side, BATCH, 0, 1);
  }
}
