// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.DataSettings;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.retrain.RetrainTickets;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.NotWritten;
import dev.espalier.runner.store.PreparedFiles;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens one context after the other, and keeps data that consecutive ones share. */
final class ContextLoader {

  /** The settings on which data depend. */
  private record Order(DataSettings settings, long seed) {}

  private static final Logger LOG = LoggerFactory.getLogger(ContextLoader.class);

  private final Registry registry;
  private final Workspace workspace;

  /** The sources whose oddities are known: the check and the run read the same data. */
  private final Set<DataSource> known = new HashSet<>();

  private Order order;
  private Optional<Data> data = Optional.empty();
  private List<Refusal> refused;
  private Optional<String> unreadable = Optional.empty();

  /**
   * Creates a loader of contexts in a folder.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
   * @throws ConfigProblem if the store cannot be written, which would otherwise lose the first
   *     training
   */
  ContextLoader(Registry registry, Path root) {
    this(registry, root, SharedSteps.Policy.DEFAULT);
  }

  /**
   * Creates a loader of contexts in a folder.
   *
   * @param policy decides about the steps of other processes
   */
  ContextLoader(Registry registry, Path root, SharedSteps.Policy policy) {
    this.registry = registry;
    workspace = new Workspace(root, new Binder(registry), policy);
    Path store = root.resolve(RunLayout.STORE);
    try {
      AtomicFile.check(store);
    } catch (NotWritten e) {
      throw unwritable(store, e);
    }
  }

  /**
   * Loads the data and builds the network of a variant that was checked.
   *
   * @param variant the name of the variant; empty for an experiment without variants
   */
  ExperimentContext open(Sweep sweep, String variant) {
    Experiment experiment = sweep.variants().get(variant);
    Devices.prepare(experiment);
    Device device = Devices.choose(experiment.device());
    Data data = load(experiment, new Refusals()).orElseThrow();
    return new ExperimentContext(variant, experiment, workspace, device, data);
  }

  /**
   * Checks each variant as far as possible before training.
   *
   * @param withMethod whether the method is used, too
   * @return the experiment, facts about each variant's data, and warnings
   * @throws ConfigProblem naming all problems of all variants
   */
  Checked<CheckedData> check(Draft draft, boolean withMethod) {
    return check(draft, withMethod, true);
  }

  /**
   * Checks each variant as {@link #check(Draft, boolean)} does, for workers on other machines: a
   * device that this machine does not have is no problem.
   */
  Checked<CheckedData> checkElsewhere(Draft draft) {
    return check(draft, true, false);
  }

  private Checked<CheckedData> check(Draft draft, boolean withMethod, boolean isHere) {
    List<Metrics> first = new ArrayList<>();
    return draft.check(
        (reading, refusals, problems) -> {
          Experiment experiment = reading.low();
          Devices.prepare(experiment);
          if (isHere) {
            Devices.choose(experiment.device(), refusals);
          }
          Optional<Data> data = Optional.empty();
          if (DataSettings.isKnown(reading)) {
            data = load(experiment, refusals.within("data"));
            unreadable.ifPresent(why -> problems.accept("data", why));
          }
          if (!reading.isSure("data.validation")) {
            Seed seed = new Seed(experiment.seed().order(), 0);
            data = data.map(loaded -> DataSettings.withSomeValidation(loaded, seed));
          }
          State start = new ExperimentCheck(reading, withMethod).check(data, refusals);
          Optional<CheckedData> checked =
              data.map(loaded -> CheckedData.of(loaded, start, registry));
          checked.ifPresent(found -> checkMetric(found.metrics(), first, refusals));
          return withMethod
                  && refusals.isEmpty()
                  && experiment.method().settings() instanceof RetrainTickets.Settings tickets
              ? checked.map(found -> found.withTickets(RetrainTickets.digest(tickets)))
              : checked;
        });
  }

  /** Refuses a variant whose results cannot be in one table with those of the first. */
  private static void checkMetric(Metrics found, List<Metrics> first, Refusals refusals) {
    first.add(found);
    if (!found.isComparable(first.get(0))) {
      refusals.add(
          "data.objective",
          "the metric " + found.first().name(),
          "one metric for all variants, such as that of the first, " + first.get(0).first().name(),
          "Choose the same metric, or run it as another experiment");
    }
  }

  /** Loads data, unless they are the last ones; empty if they cannot be loaded. */
  private Optional<Data> load(Experiment experiment, Refusals refusals) {
    Order wanted = new Order(experiment.data(), experiment.seed().order());
    if (!wanted.equals(order)) {
      order = null;
      data = Optional.empty(); // two data sets may exceed the memory
      unreadable = Optional.empty();
      Refusals inner = new Refusals();
      data = read(experiment, inner);
      refused = inner.all();
      order = wanted;
    }
    refused.forEach(refusals::add);
    return data;
  }

  private Optional<Data> read(Experiment experiment, Refusals refusals) {
    Path prepared = workspace.root().resolve(RunLayout.PREPARED);
    try {
      PreparedFiles files = new PreparedFiles(prepared);
      DataSettings settings = experiment.data();
      Data loaded = settings.read(files);
      if (known.add(settings.source())) {
        loaded.oddities(settings.source()).forEach(LOG::warn);
      }
      return Optional.of(settings.choose(loaded, experiment.seed().order(), refusals));
    } catch (NotWritten e) {
      throw unwritable(prepared, e);
    } catch (RefusedException e) {
      e.refusals().forEach(refusals::add);
    } catch (IOException | IllegalArgumentException e) {
      unreadable = Optional.of(why(e));
    }
    return Optional.empty();
  }

  /** The reason why data cannot be read; messages of the file system are the file alone. */
  private static String why(Exception e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": found no such file; check the path";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": cannot be read (permission denied); change its permissions";
    }
    return String.valueOf(e.getMessage());
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
