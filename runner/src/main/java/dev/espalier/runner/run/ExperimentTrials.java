// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Trial;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import java.nio.file.Path;
import java.util.Map;

/**
 * The trials of an experiment outside a run: steps are remembered as in a run, and tickets are not
 * recorded.
 */
public final class ExperimentTrials implements AutoCloseable {

  private final ExperimentContext context;
  private final Sweep sweep;
  private final Experiment experiment;
  private final Progress progress;
  private final Interruption interruption;
  private RunContext shared;

  /**
   * Creates trials: loads the data and builds the network.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code store}
   * @param draft the experiment; its variants differ in the criterion, and its method is not used
   * @param screen receives progress
   * @param interruption requests an early end
   * @throws ConfigProblem if the experiment is invalid
   */
  public ExperimentTrials(
      Registry registry, Path root, Draft draft, Screen screen, Interruption interruption) {
    progress = new Progress(screen);
    this.interruption = interruption;
    ContextLoader contexts = new ContextLoader(registry, root);
    Checked<?> checked = contexts.check(draft, false);
    checked.log();
    sweep = checked.sweep();
    experiment = sweep.scored();
    context = contexts.open(new Sweep(Map.of("", experiment)), "");
  }

  /** The experiment with its variants. */
  public Sweep sweep() {
    return sweep;
  }

  /** The experiment, which has the network, data, seed and replicates of all variants. */
  public Experiment experiment() {
    return experiment;
  }

  /** The network. */
  public Network network() {
    return context.network();
  }

  /** The data set. */
  public Data data() {
    return context.data();
  }

  /** The name of a replicate in front of a line; empty if there is one. */
  public String label(int replicate) {
    return context.label(replicate);
  }

  /**
   * Creates a trial of one replicate. The first one puts the data on the device.
   *
   * @param replicate the replicate
   * @param label its name on screen
   */
  public Trial trial(int replicate, String label) {
    if (shared == null) {
      shared = context.shared(EventLog.NONE, progress, interruption);
    }
    return new Replicate(
            shared,
            context.replicate(replicate),
            label,
            (network, ticket, account, isControl) -> {},
            ReplicateTracking.none())
        .trial();
  }

  /** Prints a line. */
  public void line(String text) {
    progress.line(text);
  }

  @Override
  public void close() {
    context.close();
  }
}
