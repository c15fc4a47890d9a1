// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.state.Layer;
import java.util.List;
import org.apiguardian.api.API;

/**
 * What a mask leaves of a network, known without any training.
 *
 * <p>A weight is on a path if it is alive and a chain of living weights leads from the input
 * through it to the output; residual sums pass on what they are given. Pruned weights aside, those
 * on no path never change what the network says, except by way of biases. A unit is a row of a
 * layer's weights: an output channel or neuron. It is dead if none of its weights is on a path.
 *
 * @param layers each prunable layer in the network's order, biases left out
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Analysis(List<OfLayer> layers) {

  /**
   * One layer.
   *
   * @param layer the layer
   * @param kept weights alive
   * @param onPath weights alive and on a path from input to output
   * @param deadUnits units without a weight on a path
   */
  public record OfLayer(Layer layer, int kept, int onPath, int deadUnits) {

    /**
     * The fraction of weights kept.
     *
     * @return from 0 to 1
     */
    public double density() {
      return (double) kept / layer.size();
    }

    /**
     * The fraction of weights kept and on a path.
     *
     * @return from 0 to 1
     */
    public double effectiveDensity() {
      return (double) onPath / layer.size();
    }

    /**
     * How many units the layer has.
     *
     * @return the number of rows of its weights
     */
    public int units() {
      return Math.toIntExact(layer.shape().get(0));
    }
  }

  /** Copies the list. */
  public Analysis {
    layers = List.copyOf(layers);
  }

  /**
   * The fraction of weights kept, over all layers.
   *
   * @return from 0 to 1
   */
  public double density() {
    return fraction(layers.stream().mapToLong(OfLayer::kept).sum());
  }

  /**
   * The fraction of weights kept and on a path, over all layers.
   *
   * @return from 0 to {@link #density}
   */
  public double effectiveDensity() {
    return fraction(layers.stream().mapToLong(OfLayer::onPath).sum());
  }

  /**
   * How many units have no weight on a path, over all layers.
   *
   * @return their number
   */
  public long deadUnits() {
    return layers.stream().mapToLong(OfLayer::deadUnits).sum();
  }

  /**
   * The layers that have lost all their weights.
   *
   * @return the layers, in the network's order
   */
  public List<Layer> empty() {
    return layers.stream().filter(of -> of.kept() == 0).map(OfLayer::layer).toList();
  }

  /**
   * Whether layers have collapsed: one that is not a shortcut is empty. An empty 1x1 shortcut
   * leaves the other branch of its block (SynFlow note: not layer collapse, but to be shown).
   *
   * @return true if an ordinary layer is empty
   */
  public boolean isCollapsed() {
    return empty().stream().anyMatch(layer -> layer.kind() != Layer.Kind.SHORTCUT);
  }

  /**
   * Whether anything of the input can reach the output.
   *
   * @return true if some weight is on a path
   */
  public boolean isConnected() {
    return layers.stream().anyMatch(of -> of.onPath() > 0);
  }

  private double fraction(long weights) {
    return (double) weights / layers.stream().mapToLong(of -> of.layer().size()).sum();
  }
}
