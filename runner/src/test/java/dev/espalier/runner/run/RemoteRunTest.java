// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.ScreenWidth;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteRunTest {

  private static final Registry REGISTRY = Registry.load();

  @TempDir private Path root;

  private RemoteRun check(String... sets) {
    ExperimentReader reader = new ExperimentReader(REGISTRY);
    Draft draft = reader.draft("demo", List.of(sets), Optional.empty());
    return RemoteRun.check(REGISTRY, root, draft);
  }

  @Test
  void aMachineWithoutTheDeviceChecksAndTrainsNothing() {
    RemoteRun run = check("device=\"gpu:9\"", "replicates=3");
    assertThat(run.cells()).isEqualTo(3);
    assertThat(run.folder()).doesNotExist();
    assertThat(root.resolve("store")).doesNotExist();
  }

  @Test
  void theCopyForWorkersIsTheSameRun() throws IOException {
    RemoteRun run = check("method.rounds=2", "device=gpu");
    Path copy = Files.writeString(root.resolve("copy.conf"), run.experiment());
    ExperimentReader reader = new ExperimentReader(REGISTRY);
    assertThat(reader.digest(reader.read(copy.toString(), List.of())))
        .isEqualTo(reader.digest(run.sweep()));
  }

  @Test
  void mistakesAreFoundBeforeAnythingIsSubmitted() {
    assertThatThrownBy(() -> check("device=gpu", "training.warm-up=100000"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("training.warm-up")
        .hasMessageNotContaining("device");
  }

  @Test
  void aSectionOfASiteInAnExperimentHasAnotherPlace() throws IOException {
    Path file = Files.writeString(root.resolve("x.conf"), "name = x\ncluster { workers = 2 }\n");
    ExperimentReader reader = new ExperimentReader(REGISTRY);
    assertThatThrownBy(() -> reader.read(file.toString(), List.of()))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("x.conf:2: cluster: found a section of a site, allowed is none")
        .hasMessageContaining("Move it to the file cluster.conf");
  }

  @Test
  void aFolderThatIsNoRunIsRefused() {
    assertThatThrownBy(() -> StartedRun.of(root))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("run: found " + root + ", which is no run that was started");
  }

  @Test
  void aRunWithoutWorkersHasNoneToCancel() throws IOException {
    Files.writeString(root.resolve("events.jsonl"), "");
    StringWriter out = new StringWriter();
    StartedRun.of(root)
        .cancel(new Screen(new PrintWriter(out, true), false, ScreenWidth.UNLIMITED));
    assertThat(out.toString()).contains("no worker of this run is at work");
  }
}
