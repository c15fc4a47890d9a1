// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.state.Seed;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What every {@link Initialiser} keeps to; extend it in a plugin's tests. */
public abstract class InitialiserContract {

  private static final List<Shape> SHAPES =
      List.of(new Shape(6, 4), new Shape(5, 3, 3, 3), new Shape(2, 1, 1, 1), new Shape(1, 7));

  /** Creates the contract. */
  protected InitialiserContract() {}

  /** Returns the initialiser under test. */
  protected abstract Initialiser initialiser();

  private float[] draw(Shape shape, int draw) {
    return initialiser().draw(shape, new Seed(1, 0).stream("init", draw));
  }

  @Test
  void drawsAFiniteValueForEveryWeightAndNotZerosAlone() {
    for (Shape shape : SHAPES) {
      float[] values = draw(shape, 0);
      assertThat(values).as(shape.toString()).hasSize((int) shape.size());
      float largest = 0;
      for (float value : values) {
        assertThat(value).isFinite();
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(largest).as(shape.toString()).isPositive();
    }
  }

  @Test
  void drawsTheSameFromTheSameStream() {
    for (Shape shape : SHAPES) {
      assertThat(draw(shape, 1)).isEqualTo(draw(shape, 1)).isNotSameAs(draw(shape, 1));
    }
  }

  @Test
  void goesOnInItsStreamWhereItDrawsAtAll() {
    Shape shape = SHAPES.get(0);
    RandomGenerator random = new Seed(1, 0).stream("init", 0);
    float[] first = initialiser().draw(shape, random);
    float[] second = initialiser().draw(shape, random);
    boolean draws =
        random.nextLong() != ((RandomGenerator) new Seed(1, 0).stream("init", 0)).nextLong();
    if (draws) {
      assertThat(second).isNotEqualTo(first);
    } else {
      assertThat(second).isEqualTo(first);
    }
  }

  @Test
  void isAValue() {
    assertThat(initialiser())
        .isInstanceOf(Record.class)
        .isEqualTo(initialiser())
        .hasSameHashCodeAs(initialiser());
  }
}
