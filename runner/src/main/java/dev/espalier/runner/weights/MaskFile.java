// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.weights;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketArrays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the mask of a ticket, or of a file of another program with one array a layer. */
public final class MaskFile {

  private MaskFile() {}

  /**
   * Reads a mask of a network. Each prunable layer has an array of its weight's name and shape, of
   * 0 and 1 in any type of numbers; biases may have one.
   *
   * @param file a ticket, or a file of named arrays
   * @param rename replaces prefixes of the names in the file, the longest first
   * @param network the network
   * @param refusals collects everything that does not fit, and warnings about unused arrays
   * @return the mask; empty if there are refusals
   */
  public static Optional<Mask> read(
      Path file, Map<String, String> rename, Network network, Refusals refusals) {
    Refusals inner = new Refusals();
    Optional<Mask> mask =
        inner
            .collect(() -> WeightsFile.read(file, TicketArrays.MASK))
            .map(arrays -> mask(arrays, rename, network, inner));
    inner.all().forEach(refusals::add);
    inner.warnings().forEach(refusals::add);
    return inner.isEmpty() ? mask : Optional.empty();
  }

  private static Mask mask(
      Map<String, Array> all, Map<String, String> rename, Network network, Refusals refusals) {
    List<Layer> prunable = new ArrayList<>(network.layers());
    prunable.addAll(network.biases());
    Map<String, Shape> shapes = new LinkedHashMap<>();
    prunable.forEach(layer -> shapes.put(layer.name(), layer.shape()));
    NamedArrays arrays = new NamedArrays(all, rename, network, shapes, refusals);
    arrays.place(layer -> false);
    Map<Layer, BitSet> masks = new LinkedHashMap<>();
    for (Layer layer : prunable) {
      arrays.find(layer.name()).ifPresent(array -> masks.put(layer, bits(array, layer, refusals)));
    }
    List<String> missing = new ArrayList<>();
    for (Layer layer : network.layers()) {
      if (arrays.source(layer.name()) == null) {
        missing.add(layer.name() + " " + layer.shape());
      }
    }
    if (!missing.isEmpty()) {
      refusals.add(
          "file",
          "no mask of the layers " + String.join(", ", missing),
          "one for each prunable layer",
          "Rename arrays of the file, or add masks of ones");
    }
    arrays.warnOfUnused();
    return Mask.of(List.copyOf(masks.keySet()), (layer, bits) -> masks.get(layer));
  }

  private static BitSet bits(Array array, Layer layer, Refusals refusals) {
    double[] values = array.numbers();
    BitSet bits = new BitSet(values.length);
    for (int i = 0; i < values.length; i++) {
      if (values[i] != 0 && values[i] != 1) {
        refusals.add("file", values[i] + " in the mask of " + layer.name(), "0 and 1");
        return bits;
      }
      bits.set(i, values[i] == 1);
    }
    return bits;
  }
}
