// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.data.Data;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.DataSettings;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.PreparedFiles;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Opens one context after the other. Data that the one before had are not loaded again. */
final class ContextLoader {

  /** What data depend on. */
  private record Order(DataSettings settings, long seed) {}

  private final Path root;
  private final Binder binder;
  private Order order;
  private Data data;

  /**
   * Creates a loader for a folder.
   *
   * @param registry all plugins
   * @param root the folder that {@code runs}, {@code store} and {@code prepared} are in
   * @throws ConfigProblem if the store cannot be written: else the first training would be lost
   */
  ContextLoader(Registry registry, Path root) {
    binder = new Binder(registry);
    this.root = root;
    Path store = root.resolve(RunLayout.STORE);
    try {
      AtomicFile.check(store);
    } catch (NotWritten e) {
      throw unwritable(store, e);
    }
  }

  /**
   * Loads the data and builds the network.
   *
   * @param variant what to call it; empty for an experiment without variants
   * @throws ConfigProblem if the experiment cannot be done as it is
   */
  ExperimentContext open(String variant, Experiment experiment) {
    Devices.threads(experiment.threads());
    Device device = Devices.choose(experiment.device());
    return new ExperimentContext(variant, experiment, root, device, load(experiment), binder);
  }

  /**
   * Opens a context for every variant and closes it again.
   *
   * @return each variant's data's checksums
   * @throws ConfigProblem naming all problems of all variants that cannot be done as they are
   */
  Map<String, Map<String, String>> check(Sweep sweep) {
    return Sweep.each(
        sweep.variants(),
        (name, experiment) -> {
          try (ExperimentContext context = open(name, experiment)) {
            context.method();
            return Provenance.digests(context.data());
          }
        });
  }

  private Data load(Experiment experiment) {
    Order wanted = new Order(experiment.data(), experiment.seed());
    if (!wanted.equals(order)) {
      order = null;
      data = null; // two may be too large
      Path prepared = root.resolve(RunLayout.PREPARED);
      try {
        data = experiment.data().load(experiment.seed(), new PreparedFiles(prepared));
      } catch (NotWritten e) {
        throw unwritable(prepared, e);
      } catch (IOException | IllegalArgumentException e) {
        throw new ConfigProblem("data: " + e.getMessage());
      }
      order = wanted;
    }
    return data;
  }

  /** What to say of one of the folders in that which {@code --dir} names. */
  static ConfigProblem unwritable(Path folder, NotWritten e) {
    return new ConfigProblem(
        "the folder "
            + folder
            + " cannot be written ("
            + e.why()
            + "); mend that, or choose another with --dir");
  }
}
