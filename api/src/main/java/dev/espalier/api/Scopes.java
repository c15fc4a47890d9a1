// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.apiguardian.api.API;

/**
 * The scopes: two that take the planned densities, and the distributions of papers. These compute
 * densities of layers d_l with sum(d_l * size_l) = d * sum(size_l). d is the density that the
 * schedule plans for all layers together. A layer has the shape (out, in, kH, kW), or (out, in).
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Scopes {

  /** The least density of the output layer in {@link UniformPlus}. */
  private static final double OUTPUT = 0.2;

  private Scopes() {}

  /** The scope that ranks each layer alone. */
  public record Layerwise() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      return planned;
    }
  }

  /** The scope that ranks all weights together. */
  public record Global() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      return planned;
    }

    @Override
    public boolean isGlobal() {
      return true;
    }
  }

  /**
   * Erdos-Renyi: d_l is proportional to (in + out) / (in * out). Layers that would be above 1 are
   * dense. Mocanu et al., Nature Communications 2018, arXiv:1707.04780.
   */
  public record ErdosRenyi() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      return proportional(planned, Set.of(), layer -> ratio(layer, 2));
    }
  }

  /**
   * Erdos-Renyi-Kernel: d_l is proportional to (in + out + kH + kW) / (in * out * kH * kW). Layers
   * that would be above 1 are dense, and the others share the rest. Evci et al., ICML 2020,
   * arXiv:1911.11134. The paper's code makes one layer dense at a time, with the same result. It
   * rounds the number of weights of each layer first; Espalier does not.
   */
  public record ErdosRenyiKernel() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      return proportional(planned, Set.of(), layer -> ratio(layer, 4));
    }
  }

  /**
   * The same density in all layers but two: the first convolution is dense, and the output layer
   * has a density of 0.2 at least. Gale, Elsen and Hooker 2019, arXiv:1902.09574. Densities as in
   * the public code of LAMP, arXiv:2010.07611.
   */
  public record UniformPlus() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      Set<Layer> dense = new HashSet<>();
      first(planned, Layer.Kind.CONVOLUTION).ifPresent(dense::add);
      Optional<Layer> output = first(planned, Layer.Kind.OUTPUT);
      double least =
          (size(dense) + output.map(last -> OUTPUT * last.size()).orElse(0.0))
              / size(planned.keySet());
      if (kept(planned) < least * size(planned.keySet())) {
        throw new RefusedException(
            "scope",
            "uniform-plus for a density of " + kept(planned) / size(planned.keySet()),
            "a density of at least "
                + Math.ceil(1e6 * least) / 1e6
                + ", which its dense first convolution and 0.2 of the output need");
      }
      Map<Layer, Double> densities = proportional(planned, dense, layer -> 1);
      if (output.isEmpty() || densities.get(output.get()) >= OUTPUT) {
        return densities;
      }
      double rest = Math.max(0, kept(planned) - size(dense) - OUTPUT * output.get().size());
      double others = size(planned.keySet()) - size(dense) - output.get().size();
      densities.replaceAll((layer, density) -> dense.contains(layer) ? 1 : rest / others);
      densities.put(output.get(), OUTPUT);
      return densities;
    }
  }

  /** The same number of weights in all layers; smaller layers are dense. */
  public record Balanced() implements Scope {
    @Override
    public Map<Layer, Double> densities(Map<Layer, Double> planned) {
      return proportional(planned, Set.of(), layer -> 1.0 / layer.size());
    }
  }

  private static Optional<Layer> first(Map<Layer, Double> planned, Layer.Kind kind) {
    return planned.keySet().stream().filter(layer -> layer.kind() == kind).findFirst();
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
   * Computes densities e * share, where e is such that they keep the planned number of weights.
   * Layers that would be above 1 are dense, and the others share the rest.
   *
   * @param first layers that are dense in any case
   */
  private static Map<Layer, Double> proportional(
      Map<Layer, Double> planned, Set<Layer> first, ToDoubleFunction<Layer> share) {
    Set<Layer> dense = new HashSet<>(first);
    Map<Layer, Double> densities = new LinkedHashMap<>();
    do {
      double shares = 0;
      for (Layer layer : planned.keySet()) {
        shares += dense.contains(layer) ? 0 : share.applyAsDouble(layer) * layer.size();
      }
      double e = shares == 0 ? 0 : Math.max(0, kept(planned) - size(dense)) / shares;
      for (Layer layer : planned.keySet()) {
        densities.put(layer, dense.contains(layer) ? 1 : e * share.applyAsDouble(layer));
      }
    } while (dense.addAll(planned.keySet().stream().filter(l -> densities.get(l) > 1).toList()));
    return densities;
  }

  private static double kept(Map<Layer, Double> planned) {
    double kept = 0;
    for (Map.Entry<Layer, Double> layer : planned.entrySet()) {
      kept += layer.getKey().size() * layer.getValue();
    }
    return kept;
  }

  private static double size(Collection<Layer> layers) {
    return layers.stream().mapToLong(Layer::size).sum();
  }
}
