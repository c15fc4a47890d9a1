// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import java.util.List;
import java.util.stream.IntStream;

/** The sharing and the storage of the K random values. */
public enum Values {
  /** K values for each connection, as in the paper; all are stored. */
  PER_CONNECTION {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      return new SlotValues.Stored(regenerated(slots, layer));
    }
  },
  /** K values for each layer, shared by its connections. */
  PER_LAYER {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      double sigma = slots.sigma().of(layer.shape());
      return SlotValues.Shared.of(layer.shape(), generators(slots, stream(layer)), sigma);
    }
  },
  /** K values for the network, shared by all connections. */
  NETWORK {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      double mean =
          network.layers().stream()
              .mapToDouble(each -> slots.sigma().of(each.shape()))
              .average()
              .orElseThrow();
      return SlotValues.Shared.of(layer.shape(), generators(slots, "values"), mean);
    }
  },
  /**
   * K values for each connection, bit-identical to those of {@link #PER_CONNECTION}, but none is
   * stored. Each is computed from seed, layer, connection and k at each use.
   */
  REGENERATED {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      return regenerated(slots, layer);
    }

    @Override
    SlotValues firstScores(Slots slots, Layer layer) {
      return scores(slots, layer);
    }
  };

  /** Returns the values of a layer. */
  abstract SlotValues of(Slots slots, Network network, Layer layer);

  /** Returns S_k(0) of a layer, U(0, lambda * sigma). */
  SlotValues firstScores(Slots slots, Layer layer) {
    return new SlotValues.Stored(scores(slots, layer));
  }

  private static SlotValues.Regenerated regenerated(Slots slots, Layer layer) {
    double sigma = slots.sigma().of(layer.shape());
    return new SlotValues.Regenerated(layer.shape(), generators(slots, stream(layer)), 0, sigma);
  }

  private static SlotValues.Regenerated scores(Slots slots, Layer layer) {
    boolean isConvolution = layer.shape().dimension() > 2;
    double lambda = isConvolution ? slots.lambdaConvolution() : slots.lambdaLinear();
    double half = lambda * slots.sigma().of(layer.shape()) / 2;
    List<Generator> generators = generators(slots, "slot-scores/" + layer.name());
    return new SlotValues.Regenerated(layer.shape(), generators, (float) half, half);
  }

  private static String stream(Layer layer) {
    return "values/" + layer.name();
  }

  /** Returns the generators of W_k by k. */
  private static List<Generator> generators(Slots slots, String stream) {
    return IntStream.range(0, slots.k())
        .mapToObj(slot -> new Generator(slots.seed().stream(stream, slot)))
        .toList();
  }
}
