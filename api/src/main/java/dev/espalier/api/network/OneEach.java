// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Parts of a network in places that each have to keep one, such as weights in layers or channels in
 * groups.
 *
 * @param parts what the parts are and whose, such as {@code weights of vgg-11}
 * @param total how many parts there are
 * @param places what the places are, such as {@code layers}
 * @param least how many places there are
 */
@API(status = API.Status.STABLE, since = "0.1")
public record OneEach(String parts, long total, String places, int least) {

  /**
   * Returns the weights of some layers, of which each prunable layer of the network has to keep
   * one.
   *
   * @param network the network
   * @param layers what may be pruned: its layers, and perhaps its biases
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
   * Refuses a fraction that keeps fewer parts than there are places.
   *
   * @param key the key of the fraction
   * @param fraction the fraction to keep or to remove
   * @param kept how many parts it keeps
   * @param allowed the fractions that are allowed
   * @param refusals collects what is refused
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
