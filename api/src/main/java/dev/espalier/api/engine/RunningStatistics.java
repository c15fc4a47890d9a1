// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Plan;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The running statistics of batch norm as plain means over batches. A block replaces its statistics
 * r by m r + (1 - m) b in a pass, where b are those of the batch. From r = 0 it gives (1 - m) b. Of
 * the first batch a second pass from r = c gives m, which blocks do not tell.
 */
final class RunningStatistics {

  /** c: large, so that the rounding of float32 does not matter. */
  private static final float PROBE = 1 << 20;

  private final Network network;
  private final DeviceExamples train;
  private final NDManager manager;
  private final List<String> names;

  RunningStatistics(Network network, DeviceExamples train, NDManager manager) {
    this.network = network;
    this.train = train;
    this.manager = manager;
    names = network.statistics();
  }

  /** The means over the batches of epoch 0, without augmentation. */
  State mean(State state, Plan plan, Seed seed) {
    int[] order = seed.order(0, train.size());
    int size = plan.training().batchSize();
    try (NDManager session = manager.newSubManager()) {
      EffectiveParameters parameters = new EffectiveParameters(network, session);
      state.tensors().forEach((name, tensor) -> parameters.put(name, tensor.on(session)));
      List<double[]> sums = new ArrayList<>();
      List<double[]> shares = new ArrayList<>(); // 1 - m
      for (int batch = 0; batch < plan.perEpoch(); batch++) {
        int[] rows =
            Arrays.copyOfRange(order, batch * size, Math.min((batch + 1) * size, order.length));
        int dropout = seed.stream("dropout", batch).nextInt();
        List<float[]> found = pass(parameters, 0, dropout, rows);
        if (batch == 0) {
          List<float[]> moved = pass(parameters, PROBE, dropout, rows);
          for (int i = 0; i < names.size(); i++) {
            sums.add(new double[found.get(i).length]);
            shares.add(shares(found.get(i), moved.get(i)));
          }
        }
        for (int i = 0; i < names.size(); i++) {
          add(sums.get(i), found.get(i));
        }
      }
      return means(state, sums, shares, plan.perEpoch());
    }
  }

  private State means(State state, List<double[]> sums, List<double[]> shares, long batches) {
    Map<String, Tensor> means = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      float[] mean = new float[sums.get(i).length];
      for (int j = 0; j < mean.length; j++) {
        mean[j] = (float) (sums.get(i)[j] / shares.get(i)[j] / batches);
      }
      means.put(names.get(i), Tensor.adopt(state.get(names.get(i)).shape(), mean));
    }
    return State.of(means);
  }

  private static void add(double[] sum, float... values) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += values[j];
    }
  }

  private static double[] shares(float[] found, float... moved) {
    double[] shares = new double[found.length];
    Arrays.setAll(shares, j -> 1 - ((double) moved[j] - found[j]) / PROBE);
    return shares;
  }

  /** The statistics after a pass that begins with equal ones. */
  private List<float[]> pass(
      EffectiveParameters parameters, float begin, int dropout, int... indices) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (String name : names) {
        Shape shape = network.parameters().get(name).getArray().getShape();
        parameters.put(name, manager.full(shape, begin));
      }
      NDArray rows =
          manager.create(
              Arrays.stream(indices).asLongStream().toArray(), new Shape(indices.length));
      manager.getEngine().setRandomSeed(dropout);
      network.block().forward(parameters, new NDList(train.features(rows)), true);
      return names.stream().map(name -> HostCopy.floats(parameters.get(name))).toList();
    }
  }
}
