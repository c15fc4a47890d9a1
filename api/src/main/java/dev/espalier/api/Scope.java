// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.PluginFailed;
import dev.espalier.api.state.Scores;
import dev.espalier.api.state.TrialFailed;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The division of the kept weights among layers: one ranking of all weights, or a density for each
 * layer. Implement it as a record with {@link Setting}s. {@link Scopes} has those of papers.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Scope {

  /**
   * Returns the scope that ranks each layer alone, at its planned density.
   *
   * @return the scope
   */
  static Scope layer() {
    return new Scopes.Layerwise();
  }

  /**
   * Returns the scope that ranks the weights of all layers together.
   *
   * @return the scope
   */
  static Scope global() {
    return new Scopes.Global();
  }

  /**
   * Computes the density of each layer. It must not fall when a planned density rises, so that
   * masks of later rounds lie within those before.
   *
   * @param planned the layers to prune, in the order of the network, with the density that the
   *     schedule plans for each kind of layer; layers of density 1 are left out
   * @return densities of these layers, from 0 to 1
   * @throws RefusedException if there are no such densities; the key is {@code scope}
   */
  Map<Layer, Double> densities(Map<Layer, Double> planned);

  /**
   * Returns whether one ranking covers all layers. It keeps the sum of their planned numbers, and
   * the scores decide on the density of each layer.
   *
   * @return true for one ranking; by default false
   */
  default boolean isGlobal() {
    return false;
  }

  /**
   * Computes the density of each layer for one density of all, and checks it.
   *
   * @param layers the layers to prune
   * @param density the fraction of all their weights to keep, from 0 to 1
   * @return the densities of the layers
   * @throws PluginFailed if a density is missing, or not from 0 to 1
   * @throws RefusedException if there are no such densities
   */
  default Map<Layer, Double> densities(List<Layer> layers, double density) {
    Map<Layer, Double> planned = new LinkedHashMap<>();
    layers.forEach(layer -> planned.put(layer, density));
    return Densities.divided(this, planned);
  }

  /**
   * Prunes to one density of all weights, with exact counts; see {@link Pruning#prune}.
   *
   * @param scores the scores of the living weights
   * @param alive the weights alive before
   * @param density the fraction of all weights to keep, dead ones included, from 0 to 1
   * @return a new mask within {@code alive}
   * @throws PluginFailed if a density of this scope is not from 0 to 1
   * @throws TrialFailed if a score is not a number
   */
  default Mask prune(Scores scores, Mask alive, double density) {
    Map<Layer, Double> densities = densities(scores.layers(), density);
    return scores.prune(alive, layer -> 1, densities::get, isGlobal(), TieRule.EXACT::prune);
  }
}
