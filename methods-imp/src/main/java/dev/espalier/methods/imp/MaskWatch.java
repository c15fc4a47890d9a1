// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Watches masks settle, and ends a training when one has. At the start of every epoch e and for
 * every sparsity it makes a mask m_e, without touching the weights, and compares it with those
 * before it in a window of W masks, of |m| bits each:
 *
 * <pre>
 * d_i = |{j : m_e[j] != m_i[j]}| / |m|     i = e - W + 1 ... e - 1
 * drawn if d_i &lt;= epsilon for all i
 * </pre>
 *
 * <p>So the first possible draw is at e = W - 1. A mask that keeps nothing, as when all scales are
 * still equal, is not compared, and never drawn.
 *
 * <p>It remembers {@code masks/p/i}, the last W masks of sparsity p, the oldest first, with {@value
 * #BITS} bits in each float32, which holds so many exactly, and {@code distances/p/e}, the largest
 * d_i of epoch e.
 *
 * @param level what the masks are of
 * @param sparsities those not drawn yet, each watched by itself
 * @param distance epsilon
 * @param window W
 * @param perEpoch iterations per epoch
 */
public record MaskWatch(
    EarlyBirdLevel level, List<Double> sparsities, double distance, int window, long perEpoch)
    implements EpochMonitor {

  private static final int BITS = 24;

  /** Copies the list. */
  public MaskWatch {
    sparsities = List.copyOf(sparsities);
  }

  @Override
  public State look(Network network, Trained trained) {
    Map<String, Tensor> seen = new LinkedHashMap<>();
    for (double p : sparsities) {
      BitSet newest = level.mask(network, trained.state(), p);
      List<BitSet> fifo = masks(trained.seen(), p);
      if (fifo.size() == window) {
        fifo.remove(0);
      }
      under(trained.seen(), distances(p)).forEach((e, d) -> seen.put(distances(p) + e, d));
      if (fifo.size() == window - 1 && !newest.isEmpty()) {
        int size = level.size(network);
        double largest =
            fifo.stream().mapToDouble(m -> distance(newest, m, size)).max().orElseThrow();
        seen.put(
            distances(p) + trained.iteration() / perEpoch, Tensor.of(new Shape(), (float) largest));
      }
      fifo.add(newest);
      for (int i = 0; i < fifo.size(); i++) {
        seen.put(masks(p) + i, packed(fifo.get(i), level.size(network)));
      }
    }
    return State.of(seen);
  }

  @Override
  public boolean isEnough(State seen) {
    return !drawn(seen).isEmpty();
  }

  /** The sparsities whose mask has settled. */
  List<Double> drawn(State seen) {
    return sparsities.stream()
        .filter(p -> distances(seen, p).values().stream().anyMatch(d -> d <= (float) distance))
        .toList();
  }

  /** The last masks of a sparsity, the oldest first. */
  static List<BitSet> masks(State seen, double p) {
    List<BitSet> masks = new ArrayList<>();
    while (seen.names().contains(masks(p) + masks.size())) {
      masks.add(unpacked(seen.get(masks(p) + masks.size())));
    }
    return masks;
  }

  /** The largest distance to an older mask by epoch, from the first that had enough of them. */
  static Map<Long, Float> distances(State seen, double p) {
    Map<Long, Float> distances = new LinkedHashMap<>();
    under(seen, distances(p)).forEach((e, d) -> distances.put(Long.valueOf(e), d.get(0)));
    return distances;
  }

  /** The normalised Hamming distance: the fraction of bits that differ. */
  static double distance(BitSet one, BitSet other, int size) {
    BitSet differing = (BitSet) one.clone();
    differing.xor(other);
    return (double) differing.cardinality() / size;
  }

  static Tensor packed(BitSet mask, int size) {
    float[] packed = new float[(size + BITS - 1) / BITS];
    mask.stream().forEach(i -> packed[i / BITS] += 1 << i % BITS);
    return Tensor.of(new Shape(packed.length), packed);
  }

  static BitSet unpacked(Tensor packed) {
    BitSet mask = new BitSet();
    for (int i = 0; i < packed.size(); i++) {
      int bits = (int) packed.get(i);
      for (int j = 0; j < BITS; j++) {
        mask.set(i * BITS + j, (bits >> j & 1) == 1);
      }
    }
    return mask;
  }

  private static String masks(double p) {
    return "masks/" + p + "/";
  }

  private static String distances(double p) {
    return "distances/" + p + "/";
  }

  /** The tensors whose names begin so, by the rest of their names. */
  private static Map<String, Tensor> under(State seen, String prefix) {
    Map<String, Tensor> under = new LinkedHashMap<>();
    seen.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                under.put(name.substring(prefix.length()), tensor);
              }
            });
    return under;
  }
}
