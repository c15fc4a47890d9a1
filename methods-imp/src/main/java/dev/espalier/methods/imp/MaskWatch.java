// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Network;
import dev.espalier.api.Observer;
import dev.espalier.api.State;
import dev.espalier.api.Tensor;
import dev.espalier.api.Trained;
import java.util.ArrayList;
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
 * <p>It remembers {@code masks/p/i/...}, the last W masks of sparsity p, the oldest first, and
 * {@code distances/p/e}, the largest d_i of epoch e, in float32.
 *
 * @param level what the masks are of
 * @param sparsities those not drawn yet, each watched by itself
 * @param distance epsilon
 * @param window W
 * @param perEpoch iterations per epoch
 */
public record MaskWatch(
    Level level, List<Double> sparsities, double distance, int window, long perEpoch)
    implements Observer {

  /** Copies the list. */
  public MaskWatch {
    sparsities = List.copyOf(sparsities);
  }

  @Override
  public State look(Network network, Trained trained) {
    Map<String, Tensor> seen = new LinkedHashMap<>();
    for (double p : sparsities) {
      State newest = level.mask(network, trained.state(), p);
      List<State> fifo = masks(trained.seen(), p);
      if (fifo.size() == window) {
        fifo.remove(0);
      }
      under(trained.seen(), distances(p)).forEach((e, d) -> seen.put(distances(p) + e, d));
      if (fifo.size() == window - 1 && keepsSomething(newest)) {
        double largest = fifo.stream().mapToDouble(m -> distance(newest, m)).max().orElseThrow();
        seen.put(
            distances(p) + trained.iteration() / perEpoch, Tensor.of(new Shape(), (float) largest));
      }
      fifo.add(newest);
      for (int i = 0; i < fifo.size(); i++) {
        String mask = mask(p, i);
        fifo.get(i).tensors().forEach((part, bits) -> seen.put(mask + part, bits));
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
  static List<State> masks(State seen, double p) {
    List<State> masks = new ArrayList<>();
    for (Map<String, Tensor> bits = under(seen, mask(p, 0));
        !bits.isEmpty();
        bits = under(seen, mask(p, masks.size()))) {
      masks.add(State.of(bits));
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
  static double distance(State one, State other) {
    long differing = 0;
    long size = 0;
    for (String part : one.names()) {
      Tensor bits = one.get(part);
      Tensor others = other.get(part);
      for (int i = 0; i < bits.size(); i++) {
        differing += bits.get(i) == others.get(i) ? 0 : 1;
      }
      size += bits.size();
    }
    return (double) differing / size;
  }

  private static boolean keepsSomething(State mask) {
    for (Tensor bits : mask.tensors().values()) {
      for (int i = 0; i < bits.size(); i++) {
        if (bits.get(i) == 1) {
          return true;
        }
      }
    }
    return false;
  }

  private static String mask(double p, int i) {
    return "masks/" + p + "/" + i + "/";
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
