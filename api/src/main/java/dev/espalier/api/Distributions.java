// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Layer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.apiguardian.api.API;

/** The distributions of a density over layers in papers. A layer has shape (out, in, kH, kW). */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Distributions {

  /** The least density of the last linear layer in {@link UniformPlus}. */
  private static final double OUTPUT = 0.2;

  private Distributions() {}

  /** The same density in all layers. */
  public record Uniform() implements Distribution {
    @Override
    public Map<String, Double> densities(List<Layer> layers, double density) {
      return proportional(layers, density, Set.of(), layer -> 1);
    }
  }

  /**
   * The same density in all layers but two: the first convolution stays dense, and the output layer
   * has a density of 0.2 at least. Gale, Elsen and Hooker 2019, arXiv:1902.09574.
   */
  public record UniformPlus() implements Distribution {
    @Override
    public Map<String, Double> densities(List<Layer> layers, double density) {
      Set<Layer> dense = new HashSet<>();
      if (layers.get(0).shape().dimension() > 2) {
        dense.add(layers.get(0));
      }
      Map<String, Double> densities = proportional(layers, density, dense, layer -> 1);
      Layer last = layers.get(layers.size() - 1);
      if (last.kind() != Layer.Kind.OUTPUT || densities.get(last.name()) >= OUTPUT) {
        return densities;
      }
      List<Layer> others = new ArrayList<>(layers);
      others.remove(last);
      double rest = (density * size(layers) - OUTPUT * last.size()) / size(others);
      densities.putAll(proportional(others, Math.max(0, rest), dense, layer -> 1));
      densities.put(last.name(), OUTPUT);
      return densities;
    }
  }

  /**
   * Erdos-Renyi: the density of a layer is proportional to (in + out) / (in * out). Mocanu et al.,
   * Nature Communications 2018.
   */
  public record ErdosRenyi() implements Distribution {
    @Override
    public Map<String, Double> densities(List<Layer> layers, double density) {
      return proportional(layers, density, Set.of(), layer -> ratio(layer, 2));
    }
  }

  /**
   * Erdos-Renyi-Kernel: the density of a layer is proportional to (in + out + kH + kW) / (in * out
   * * kH * kW). Layers whose density would be above 1 are dense, and the others share the rest.
   * Evci et al., ICML 2020, arXiv:1911.11134, and their code.
   */
  public record ErdosRenyiKernel() implements Distribution {
    @Override
    public Map<String, Double> densities(List<Layer> layers, double density) {
      return proportional(layers, density, Set.of(), layer -> ratio(layer, 4));
    }
  }

  /** The same number of weights in all layers; smaller layers are dense. */
  public record Balanced() implements Distribution {
    @Override
    public Map<String, Double> densities(List<Layer> layers, double density) {
      return proportional(layers, density, Set.of(), layer -> 1.0 / layer.size());
    }
  }

  /** The sum of the first axes of a layer, divided by their product. */
  private static double ratio(Layer layer, int axes) {
    double sum = 0;
    double product = 1;
    for (int axis = 0; axis < Math.min(axes, layer.shape().dimension()); axis++) {
      sum += layer.shape().get(axis);
      product *= layer.shape().get(axis);
    }
    return sum / product;
  }

  /**
   * Computes densities e * share, where e is such that they keep the planned number of weights. The
   * layers of the largest share become dense, one after the other, until none is above 1.
   */
  private static Map<String, Double> proportional(
      List<Layer> layers, double density, Set<Layer> first, ToDoubleFunction<Layer> share) {
    Set<Layer> dense = new HashSet<>(first);
    while (true) {
      double kept = density * size(layers) - size(dense);
      double weighted = 0;
      double largest = 0;
      for (Layer layer : layers) {
        if (!dense.contains(layer)) {
          weighted += share.applyAsDouble(layer) * layer.size();
          largest = Math.max(largest, share.applyAsDouble(layer));
        }
      }
      double e = weighted == 0 ? 0 : Math.max(0, kept) / weighted;
      if (e * largest <= 1) {
        Map<String, Double> densities = new LinkedHashMap<>();
        for (Layer layer : layers) {
          densities.put(
              layer.name(), dense.contains(layer) ? 1 : e * share.applyAsDouble(layer));
        }
        return densities;
      }
      for (Layer layer : layers) {
        if (!dense.contains(layer) && share.applyAsDouble(layer) == largest) {
          dense.add(layer);
        }
      }
    }
  }

  private static double size(Iterable<Layer> layers) {
    double size = 0;
    for (Layer layer : layers) {
      size += layer.size();
    }
    return size;
  }
}
