// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Scope;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Layer.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every {@link Scope} keeps to; extend it in a plugin's tests. */
public abstract class ScopeContract {

  private static final List<Layer> LAYERS =
      List.of(
          new Layer("conv.weight", new Shape(2, 1, 3, 3), Kind.CONVOLUTION),
          new Layer("fc.weight", new Shape(4, 10), Kind.LINEAR),
          new Layer("out.weight", new Shape(3, 5), Kind.OUTPUT));

  /** For subclasses. */
  protected ScopeContract() {}

  /** The scope under test. */
  protected abstract Scope scope();

  /** The densities; empty if the scope refuses them. */
  private Optional<Map<Layer, Double>> densities(List<Layer> layers, double density) {
    try {
      return Optional.of(scope().densities(layers, density));
    } catch (RefusedException e) {
      return Optional.empty();
    }
  }

  @Test
  void densitiesAreFromZeroToOneAndNeverFallWhenThePlannedDensityRises() {
    Optional<Map<Layer, Double>> before = Optional.empty();
    for (int percent = 1; percent <= 100; percent++) {
      Optional<Map<Layer, Double>> densities = densities(LAYERS, percent / 100.0);
      assertThat(densities.isPresent() || before.isEmpty()).isTrue();
      for (Layer layer : densities.isPresent() ? LAYERS : List.<Layer>of()) {
        assertThat(densities.get().get(layer))
            .as("%s at %d %%", layer.name(), percent)
            .isBetween(0.0, 1.0)
            .isGreaterThanOrEqualTo(before.map(all -> all.get(layer)).orElse(0.0));
      }
      before = densities;
    }
    assertThat(before.orElseThrow().values()).containsOnly(1.0);
  }

  @Test
  void theOrderOfLayersDoesNotCount() {
    List<Layer> reversed = new ArrayList<>(LAYERS);
    Collections.reverse(reversed);
    for (Layer layer : LAYERS) {
      assertThat(densities(reversed, 0.4).orElseThrow().get(layer))
          .isEqualTo(densities(LAYERS, 0.4).orElseThrow().get(layer));
    }
  }

  @Test
  void isAValue() {
    assertThat(scope()).isInstanceOf(Record.class).isEqualTo(scope()).hasSameHashCodeAs(scope());
  }
}
