// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A constraint: each place in a network must keep one part, such as each layer a weight or each
 * group a channel.
 *
 * @param parts the name of the parts, such as {@code weights of vgg-11}
 * @param total the number of parts
 * @param places the name of the places, such as {@code layers}
 * @param least the number of places
 */
@API(status = API.Status.STABLE, since = "0.1")
public record OneEach(String parts, long total, String places, int least) {

  /**
   * Returns the weights of some layers, of which each prunable layer of the network must keep one.
   *
   * @param network the network
   * @param layers the prunable tensors: its layers, with or without its biases
   * @return the weights
   */
  public static OneEach weights(Network network, List<Layer> layers) {
    long total = layers.stream().mapToLong(Layer::size).sum();
    return new OneEach("weights of " + network.name(), total, "layers", network.layers().size());
  }

  /**
   * Returns the least fraction that can be kept.
   *
   * @return least / total, rounded up to six digits after the point
   */
  public double leastKept() {
    return Math.ceil(1e6 * least / total) / 1e6;
  }

  /**
   * Returns the largest fraction that can be removed.
   *
   * @return 1 - least / total, rounded down to six digits after the point
   */
  public double mostRemoved() {
    return Math.floor(1e6 * (total - least) / total) / 1e6;
  }

  /**
   * Checks that a fraction keeps at least one part per place.
   *
   * @param key the key of the fraction
   * @param fraction the fraction to keep or to remove
   * @param kept the number of parts that it keeps
   * @param allowed the allowed fractions
   * @param refusals collects the errors
   */
  public void check(String key, double fraction, long kept, String allowed, Refusals refusals) {
    if (kept < least) {
      refusals.add(
          key,
          fraction + ", which keeps " + kept + " of the " + total + " " + parts,
          allowed + ", one for each of " + least + " " + places);
    }
  }
}
