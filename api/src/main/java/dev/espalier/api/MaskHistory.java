// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The masks of a training whose mask moves.
 *
 * @param alive the living weights now, by layer
 * @param stretches the stretches between moves, in order; the last one is not over
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record MaskHistory(Map<String, BitSet> alive, List<Stretch> stretches) {

  /**
   * A stretch with one mask.
   *
   * @param from its first iteration
   * @param kept the number of living weights of each layer
   * @param move the cost of the move before it
   */
  public record Stretch(long from, List<Integer> kept, MoveCost move) {

    /** Creates a stretch with a copy of the list. */
    public Stretch {
      kept = List.copyOf(kept);
    }
  }

  /**
   * The cost of a move. A forward pass, and a derivative with respect to the inputs of layers, skip
   * the weights that the mask before the move prunes. A derivative with respect to the weights
   * skips none, because pruned weights may grow by it.
   *
   * @param examples the number of training examples read
   * @param sparse the number of passes of one example that skip pruned weights
   * @param dense the number of passes of one example with all weights
   */
  public record MoveCost(long examples, long sparse, long dense) {

    /** The cost of no move. */
    public static final MoveCost NONE = new MoveCost(0, 0, 0);
  }

  /** Creates a history with copies of the lists. */
  public MaskHistory {
    alive = new LinkedHashMap<>(alive);
    stretches = List.copyOf(stretches);
  }

  /**
   * Returns the history of a training that begins.
   *
   * @param mask the first mask
   * @param from the first iteration
   * @return a history of one stretch
   */
  public static MaskHistory begin(Mask mask, long from) {
    return new MaskHistory(Map.of(), List.of()).with(mask, from, MoveCost.NONE);
  }

  /**
   * Returns the history after a move.
   *
   * @param mask the mask from now on
   * @param from the iteration of the move
   * @param move the cost of the move
   * @return this history with one more stretch
   */
  public MaskHistory with(Mask mask, long from, MoveCost move) {
    Map<String, BitSet> now = new LinkedHashMap<>();
    mask.layers().forEach(layer -> now.put(layer.name(), mask.alive(layer)));
    List<Stretch> more = new ArrayList<>(stretches);
    List<Integer> kept = mask.layers().stream().map(mask::kept).toList();
    more.add(new Stretch(from, kept, move));
    return new MaskHistory(now, more);
  }

  /**
   * Returns the mask now.
   *
   * @param layers the layers of the mask
   * @return the mask
   */
  public Mask mask(List<Layer> layers) {
    return Mask.of(layers, (layer, bits) -> alive.get(layer.name()));
  }

  /**
   * Returns the iteration of the last move.
   *
   * @return the iteration; 0 without a move
   */
  public long lastMove() {
    return stretches.size() < 2 ? 0 : stretches.get(stretches.size() - 1).from();
  }
}
