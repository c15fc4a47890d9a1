// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Method;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.Draft.Checked;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.AnalysisTable;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Analyses the masks of an experiment as far as no training is needed. */
public final class ExperimentAnalysis {

  private final Registry registry;
  private final Path root;
  private final Screen screen;
  private final Progress progress;

  /**
   * Creates an analysis.
   *
   * @param registry all plugins
   * @param root the parent folder of {@code store}, where rounds of pruning are kept
   * @param screen receives progress and tables
   */
  public ExperimentAnalysis(Registry registry, Path root, Screen screen) {
    this.registry = registry;
    this.root = root;
    this.screen = screen;
    progress = new Progress(screen);
  }

  /**
   * Prints a table for every ticket of every variant.
   *
   * @param draft the experiment
   * @param only the replicate; all if empty
   * @param interruption requests an early end
   * @throws ConfigProblem if the experiment is invalid, or the replicate does not exist
   */
  public void run(Draft draft, OptionalInt only, Interruption interruption) {
    ContextLoader contexts = new ContextLoader(registry, root);
    Checked<?> checked = contexts.check(draft, true);
    checked.log();
    Sweep sweep = checked.sweep();
    int last = sweep.first().replicates() - 1;
    only.ifPresent(
        replicate -> {
          if (replicate < 0 || replicate > last) {
            throw ConfigProblem.of(
                List.of(new Refusal("--replicate", replicate, "from 0 to " + last)));
          }
        });
    sweep
        .variants()
        .forEach(
            (name, experiment) -> {
              try (ExperimentContext context = contexts.open(sweep, name)) {
                Method method = context.method();
                RunContext shared = context.shared(EventLog.NONE, progress, interruption);
                for (int replicate = only.orElse(0); replicate <= only.orElse(last); replicate++) {
                  analyse(method, shared, context.replicate(replicate), context.label(replicate));
                }
              }
            });
  }

  private void analyse(Method method, RunContext shared, Trial.Context context, String label) {
    Trial.Steps steps = new RememberedSteps(shared, label, new Ledger());
    UntrainedSteps.KnownTrainings none = UntrainedSteps.KnownTrainings.NONE;
    if (!UntrainedSteps.run(shared, context, steps, none, method, it -> show(label, it))) {
      progress.line(
          label
              + "all further masks depend on training: run the experiment, and analyse the folder"
              + " of that run");
    }
  }

  private void show(String label, Ticket ticket) {
    progress.line(label + Progress.name(ticket));
    progress.line(AnalysisTable.of(ticket.analysis(), screen.width()));
  }
}
