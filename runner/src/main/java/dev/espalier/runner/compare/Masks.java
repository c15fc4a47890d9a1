// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the masks of tickets from their files, and caches them while memory allows. */
final class Masks {

  private final Map<Path, SoftReference<List<BitSet>>> read = new HashMap<>();

  /**
   * Returns the masks of a ticket's layers, biases left out.
   *
   * @throws ConfigProblem if its file is missing or damaged
   */
  List<BitSet> of(StoredTicketResult ticket) {
    Path file = ticket.arrays();
    SoftReference<List<BitSet>> before = read.get(file);
    List<BitSet> masks = before == null ? null : before.get();
    if (masks == null) {
      masks = read(file, ticket.row());
      read.put(file, new SoftReference<>(masks));
    }
    return masks;
  }

  private static List<BitSet> read(Path file, TicketResult row) {
    try {
      Safetensors all = Safetensors.mapped(file);
      List<BitSet> masks = new ArrayList<>();
      for (Layer layer : layers(row)) {
        Array mask = all.arrays().get(TicketArrays.MASK + layer.name());
        if (mask == null || !mask.shape().equals(layer.shape()) || !mask.type().equals("U8")) {
          throw new IOException("it has no mask of " + layer.name() + " of shape " + layer.shape());
        }
        masks.add(mask.alive());
      }
      return masks;
    } catch (NoSuchFileException e) {
      throw new ConfigProblem(
          "found no file " + file + ", which has the masks of its record; restore it");
    } catch (IOException e) {
      throw new ConfigProblem(
          "the masks in "
              + file
              + " cannot be read ("
              + e.getMessage()
              + "); run its experiment again");
    }
  }

  /** The layers that a ticket's mask covers, in the network's order. */
  static List<Layer> layers(TicketResult row) {
    return row.analysis().layers().stream().map(OfLayer::layer).toList();
  }
}
