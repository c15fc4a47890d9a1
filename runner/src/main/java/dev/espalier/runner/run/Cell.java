// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.Sweep;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A replicate of a variant: what a worker takes at a time.
 *
 * @param variant the variant; empty for an experiment without variants
 * @param replicate the replicate, from 0
 */
record Cell(String variant, int replicate) {

  /** All cells of an experiment, in the order of its results. */
  static List<Cell> of(Sweep sweep) {
    return sweep.variants().keySet().stream()
        .flatMap(
            variant ->
                IntStream.range(0, sweep.first().replicates())
                    .mapToObj(replicate -> new Cell(variant, replicate)))
        .toList();
  }

  /** Its name in files. */
  String name() {
    return (variant.isEmpty() ? "" : variant + "-") + "replicate-" + replicate;
  }
}
