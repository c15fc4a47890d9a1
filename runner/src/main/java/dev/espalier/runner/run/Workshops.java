// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.Data;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.DataSettings;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Opens one workshop after the other. Data that the one before had are not loaded again. */
final class Workshops {

  /** What data depend on. */
  private record Order(DataSettings settings, long seed) {}

  private final Path root;
  private Order order;
  private Data data;

  /**
   * Workshops in a folder.
   *
   * @param root the folder that {@code runs}, {@code store} and {@code prepared} are in
   */
  Workshops(Path root) {
    this.root = root;
  }

  /**
   * Loads the data and builds the network.
   *
   * @param variant what to call it; empty for an experiment without variants
   * @throws ConfigProblem if the experiment cannot be done as it is
   */
  Workshop open(String variant, Experiment experiment) {
    Devices.threads(experiment.threads());
    Device device = Devices.choose(experiment.device());
    return new Workshop(variant, experiment, root, device, load(experiment));
  }

  /**
   * Opens a workshop for every variant and closes it again.
   *
   * @return each variant's data's checksums
   * @throws ConfigProblem naming all problems of all variants that cannot be done as they are
   */
  Map<String, Map<String, String>> check(Sweep sweep) {
    return Sweep.each(
        sweep.variants(),
        (name, experiment) -> {
          try (Workshop workshop = open(name, experiment)) {
            workshop.method();
            return Provenance.digests(workshop.data());
          }
        });
  }

  private Data load(Experiment experiment) {
    Order wanted = new Order(experiment.data(), experiment.seed());
    if (!wanted.equals(order)) {
      order = null;
      data = null; // two may be too large
      try {
        data = experiment.data().load(experiment.seed(), root.resolve("prepared"));
      } catch (IOException | IllegalArgumentException e) {
        throw new ConfigProblem("data: " + e.getMessage());
      }
      order = wanted;
    }
    return data;
  }
}
