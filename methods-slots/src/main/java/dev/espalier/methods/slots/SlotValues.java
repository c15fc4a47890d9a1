// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** The K fixed values W_1 ... W_K of each connection of a layer. */
sealed interface SlotValues {

  /** Returns a value of one connection, computed in Java. */
  float get(int connection, int slot);

  /**
   * Creates the values on a device.
   *
   * @param manager the owner of the stored arrays
   * @return W_k of the layer's shape by k, for the caller to close
   */
  IntFunction<NDArray> on(NDManager manager);

  /**
   * Separate values of each connection, computed at each use.
   *
   * @param shape the layer's
   * @param generators the generators of W_k by k
   * @param sigma the bound of the values
   */
  record Regenerated(Shape shape, List<Generator> generators, double sigma) implements SlotValues {

    @Override
    public float get(int connection, int slot) {
      return generators.get(slot).number(connection, sigma);
    }

    @Override
    public IntFunction<NDArray> on(NDManager manager) {
      List<Generator.OnDevice> there =
          generators.stream().map(generator -> generator.on(manager, sigma)).toList();
      return slot -> there.get(slot).numbers(shape);
    }
  }

  /**
   * Separate values of each connection, stored on the device.
   *
   * @param numbers the values
   */
  record Stored(Regenerated numbers) implements SlotValues {

    @Override
    public float get(int connection, int slot) {
      return numbers.get(connection, slot);
    }

    @Override
    public IntFunction<NDArray> on(NDManager manager) {
      Shape shape = numbers.shape();
      int size = Math.toIntExact(shape.size());
      List<NDArray> stored =
          numbers.generators().stream()
              .map(generator -> Tensor.of(shape, generator.numbers(size, numbers.sigma())))
              .map(tensor -> tensor.on(manager))
              .toList();
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
