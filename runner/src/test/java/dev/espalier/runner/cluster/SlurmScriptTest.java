// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script as text, and as bash runs it with a worker and an scontrol that are scripts. */
@DisabledOnOs(OS.WINDOWS)
class SlurmScriptTest {

  @TempDir private Path folder;

  private ClusterSettings settings(String section) throws IOException {
    Path file = Files.writeString(folder.resolve("site.conf"), "cluster { " + section + " }");
    return ClusterFile.settings(Optional.of(file), Registry.of());
  }

  private static List<String> options(SlurmScript script) {
    return script.text().lines().filter(line -> line.startsWith("#SBATCH ")).toList();
  }

  @Test
  void theOptionsAreThoseOfTheSite() throws IOException {
    SlurmScript script =
        new SlurmScript(
            settings(
                "per-gpu = 2, partition = gpu, gres = \"gpu:1\", memory = 16G, time = 36h,"
                    + " array-limit = 8, setup = [\"module load java/17\"],"
                    + " extra = [\"--account=x\"]"),
            Path.of("/shared/runs/demo-1234abcd"),
            Path.of("/shared"),
            List.of("/opt/espalier/espalier", "work", "demo"),
            31,
            4);
    assertThat(options(script))
        .containsExactly(
            "#SBATCH --job-name=demo-1234abcd",
            "#SBATCH --array=0-15%8",
            "#SBATCH --ntasks=1",
            "#SBATCH --cpus-per-task=4",
            "#SBATCH --mem=16G",
            "#SBATCH --partition=gpu",
            "#SBATCH --gres=gpu:1",
            "#SBATCH --time=36:00:00",
            "#SBATCH --signal=B:USR1@120",
            "#SBATCH --requeue",
            "#SBATCH --open-mode=append",
            "#SBATCH --chdir=/shared",
            "#SBATCH --output=/shared/runs/demo-1234abcd/cluster/%A_%a.log",
            "#SBATCH --account=x");
    assertThat(script.text().lines())
        .startsWith("#!/bin/bash")
        .containsSubsequence(
            "module load java/17",
            "export OMP_WAIT_POLICY=passive",
            "export ESPALIER_OPTS=\"-Xmx4096m ${ESPALIER_OPTS:-}\"",
            "    /opt/espalier/espalier work demo --name \"$1\" &",
            "for i in $(seq 2); do");
  }

  @Test
  void namesWithSpacesQuotesAndPercentSignsAreQuoted() {
    SlurmScript script =
        new SlurmScript(
            ClusterSettings.defaults(),
            Path.of("/a b/50%/it's \"x\"/runs/tiny"),
            Path.of("/a b/50%/it's \"x\""),
            List.of("/opt/my espalier/espalier", "work", "it's $HOME `x`"),
            1,
            1);
    assertThat(options(script))
        .contains(
            "#SBATCH --array=0-0",
            "#SBATCH --chdir=\"/a b/50%/it's \\\"x\\\"\"",
            "#SBATCH --output=\"/a b/50%%/it's \\\"x\\\"/runs/tiny/cluster/%A_%a.log\"");
    assertThat(script.text())
        .contains("'/opt/my espalier/espalier' work 'it'\\''s $HOME `x`' --name \"$1\" &");
  }

  /** Starts the script as Slurm does, with a worker that is a text of bash. */
  private Process start(String worker, String section) throws IOException {
    Path folder = Files.createDirectories(this.folder.resolve("it's a \"folder\""));
    Path run = Files.createDirectories(folder.resolve("runs/tiny-1"));
    Files.writeString(folder.resolve("worker.sh"), worker);
    Files.writeString(
        Files.createFile(folder.resolve("scontrol")), "#!/bin/sh\necho scontrol \"$@\"\n");
    assertThat(folder.resolve("scontrol").toFile().setExecutable(true)).isTrue();
    List<String> command = List.of("bash", folder.resolve("worker.sh").toString(), "a 'b'");
    SlurmScript script = new SlurmScript(settings(section), run, folder, command, 9, 1);
    Path file = Files.writeString(folder.resolve("job.sh"), script.text());
    ProcessBuilder builder =
        new ProcessBuilder("bash", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile());
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("SLURM_ARRAY_JOB_ID", "7");
    builder.environment().put("SLURM_ARRAY_TASK_ID", "3");
    builder.environment().put("SLURM_JOB_ID", "10");
    return builder.start();
  }

  private String out() throws IOException {
    return Files.readString(
        folder.resolve("it's a \"folder\"").resolve("out"), StandardCharsets.UTF_8);
  }

  private static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /** Waits for a line of the output, and sends a signal to the shell alone. */
  private void signalAfter(String line, Process process, String signal)
      throws IOException, InterruptedException {
    while (!out().contains(line)) {
      assertThat(process.waitFor(20, TimeUnit.MILLISECONDS)).as(out()).isFalse();
    }
    end(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start());
  }

  /** A worker that saves a checkpoint, as the real one does, at a TERM. */
  private static final String INTERRUPTIBLE =
      """
      trap 'echo saved $3; exit 130' TERM
      echo ready $3
      while :; do sleep 0.02; done
      """;

  @Test
  void workersOfOneTaskHaveNamesAndTheCommandsArguments() throws Exception {
    assertThat(end(start("echo \"$1|$2|$3\"", "per-gpu = 2"))).isZero();
    assertThat(out().lines()).containsExactlyInAnyOrder("a 'b'|--name|7-3-1", "a 'b'|--name|7-3-2");
  }

  @Test
  void aKilledWorkerIsStartedAgainAsOftenAsTheSiteAllows() throws Exception {
    assertThat(end(start("kill -KILL $$", "retries = 2"))).isEqualTo(137);
    assertThat(out().lines().filter(line -> line.contains("it is started again"))).hasSize(2);
  }

  @Test
  void aMistakeIsNotRepeated() throws Exception {
    assertThat(end(start("echo once; exit 2", "retries = 2"))).isEqualTo(2);
    assertThat(out()).isEqualTo("once\n");
  }

  @Test
  void aCancellationSavesACheckpointOfEachWorkerAndQueuesNothing() throws Exception {
    Process process = start(INTERRUPTIBLE, "per-gpu = 2");
    signalAfter("ready 7-3-1", process, "CONT");
    signalAfter("ready 7-3-2", process, "TERM");
    assertThat(end(process)).isEqualTo(130);
    assertThat(out()).contains("saved 7-3-1", "saved 7-3-2").doesNotContain("scontrol");
  }

  @Test
  void theTimeLimitSavesACheckpointAndQueuesTheTaskAgain() throws Exception {
    Process process = start(INTERRUPTIBLE, "");
    signalAfter("ready 7-3-1", process, "USR1");
    assertThat(end(process)).isZero();
    assertThat(out()).contains("saved 7-3-1").endsWith("scontrol requeue 10\n");
  }

  @Test
  void aNodeThatDoesNotSeeTheRunSaysSo() throws Exception {
    Process process = start("echo never", "setup = [\"rm -r runs/tiny-1\"]");
    assertThat(end(process)).isEqualTo(2);
    assertThat(out())
        .contains("does not see the folder of the run", "tiny-1")
        .doesNotContain("never");
  }
}
