// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.data.Data;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.DataSettings;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Places;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.PreparedFiles;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Opens one context after the other, and keeps data that consecutive ones share. */
final class ContextLoader {

  /** The settings on which data depend. */
  private record Order(DataSettings settings, long seed) {}

  private final Workspace workspace;
  private Order order;
  private Data data;
  private List<Refusal> refused;

  /**
   * Creates a loader of contexts in a folder.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
   * @throws ConfigProblem if the store cannot be written, which would otherwise lose the first
   *     training
   */
  ContextLoader(Registry registry, Path root) {
    workspace = new Workspace(root, new Binder(registry));
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
   * @param variant the name of the variant; empty for an experiment without variants
   * @throws ConfigProblem naming all problems
   */
  ExperimentContext open(Sweep sweep, String variant) {
    return open(sweep, variant, (context, refusals) -> {});
  }

  /**
   * Checks each variant as far as possible before training.
   *
   * @return the checksums of each variant's data
   * @throws ConfigProblem naming all problems of all variants
   */
  Map<String, Map<String, String>> check(Draft draft) {
    return draft.check(
        (sweep, variant) -> {
          try (ExperimentContext context = open(sweep, variant, ExperimentContext::check)) {
            return Provenance.digests(context.data());
          }
        });
  }

  private ExperimentContext open(
      Sweep sweep, String variant, BiConsumer<ExperimentContext, Refusals> check) {
    Experiment experiment = sweep.variants().get(variant);
    Places places = sweep.places().get(variant);
    Refusals refusals = new Refusals();
    Devices.threads(experiment.threads());
    Device device = Devices.choose(experiment.device(), refusals);
    load(experiment, places);
    refused.forEach(refusals.within("data")::add);
    ExperimentContext context =
        new ExperimentContext(variant, experiment, workspace, device, data, refusals);
    check.accept(context, refusals);
    if (!refusals.isEmpty()) {
      context.close();
      throw places.problem(refusals);
    }
    return context;
  }

  private void load(Experiment experiment, Places places) {
    Order wanted = new Order(experiment.data(), experiment.seed());
    if (wanted.equals(order)) {
      return;
    }
    order = null;
    data = null; // two data sets may exceed the memory
    Path prepared = workspace.root().resolve(RunLayout.PREPARED);
    Refusals refusals = new Refusals();
    try {
      data = experiment.data().load(experiment.seed(), new PreparedFiles(prepared), refusals);
    } catch (NotWritten e) {
      throw unwritable(prepared, e);
    } catch (RefusedException e) {
      e.refusals().forEach(refusals.within("data")::add);
      throw places.problem(refusals);
    } catch (IOException | IllegalArgumentException e) {
      throw places.problem("data", e.getMessage());
    }
    refused = refusals.all();
    order = wanted;
  }

  /** Creates a problem for a folder below the one of {@code --dir} that cannot be written. */
  static ConfigProblem unwritable(Path folder, NotWritten e) {
    return new ConfigProblem(
        "the folder "
            + folder
            + " cannot be written ("
            + e.why()
            + "); mend that, or choose another with --dir");
  }
}
