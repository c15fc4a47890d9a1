// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.imp;

import dev.espalier.api.EpochMonitor;
import dev.espalier.api.Trained;
import dev.espalier.api.network.Network;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A monitor that ends a training when a mask is stable. At the start of every epoch e it computes a
 * mask m_e for every sparsity, without changing the weights. It compares the mask with the previous
 * ones in a window of W masks, of |m| bits each:
 *
 * <pre>
 * d_i = |{j : m_e[j] != m_i[j]}| / |m|     i = e - W + 1 ... e - 1
 * drawn if d_i &lt;= epsilon for all i
 * </pre>
 *
 * <p>The first possible draw is at e = W - 1. A mask that keeps nothing, such as that of equal
 * scales, is not compared and never drawn.
 *
 * @param granularity the unit of a mask bit
 * @param sparsities the sparsities not drawn yet, each compared separately
 * @param distance epsilon
 * @param window W
 * @param perEpoch iterations per epoch
 */
public record MaskWatch(
    Granularity granularity, List<Double> sparsities, double distance, int window, long perEpoch)
    implements EpochMonitor {

  /**
   * The recent masks of all sparsities.
   *
   * @param fifos one for each sparsity
   */
  public record Memory(List<Fifo> fifos) {

    static final Memory NONE = new Memory(List.of());

    /** Creates the record and copies the list. */
    public Memory {
      fifos = List.copyOf(fifos);
    }

    Fifo of(double p) {
      return fifos.stream()
          .filter(fifo -> fifo.sparsity() == p)
          .findFirst()
          .orElse(new Fifo(p, List.of(), List.of()));
    }
  }

  /**
   * The recent masks of one sparsity.
   *
   * @param sparsity p
   * @param masks the last W masks, the oldest first; not to be changed
   * @param distances one for each epoch with a full window
   */
  public record Fifo(double sparsity, List<BitSet> masks, List<Distance> distances) {

    /** Creates the record and copies the lists. */
    public Fifo {
      masks = List.copyOf(masks);
      distances = List.copyOf(distances);
    }

    /** Returns the distances as a finding. */
    String written() {
      return distances.stream()
          .map(distance -> "epoch " + distance.epoch() + " " + distance.largest())
          .collect(Collectors.joining(", "));
    }

    Optional<Distance> smallest() {
      return distances.stream().min(Comparator.comparing(Distance::largest));
    }
  }

  /**
   * The distance of a mask to the previous ones.
   *
   * @param epoch e
   * @param largest the largest d_i
   */
  public record Distance(long epoch, float largest) {}

  /** Creates the record and copies the list. */
  public MaskWatch {
    sparsities = List.copyOf(sparsities);
  }

  @Override
  public Class<Memory> memoryType() {
    return Memory.class;
  }

  @Override
  public Memory observe(Network network, Trained trained) {
    Memory before = memory(trained);
    long epoch = trained.iteration() / perEpoch;
    int size = granularity.size(network);
    List<Fifo> fifos = new ArrayList<>();
    for (double p : sparsities) {
      fifos.add(push(before.of(p), granularity.mask(network, trained.state(), p), size, epoch));
    }
    return new Memory(fifos);
  }

  private Fifo push(Fifo fifo, BitSet newest, int size, long epoch) {
    List<BitSet> masks = fifo.masks();
    List<BitSet> older = masks.subList(Math.max(0, masks.size() - window + 1), masks.size());
    List<Distance> distances = new ArrayList<>(fifo.distances());
    if (older.size() == window - 1 && !newest.isEmpty()) {
      double largest =
          older.stream().mapToDouble(mask -> distance(newest, mask, size)).max().orElseThrow();
      distances.add(new Distance(epoch, (float) largest));
    }
    List<BitSet> last = new ArrayList<>(older);
    last.add(newest);
    return new Fifo(fifo.sparsity(), last, distances);
  }

  @Override
  public boolean isEnough(Trained trained) {
    return !drawn(trained).isEmpty();
  }

  /** Returns the sparsities whose mask is stable. */
  List<Double> drawn(Trained trained) {
    return sparsities.stream()
        .filter(
            p ->
                memory(trained).of(p).distances().stream()
                    .anyMatch(d -> d.largest() <= (float) distance))
        .toList();
  }

  static Memory memory(Trained trained) {
    return trained.memory(Memory.class).orElse(Memory.NONE);
  }

  /** Returns the normalised Hamming distance: the fraction of bits that differ. */
  static double distance(BitSet one, BitSet other, int size) {
    BitSet differing = (BitSet) one.clone();
    differing.xor(other);
    return (double) differing.cardinality() / size;
  }
}
