// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

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
 * The leaves of second derivatives: zeros that are added to the differentiated values. They are
 * reused for the lifetime of the process.
 *
 * <p>A gradient that can be differentiated again refers to its graph, and the graph to its leaves:
 * a cycle that PyTorch never frees. New leaves for each use would leak together with their
 * gradients. These need one number each and a gradient of their shape; each use leaks only the
 * graph, some bytes per operation.
 */
final class HessianLeaves {

  private record Key(Device device, DataType type, Shape shape, int number) {}

  /** A manager for each device: another one's would open a sub-manager for every array. */
  private static final Map<Device, NDManager> MANAGERS = new HashMap<>();

  private static final Map<Key, NDArray> LEAVES = new HashMap<>();

  private HessianLeaves() {}

  /** Returns zeros of the shapes of some arrays, with gradients 0, valid until the next call. */
  static synchronized Map<String, NDArray> like(Map<String, NDArray> arrays) {
    Map<Key, Integer> used = new HashMap<>();
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          Key first = new Key(array.getDevice(), array.getDataType(), array.getShape(), 0);
          int number = used.merge(first, 1, Integer::sum);
          Key key = new Key(first.device(), first.type(), first.shape(), number);
          NDArray leaf = LEAVES.computeIfAbsent(key, k -> create(k));
          leaf.setRequiresGradient(true);
          clear(leaf);
          leaves.put(name, leaf);
        });
    return leaves;
  }

  /**
   * Sets a leaf's gradient to 0, without a subtraction, which would keep values that are not
   * finite.
   */
  private static void clear(NDArray leaf) {
    try (NDArray gradient = leaf.getGradient();
        NDArray flat = gradient.reshape(gradient.size());
        NDArray zero = manager(leaf.getDevice()).zeros(new Shape(1), leaf.getDataType());
        NDArray zeros = zero.broadcast(flat.getShape())) {
      flat.set(new NDIndex().addSliceDim(0, flat.size()), zeros);
    }
  }

  private static NDManager manager(Device device) {
    return MANAGERS.computeIfAbsent(device, NDManager::newBaseManager);
  }

  /** Creates a leaf: one 0, broadcast to the shape. */
  private static NDArray create(Key key) {
    try (NDArray zero = manager(key.device()).zeros(new Shape(1), key.type());
        NDArray zeros = zero.broadcast(key.shape())) {
      NDArray leaf = zeros.stopGradient();
      NDScope.unregister(leaf);
      return leaf;
    }
  }
}
