// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A run whose workers are on other machines. This machine trains nothing, and need not have their
 * device.
 *
 * @param folder the folder of the run
 * @param sweep the experiment
 * @param experiment its file, with every default: workers read this copy, since the file may change
 *     while they wait
 */
public record RemoteRun(Path folder, Sweep sweep, String experiment) {

  /**
   * Checks an experiment as a run does, without its device.
   *
   * @param root the parent folder of {@code runs}, {@code store} and {@code prepared}
   * @throws ConfigProblem naming all problems
   */
  public static RemoteRun check(Registry registry, Path root, Draft draft) {
    Checked<CheckedData> checked = new ContextLoader(registry, root).checkElsewhere(draft);
    checked.log();
    Sweep sweep = CheckedData.sweep(checked);
    ExperimentReader reader = new ExperimentReader(registry);
    Path folder = RunFolder.of(root, reader, sweep);
    return new RemoteRun(folder, sweep, reader.render(sweep, Map.of()));
  }

  /**
   * Prepares the folder for workers, as a run of this machine does: what was given up is tried
   * again, and a new version of the program is no fault.
   */
  public void begin() throws IOException {
    WorkPlan.renewProgram(folder);
    new Cells(folder).forget();
  }

  /** The number of cells: a replicate of a variant each. */
  public int cells() {
    return Cell.of(sweep).size();
  }
}
