// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * A rule that distributes a density over the layers of a network. Implement it as a record with
 * {@link Setting}s. {@link Distributions} has those of papers.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Distribution {

  /**
   * Computes the density of each layer.
   *
   * @param layers the prunable layers
   * @param density the fraction of all their weights to keep, above 0 and at most 1
   * @return densities from 0 to 1 by layer name; the sum of density * size is {@code density} times
   *     the sum of sizes, if no layer would be above 1
   */
  Map<String, Double> densities(List<Layer> layers, double density);

  /**
   * Draws a mask: in each layer the nearest whole number to density * size, every choice equally
   * likely.
   *
   * @param layers the prunable layers
   * @param density the fraction of all their weights to keep
   * @param random the random stream, read in the order of the layers
   * @return the mask
   */
  default Mask draw(List<Layer> layers, double density, RandomStream random) {
    Map<String, Double> densities = densities(layers, density);
    return Mask.of(
        layers,
        (layer, bits) -> {
          int kept = (int) Math.round(densities.get(layer.name()) * layer.size());
          Arrays.stream(random.permutation(layer.size())).limit(kept).forEach(bits::set);
          return bits;
        });
  }
}
