// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.state.Layer;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The analysis of a mask: density, weights on paths and dead units per layer, computed without
 * training.
 *
 * <p>A weight is on a path if it is alive and a chain of living weights leads from the input
 * through it to the output. Residual sums continue paths. Living weights on no path change the
 * output only through biases. A unit is a row of a layer's weights: an output channel or neuron. It
 * is dead if none of its weights is on a path.
 *
 * @param layers each prunable layer in the network's order, without biases
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Analysis(List<OfLayer> layers) {

  /**
   * The analysis of one layer.
   *
   * @param layer the layer
   * @param kept living weights
   * @param onPath living weights on a path from input to output
   * @param deadUnits units without a weight on a path
   */
  public record OfLayer(Layer layer, int kept, int onPath, int deadUnits) {

    /**
     * Returns the fraction of weights kept.
     *
     * @return from 0 to 1
     */
    public double density() {
      return (double) kept / layer.size();
    }

    /**
     * Returns the fraction of weights kept and on a path.
     *
     * @return from 0 to 1
     */
    public double effectiveDensity() {
      return (double) onPath / layer.size();
    }

    /**
     * Returns the number of units of the layer.
     *
     * @return the number of rows of its weights
     */
    public int units() {
      return Math.toIntExact(layer.shape().get(0));
    }
  }

  /** Creates an analysis with a copy of the list. */
  public Analysis {
    layers = List.copyOf(layers);
  }

  /**
   * Returns the fraction of weights kept, over all layers.
   *
   * @return from 0 to 1
   */
  public double density() {
    return fraction(layers.stream().mapToLong(OfLayer::kept).sum());
  }

  /**
   * Returns the fraction of weights kept and on a path, over all layers.
   *
   * @return from 0 to {@link #density}
   */
  public double effectiveDensity() {
    return fraction(layers.stream().mapToLong(OfLayer::onPath).sum());
  }

  /**
   * Counts the units without a weight on a path, over all layers.
   *
   * @return their number
   */
  public long deadUnits() {
    return layers.stream().mapToLong(OfLayer::deadUnits).sum();
  }

  /**
   * Returns the layers without living weights.
   *
   * @return the layers, in the network's order
   */
  public List<Layer> empty() {
    return layers.stream().filter(of -> of.kept() == 0).map(OfLayer::layer).toList();
  }

  /**
   * Returns whether a layer other than a shortcut is empty: layer collapse. With an empty 1x1
   * shortcut, the other branch of its block remains, so this is not layer collapse.
   *
   * @return true if an ordinary layer is empty
   */
  public boolean isCollapsed() {
    return empty().stream().anyMatch(layer -> layer.kind() != Layer.Kind.SHORTCUT);
  }

  /**
   * Returns whether a path leads from the input to the output.
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
