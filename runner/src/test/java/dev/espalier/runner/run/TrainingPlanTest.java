// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a run before it begins. */
class TrainingPlanTest {

  @TempDir private Path root;

  private Optional<TrainingPlan> plan(Sweep sweep) {
    Progress progress = new Progress(new Screen(new PrintWriter(new StringWriter())));
    try (Interruption interruption = new Interruption();
        ExperimentContext context =
            new ContextLoader(Registry.load(), root)
                .open(sweep, sweep.variants().keySet().iterator().next())) {
      RunContext run = context.shared(EventLog.NONE, progress, interruption);
      return TrainingPlan.of(run, context.replicate(0), context.method());
    }
  }

  private static List<String> names(TrainingPlan plan) {
    return plan.trainings().stream().map(TrainingPlan.Planned::name).toList();
  }

  @Test
  void theTrainingsOfAMethodAndItsControlsAreNamedBeforeAnythingIsTrained() {
    TrainingPlan plan =
        plan(new Runs(root).experiment("method.rewind-to=10", "controls=[reinit]")).orElseThrow();
    assertThat(names(plan))
        .containsExactly(
            "round 0", "round 0", "round 1", "round 1, reinit", "round 2", "round 2, reinit");
    assertThat(plan.trainings().stream().map(TrainingPlan.Planned::iterations))
        .containsExactly(10L, 30L, 30L, 30L, 30L, 30L);
    assertThat(plan.iterationsFrom(3)).isEqualTo(120);
    assertThat(root).isEmptyDirectory();
  }

  private static List<String> trainings(Runs runs) {
    return runs.screen()
        .lines()
        .filter(line -> line.contains(" iterations in "))
        .map(line -> line.replaceFirst(": \\d+ iterations in .*", ""))
        .toList();
  }

  /** The masks of each epoch decide when its ticket is drawn, so there is no plan in advance. */
  @Test
  void theFirstReplicateIsThePlanOfAMethodThatNeedsResults() {
    Runs runs = new Runs(root);
    String method =
        "method={ id = early-bird, level = weights, distance = 0.4, window = 2, sparsities = [0.5] }";
    String[] sets = {"replicates=2", "data.per-class=20", "method=null", method};
    assertThat(plan(runs.experiment(sets))).isEmpty();
    runs.run(sets);
    assertThat(trainings(runs))
        .containsExactly(
            "replicate 0 (1 of 2), training 1",
            "replicate 0 (1 of 2), training 2",
            "replicate 1 (2 of 2), round 1 (1 of 2)",
            "replicate 1 (2 of 2), round 1 (2 of 2)");
  }

  @Test
  void aRunTrainsWhatItsPlanNames() throws IOException {
    Runs runs = new Runs(root);
    Path run = runs.run("controls=[reinit]", "replicates=2");
    List<String> lines = new ArrayList<>();
    for (int replicate = 0; replicate < 2; replicate++) {
      String first = "replicate " + replicate + " (" + (replicate + 1) + " of 2), ";
      lines.add(first + "round 0 (1 of 5)");
      lines.add(first + "round 1 (2 of 5)");
      lines.add(first + "round 1, reinit (3 of 5)");
      lines.add(first + "round 2 (4 of 5)");
      lines.add(first + "round 2, reinit (5 of 5)");
    }
    assertThat(trainings(runs)).isEqualTo(lines);
    assertThat(Runs.events(run, "train")).as("a plan is not noted as steps").hasSize(10);
  }
}
