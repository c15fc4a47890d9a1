// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Analyses masks, and remembers for each network whether path analysis holds: whether it finds the
 * weights of the dense network. A network for which it does not hold is trained all the same.
 */
final class PathAnalysis {

  private static final Logger LOG = LoggerFactory.getLogger(PathAnalysis.class);

  private final DeviceExamples examples;
  private final NDManager manager;

  /** Empty for a network for which path analysis does not hold. */
  private final Map<Network, Optional<Held>> known =
      Collections.synchronizedMap(new WeakHashMap<>());

  PathAnalysis(DeviceExamples examples, NDManager manager) {
    this.examples = examples;
    this.manager = manager;
  }

  /**
   * The analysis of a dense network that finds its weights.
   *
   * @param precision FLOAT64; FLOAT32 for blocks that make arrays of that type, such as DJL's LSTM
   */
  private record Held(DataType precision, Analysis dense) {}

  Analysis of(Network network, Mask mask) {
    Optional<Held> held = known.computeIfAbsent(network, this::ofDense);
    if (held.isEmpty()) {
      return Analysis.withoutPaths(network.layers(), mask);
    }
    boolean isDense = network.layers().stream().allMatch(layer -> mask.kept(layer) == layer.size());
    return isDense
        ? held.get().dense()
        : Paths.find(network, mask, held.get().precision(), examples, manager).analysis();
  }

  private Optional<Held> ofDense(Network network) {
    if (examples.isOfTokens()) {
      return Optional.empty(); // paths begin at inputs that are numbers
    }
    String why = "";
    for (DataType precision : List.of(DataType.FLOAT64, DataType.FLOAT32)) {
      try {
        Mask dense = Mask.dense(network.layers());
        Paths paths = Paths.find(network, dense, precision, examples, manager);
        List<String> missed = paths.missed().stream().map(Layer::name).toList();
        if (missed.isEmpty()) {
          return Optional.of(new Held(precision, paths.analysis()));
        }
        why = "it misses weights of " + String.join(", ", missed);
        break;
      } catch (RuntimeException e) { // a block that does not work in this precision
        why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      }
    }
    warn(network, why);
    return Optional.empty();
  }

  private static void warn(Network network, String why) {
    LOG.warn(
        "path analysis does not hold for {}: {}. Effective density and dead units are unknown (-);"
            + " training and pruning are not affected",
        network.name(),
        why);
  }
}
