// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
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
 * <p>Path analysis does not hold for every network. Where it misses weights of the dense network,
 * or fails, all numbers on paths are empty.
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
   * @param onPath living weights on a path from input to output; empty if it is unknown
   * @param deadUnits units without a weight on a path; empty with {@code onPath}
   */
  public record OfLayer(Layer layer, int kept, OptionalInt onPath, OptionalInt deadUnits) {

    /** Creates the analysis of a layer, and checks that both numbers on paths are there or none. */
    public OfLayer {
      if (onPath.isPresent() != deadUnits.isPresent()) {
        throw new IllegalArgumentException(
            layer.name()
                + ": found "
                + onPath
                + " and "
                + deadUnits
                + ", allowed are both or none");
      }
    }

    /**
     * Creates the analysis of a layer.
     *
     * @param layer the layer
     * @param kept living weights
     * @param onPath living weights on a path from input to output
     * @param deadUnits units without a weight on a path
     */
    public OfLayer(Layer layer, int kept, int onPath, int deadUnits) {
      this(layer, kept, OptionalInt.of(onPath), OptionalInt.of(deadUnits));
    }

    /**
     * Creates the analysis of a layer whose paths are unknown.
     *
     * @param layer the layer
     * @param kept living weights
     */
    public OfLayer(Layer layer, int kept) {
      this(layer, kept, OptionalInt.empty(), OptionalInt.empty());
    }

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
     * @return from 0 to 1; empty if it is unknown
     */
    public OptionalDouble effectiveDensity() {
      return onPath.isEmpty()
          ? OptionalDouble.empty()
          : OptionalDouble.of((double) onPath.getAsInt() / layer.size());
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
   * Creates the analysis of a mask for a network whose paths are unknown.
   *
   * @param layers each prunable layer in the network's order, without biases
   * @param mask the mask
   * @return an analysis without numbers on paths
   */
  public static Analysis withoutPaths(List<Layer> layers, Mask mask) {
    return new Analysis(
        layers.stream().map(layer -> new OfLayer(layer, mask.kept(layer))).toList());
  }

  /**
   * Returns whether the numbers on paths are known.
   *
   * @return false if path analysis does not hold for the network
   */
  public boolean hasPaths() {
    return layers.stream().allMatch(of -> of.onPath().isPresent());
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
   * @return from 0 to {@link #density}; empty if it is unknown
   */
  public OptionalDouble effectiveDensity() {
    return hasPaths() ? OptionalDouble.of(fraction(sum(OfLayer::onPath))) : OptionalDouble.empty();
  }

  /**
   * Counts the units without a weight on a path, over all layers.
   *
   * @return their number; empty if it is unknown
   */
  public OptionalLong deadUnits() {
    return hasPaths() ? OptionalLong.of(sum(OfLayer::deadUnits)) : OptionalLong.empty();
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
   * Returns whether a path leads from the input to the output, as far as it is known.
   *
   * @return true if some weight is on a path, or if the paths are unknown
   */
  public boolean isConnected() {
    return layers.stream().anyMatch(of -> of.onPath().orElse(1) > 0);
  }

  private long sum(Function<OfLayer, OptionalInt> number) {
    return layers.stream().map(number).mapToLong(OptionalInt::getAsInt).sum();
  }

  private double fraction(long weights) {
    return (double) weights / layers.stream().mapToLong(of -> of.layer().size()).sum();
  }
}
