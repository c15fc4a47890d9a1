// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.state.TrialFailed;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnCollapseTest {

  /** Six weights, the largest, are all in the small layer. */
  private static final String COLLAPSING =
      "method={ id = prune-at-init, criterion = magnitude, densities = [0.1, 0.0005] }";

  private static final String WHAT =
      "layer collapse: at density 0.04723 % no weight is left in fc1.weight";

  @TempDir private Path root;
  private Runs runs;

  @BeforeEach
  void empty() {
    runs = new Runs(root);
  }

  private static String[] sets(String... more) {
    String[] sets = new String[more.length + 3];
    sets[0] = "method=null";
    sets[1] = COLLAPSING;
    sets[2] = "controls=[dense]";
    System.arraycopy(more, 0, sets, 3, more.length);
    return sets;
  }

  @Test
  void warnSaysSoOnceAndGoesOn() throws IOException {
    Path run = runs.run(sets("controls=[dense, reinit, shuffle]"));
    assertThat(runs.screen()).containsOnlyOnce(WHAT).contains("effective %");
    assertThat(Runs.column(run, "empty_layers")).containsExactly("0", "0", "0", "0", "1", "1", "1");
    assertThat(Runs.column(run, "effective_density")).endsWith("0.0", "0.0", "0.0");
    assertThat(Runs.column(run, "dead_units")).endsWith("26", "26", "26");
    assertThat(Runs.events(run, "collapse"))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.get("on-collapse").getAsString()).isEqualTo("warn");
              assertThat(event.getAsJsonArray("empty-layers").get(0).getAsString())
                  .isEqualTo("fc1.weight");
            });
  }

  @Test
  void failKeepsWhatWasFinished() throws IOException {
    String[] sets = sets("replicates=2", "on-collapse=fail");
    assertThatThrownBy(() -> runs.run(sets))
        .isInstanceOf(TrialFailed.class)
        .hasMessageContainingAll("replicate 0", WHAT, "on-collapse", "Keep more weights");
    Path run = runs.folder(sets);
    assertThat(Runs.column(run, "round")).containsExactly("0", "1");
    assertThat(Runs.events(run, "failed")).hasSize(1);
  }

  @Test
  void stopEndsTheReplicateAndGoesOnWithTheOthers() throws IOException {
    Path stopped = runs.run(sets("replicates=2", "on-collapse=stop"));
    assertThat(runs.screen())
        .contains("replicate 0 (1 of 2), " + WHAT + "; the replicate stops here")
        .contains("replicate 1 (2 of 2), " + WHAT + "; the replicate stops here")
        .contains("trainings: 4")
        .doesNotContain("effective %");
    assertThat(Runs.column(stopped, "replicate")).containsExactly("0", "0", "1", "1");
    assertThat(Runs.events(stopped, "collapse")).hasSize(2);
    assertThat(Runs.events(stopped, "end")).hasSize(1);

    assertThat(runs.run(sets("replicates=2"))).as("the same run goes on").isEqualTo(stopped);
    assertThat(Runs.found(stopped)).containsExactly(true, true, false, true, true, false);
  }

  @Test
  void aRunThatStopsBeforeItsFirstTicketHasAnEmptyTable() throws IOException {
    Path run = runs.run(sets("on-collapse=stop", "method.densities=[0.0005]", "controls=[]"));
    assertThat(Runs.column(run, "round")).isEmpty();
  }

  @Test
  void theDenseControlIsTrainedEvenIfNoTicketIs() throws IOException {
    Path run = runs.run(sets("on-collapse=stop", "method.densities=[0.0005]"));
    assertThat(Runs.column(run, "round")).containsExactly("0");
  }
}
