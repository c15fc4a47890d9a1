// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import dev.espalier.api.Pattern;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * The pattern n:m: of every m weights that follow each other along the inputs, n are kept, those of
 * the highest scores. The groups of a convolution are input channels at one position of the kernel.
 * Layers whose number of inputs is no multiple of m stay dense, and so do biases.
 *
 * <p>A density above n/m is allowed before the last round: each group keeps its n highest weights,
 * and the others compete as the scope says. At the density n/m each group keeps exactly n. No
 * density and no tie rule removes more.
 *
 * <p>A. Mishra et al., "Accelerating Sparse Deep Neural Networks", 2021, arXiv:2104.08378. Groups
 * as in NVIDIA's code ASP, in the repository apex. ASP also leaves layers dense whose sizes do not
 * suit the hardware, (out, in) other than multiples of (8, 16).
 *
 * @param n the kept number
 * @param m the size of a group
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record NOfM(
    @Setting(value = "kept weights of each group", defaults = "2", range = "[1, inf)") int n,
    @Setting(value = "weights of a group, along the inputs", defaults = "4", range = "[2, inf)")
        int m)
    implements Pattern {

  /** Creates the pattern and checks that n is below m. */
  public NOfM {
    Ranges.check(NOfM.class, n, m);
    if (n >= m) {
      throw new RefusedException("n", n, "less than m, " + m);
    }
  }

  @Override
  public Mask prune(Scores scores, Mask alive, Rule rule) {
    List<Layer> grouped = scores.layers().stream().filter(this::isGrouped).toList();
    Map<Layer, BitSet> highest = new HashMap<>();
    grouped.forEach(layer -> highest.put(layer, highest(scores.of(layer), alive, layer)));
    Scores ranked =
        Scores.of(
            grouped,
            layer -> {
              double[] values = scores.of(layer);
              highest.get(layer).stream().forEach(i -> values[i] = Double.POSITIVE_INFINITY);
              return values;
            });
    Mask living = Mask.of(grouped, (layer, bits) -> alive.alive(layer));
    Mask pruned = rule.prune(ranked, living);
    return Mask.of(
        scores.layers(),
        (layer, bits) -> {
          if (!isGrouped(layer)) {
            return alive.alive(layer);
          }
          bits.or(pruned.alive(layer));
          bits.or(highest.get(layer)); // a tie rule may remove all that score alike
          return bits;
        });
  }

  /** The n living weights of the highest scores in each group; of equal scores the last. */
  private BitSet highest(double[] scores, Mask alive, Layer layer) {
    Matrices matrices = Matrices.of(layer);
    BitSet living = alive.alive(layer);
    BitSet highest = new BitSet(layer.size());
    Comparator<Integer> order =
        Comparator.<Integer>comparingDouble(i -> scores[i]).thenComparing(i -> i);
    TreeSet<Integer> group = new TreeSet<>(order);
    for (int row = 0; row < matrices.out(); row++) {
      for (int position = 0; position < matrices.positions(); position++) {
        for (int column = 0; column < matrices.in(); column++) {
          int i = matrices.index(row, column, position);
          if (living.get(i)) {
            group.add(i);
          }
          if (group.size() > n) {
            group.pollFirst();
          }
          if (column % m == m - 1) {
            group.forEach(highest::set);
            group.clear();
          }
        }
      }
    }
    return highest;
  }

  private boolean isGrouped(Layer layer) {
    return layer.shape().dimension() > 1 && layer.shape().get(1) % m == 0;
  }

  @Override
  public void check(Map<Layer, Double> densities, Refusals refusals) {
    int grouped = 0;
    for (Map.Entry<Layer, Double> entry : densities.entrySet()) {
      Layer layer = entry.getKey();
      double density = entry.getValue();
      if (isGrouped(layer) && density < 1) {
        grouped++;
        if (Math.round(density * layer.size()) != (long) layer.size() / m * n) {
          refusals.add(
              "n",
              n + ":" + m + " for the density " + density + " of " + layer.name(),
              "the density " + n + "/" + m + " in the last round",
              "Plan the density " + (double) n / m + " for each layer, or use another pattern");
          return;
        }
      } else if (!isGrouped(layer)) {
        refusals.warn(
            "m",
            m + " for " + layer.name() + " of shape " + layer.shape(),
            "which leaves it dense, because its number of inputs is no multiple of " + m,
            "Choose another m, if it must be pruned");
      }
    }
    if (grouped == 0) {
      refusals.add("m", m, "one that divides the number of inputs of a layer to prune");
    }
  }
}
