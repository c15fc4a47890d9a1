// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The leaves that second derivatives are taken with respect to, kept for the life of the process
 * and used again.
 *
 * <p>A gradient that can be differentiated again refers to its graph, and the graph to its leaves:
 * a cycle that PyTorch never frees. Leaves made anew would be lost with their gradients each time;
 * these are lost once. What is lost with each use is the bare graph, some bytes an operation.
 */
final class HessianLeaves {

  private record Key(Device device, DataType type, Shape shape, int number) {}

  private static final NDManager MANAGER = NDManager.newBaseManager();
  private static final Map<Key, NDArray> LEAVES = new HashMap<>();

  private HessianLeaves() {}

  /**
   * Leaves of the values of some arrays, without gradients, each the caller's until the next call.
   */
  static synchronized Map<String, NDArray> of(Map<String, NDArray> arrays) {
    Map<Key, Integer> used = new HashMap<>();
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          Key first = new Key(array.getDevice(), array.getDataType(), array.getShape(), 0);
          int number = used.merge(first, 1, Integer::sum);
          Key key = new Key(first.device(), first.type(), first.shape(), number);
          NDArray leaf = LEAVES.computeIfAbsent(key, k -> create(k));
          leaf.setRequiresGradient(false);
          copy(array, leaf);
          leaf.setRequiresGradient(true);
          // Not by subtraction: what is not finite would stay.
          try (NDArray gradient = leaf.getGradient();
              NDArray zeros = gradient.zerosLike()) {
            copy(zeros, gradient);
          }
          leaves.put(name, leaf);
        });
    return leaves;
  }

  /**
   * In place, on the device; DJL's copyTo would give the target other memory, by way of the host.
   */
  private static void copy(NDArray from, NDArray to) {
    try (NDArray source = from.reshape(from.size());
        NDArray target = to.reshape(to.size())) {
      target.set(new NDIndex().addSliceDim(0, from.size()), source);
    }
  }

  private static NDArray create(Key key) {
    NDArray leaf = MANAGER.create(key.shape(), key.type(), key.device());
    NDScope.unregister(leaf);
    return leaf;
  }
}
