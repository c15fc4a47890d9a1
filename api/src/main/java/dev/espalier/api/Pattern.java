// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The pattern of the kept weights inside a layer, such as whole blocks, or two of every four.
 * Implement it as a record with {@link Setting}s. {@link dev.espalier.api.structure.NOfM} and
 * {@link dev.espalier.api.structure.Blocks} are patterns.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Pattern {

  /**
   * Returns no pattern: every weight is kept or removed alone.
   *
   * @return the pattern
   */
  static Pattern unstructured() {
    return new Unstructured();
  }

  /** A pruning that a pattern adapts: scope, densities and tie rule are given. */
  @FunctionalInterface
  interface Rule {

    /**
     * Removes the elements of the lowest scores, down to the density of each layer.
     *
     * @param scores the scores; a layer may have another shape than in the network, such as one
     *     element per block, and layers may be missing
     * @param alive the elements alive before, of the same layers
     * @return a mask of these layers within {@code alive}
     */
    Mask prune(Scores scores, Mask alive);
  }

  /**
   * Prunes so that the kept weights have this pattern.
   *
   * @param scores the scores of the living weights
   * @param alive the weights alive before
   * @param rule removes elements; a layer's name decides on its density
   * @return a new mask of all layers within {@code alive}
   */
  Mask prune(Scores scores, Mask alive, Rule rule);

  /**
   * Checks the densities of the last round, before any computation.
   *
   * @param densities the density of each layer
   * @param refusals collects the errors, by the keys of the pattern's settings
   */
  default void check(Map<Layer, Double> densities, Refusals refusals) {}

  /** The pattern of single weights. */
  record Unstructured() implements Pattern {
    @Override
    public Mask prune(Scores scores, Mask alive, Rule rule) {
      return rule.prune(scores, alive);
    }
  }
}
