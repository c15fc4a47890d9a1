// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import java.util.List;
import java.util.stream.IntStream;

/** Who has K random values of its own, and whether they are stored. */
public enum Values {
  /** Every connection: the paper's. Stores K values a connection. */
  PER_CONNECTION {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      return new SlotValues.Stored(regenerated(slots, layer));
    }
  },
  /** Every layer: its connections choose from the same K. */
  PER_LAYER {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      double sigma = slots.sigma().of(layer.shape());
      return SlotValues.Shared.of(layer.shape(), generators(slots, stream(layer)), sigma);
    }
  },
  /** The network: all connections choose from the same K. */
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
   * Every connection, to the bit the values of {@link #PER_CONNECTION}; but none is stored, each is
   * computed from seed, layer, connection and k whenever it is needed.
   */
  REGENERATED {
    @Override
    SlotValues of(Slots slots, Network network, Layer layer) {
      return regenerated(slots, layer);
    }
  };

  /** The values of a layer. */
  abstract SlotValues of(Slots slots, Network network, Layer layer);

  private static SlotValues.Regenerated regenerated(Slots slots, Layer layer) {
    double sigma = slots.sigma().of(layer.shape());
    return new SlotValues.Regenerated(layer.shape(), generators(slots, stream(layer)), sigma);
  }

  private static String stream(Layer layer) {
    return "values/" + layer.name();
  }

  /** Where W_k comes from, by k. */
  private static List<Generator> generators(Slots slots, String stream) {
    return IntStream.range(0, slots.k())
        .mapToObj(slot -> new Generator(slots.seed().stream(stream, slot)))
        .toList();
  }
}
