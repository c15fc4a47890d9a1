// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** K fixed numbers of each connection of a layer: its values W_k, or the first scores S_k(0). */
sealed interface SlotValues {

  /** Returns a number of one connection, computed in Java. */
  float get(int connection, int slot);

  /**
   * Creates the numbers on a device.
   *
   * @param manager the owner of the stored arrays
   * @return number k of all connections, of the layer's shape, by k; the caller closes it
   */
  IntFunction<NDArray> on(NDManager manager);

  /**
   * Separate numbers of each connection, computed at each use: U(center - radius, center + radius).
   *
   * @param shape the layer's
   * @param generators the generators by k
   * @param center the mean of the numbers
   * @param radius their largest distance from it
   */
  record Regenerated(Shape shape, List<Generator> generators, float center, double radius)
      implements SlotValues {

    @Override
    public float get(int connection, int slot) {
      return generators.get(slot).number(connection, radius) + center;
    }

    @Override
    public IntFunction<NDArray> on(NDManager manager) {
      List<Generator.OnDevice> there =
          generators.stream().map(generator -> generator.on(manager, radius)).toList();
      NDArray mean = manager.create(center);
      return slot -> there.get(slot).numbers(shape).addi(mean);
    }
  }

  /**
   * Separate numbers of each connection, stored on the device.
   *
   * @param numbers the same numbers, computed at each use
   */
  record Stored(Regenerated numbers) implements SlotValues {

    @Override
    public float get(int connection, int slot) {
      return numbers.get(connection, slot);
    }

    @Override
    public IntFunction<NDArray> on(NDManager manager) {
      float[] each = new float[Math.toIntExact(numbers.shape().size())];
      List<NDArray> stored = new ArrayList<>();
      for (int slot = 0; slot < numbers.generators().size(); slot++) {
        for (int i = 0; i < each.length; i++) {
          each[i] = get(i, slot);
        }
        stored.add(manager.create(each, numbers.shape()));
      }
      return slot -> stored.get(slot).stopGradient(); // an alias: closing it leaves the values
    }
  }

  /**
   * Values that all connections share.
   *
   * @param shape the layer's
   * @param values the values by k
   */
  record Shared(Shape shape, List<Float> values) implements SlotValues {

    /** Returns the first number of each generator, minus their mean if there are several. */
    static Shared of(Shape shape, List<Generator> generators, double sigma) {
      int k = generators.size();
      List<Float> drawn = new ArrayList<>();
      double mean = 0;
      for (Generator generator : generators) {
        float value = generator.number(0, sigma);
        drawn.add(value);
        mean += value / k;
      }
      if (k > 1) {
        double center = mean;
        drawn.replaceAll(value -> (float) (value - center));
      }
      return new Shared(shape, drawn);
    }

    @Override
    public float get(int connection, int slot) {
      return values.get(slot);
    }

    @Override
    public IntFunction<NDArray> on(NDManager manager) {
      List<NDArray> stored =
          values.stream().map(value -> Tensor.of(new Shape(1), value).on(manager)).toList();
      return slot -> stored.get(slot).broadcast(shape);
    }
  }
}
