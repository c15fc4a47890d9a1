// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.runner.cluster.Slurm.Task;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.RemoteRun;
import dev.espalier.runner.run.Screen;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Jobs of a Slurm whose programs are scripts, which note how they were called. */
@DisabledOnOs(OS.WINDOWS)
class SlurmRunTest {

  @TempDir private Path folder;
  private Path run;
  private final StringWriter out = new StringWriter();
  private Slurm slurm;
  private SlurmRun jobs;

  @BeforeEach
  void create() throws IOException {
    run = Files.createDirectories(folder.resolve("runs/tiny-1"));
    Files.createDirectories(folder.resolve("bin"));
    slurm = new Slurm("/nowhere:" + folder.resolve("bin"));
    Screen screen = new Screen(new PrintWriter(out, true));
    jobs = new SlurmRun(run, slurm, screen, Duration.ofMillis(1));
    program("scancel", "");
  }

  /** Installs a program. */
  private void program(String name, String script) throws IOException {
    Path file = folder.resolve("bin").resolve(name);
    String text = "#!/bin/sh\ncd '" + folder + "'\necho " + name + " \"$@\" >> calls\n" + script;
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** Installs an squeue that prints the next of some answers at each call, then the last one. */
  private void queue(String... answers) throws IOException {
    for (int i = 0; i < answers.length; i++) {
      Files.writeString(folder.resolve("queue-" + i), answers[i]);
    }
    program(
        "squeue",
        """
        n=$(cat count 2>/dev/null || echo 0)
        echo $((n + 1)) > count
        [ -e queue-$n ] || n=%d
        cat queue-$n
        """
            .formatted(answers.length - 1));
  }

  private List<String> calls(String program) throws IOException {
    return Files.readAllLines(folder.resolve("calls")).stream()
        .filter(call -> call.startsWith(program))
        .toList();
  }

  private SlurmScript script() {
    List<String> command = List.of("/opt/espalier/espalier", "work");
    return new SlurmScript(ClusterSettings.defaults(), run, folder, command, 3, 1);
  }

  @Test
  void aSubmissionIsAnArrayAndAJobThatFollowsIt() throws IOException {
    program("sbatch", "[ -e first ] && echo '13;cluster' || echo 12; touch first\n");
    jobs.submit(script(), "name = tiny");
    Path file = run.resolve("cluster/job.sh");
    assertThat(calls("sbatch"))
        .containsExactly(
            "sbatch --parsable " + file,
            "sbatch --parsable --dependency=afterany:12 --array=0-0 " + file);
    assertThat(file).hasContent(script().text());
    assertThat(run.resolve("cluster/experiment.conf")).hasContent("name = tiny");
    assertThat(ClusterJobs.read(run)).contains(new ClusterJobs(List.of("12", "13")));
    assertThat(out.toString()).contains("job 12: 3 tasks, each with 1 worker", "job 13: follows");
  }

  @Test
  void aRefusalHasTheWordsOfSlurmAndLeavesNoJob() throws IOException {
    program(
        "sbatch", "[ -e first ] || { touch first; echo 12; exit 0; }\necho invalid >&2; exit 1\n");
    assertThatThrownBy(() -> jobs.submit(script(), "name = tiny"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessage("Slurm does not take the job: invalid");
    assertThat(calls("scancel")).containsExactly("scancel --quiet 12");
    assertThat(ClusterJobs.read(run)).isEmpty();
  }

  @Test
  void withoutSbatchNothingIsSubmitted() {
    assertThatThrownBy(() -> jobs.submit(script(), "name = tiny"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("found no program sbatch on the PATH")
        .hasMessageContaining("--on slurm --print");
  }

  @Test
  void theEndOfAllTasksWithoutResultsNamesTheFailuresAndTheirMessages() throws IOException {
    new ClusterJobs(List.of("12", "13")).write(run);
    queue("12_0|RUNNING|None\n", "13_0|PENDING|Dependency\n", "12_0|FAILED|NonZeroExitCode\n", "");
    Files.createDirectories(run.resolve("cluster"));
    Files.writeString(run.resolve("cluster/12_0.log"), "x\nespalier: device: found gpu\ny\n");
    assertThatThrownBy(jobs::await)
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("the jobs have ended, and no worker has begun")
        .hasMessageContaining("start the same command again");
    assertThat(out.toString())
        .contains("Ctrl-C ends this command, and leaves the jobs in the queue")
        .contains("tasks: 1 pending (Dependency), 1 running")
        .contains("task 12_0: FAILED (NonZeroExitCode); device: found gpu");
  }

  @Test
  void anUnansweredQuestionIsAskedAgain() throws IOException {
    new ClusterJobs(List.of("12")).write(run);
    program("squeue", "[ -e asked ] && exit 0; touch asked; echo 'timed out' >&2; exit 1\n");
    assertThatThrownBy(jobs::await).hasMessageContaining("no worker has begun");
    assertThat(out.toString()).contains("Slurm does not answer (timed out), and is asked again");
  }

  @Test
  void aJobThatSlurmHasForgottenHasEnded() throws IOException {
    program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1\n");
    assertThat(slurm.tasks(List.of("12"))).isEmpty();
  }

  @Test
  void cancellingRequestsCheckpointsFirst() throws IOException {
    new ClusterJobs(List.of("12", "13")).write(run);
    queue("12_0|RUNNING|None\n", "", "12_0|COMPLETING|None\n", "", "12_0|FAILED|x\n", "");
    assertThat(jobs.cancel()).isTrue();
    assertThat(calls("scancel"))
        .containsExactly(
            "scancel --quiet --state=PENDING 12 13", "scancel --quiet --signal=TERM --batch 12 13");
    assertThat(jobs.cancel()).as("a second time").isFalse();
  }

  @Test
  void aRunWithoutJobsHasNoneToCancel() throws IOException {
    assertThat(jobs.cancel()).isFalse();
    jobs.status();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void statesAreCounted() {
    assertThat(
            SlurmRun.words(
                List.of(
                    new Task("1_0", "RUNNING", "None"),
                    new Task("1_1", "PENDING", "Resources"),
                    new Task("1_2", "PENDING", "Resources"),
                    new Task("1_3", "OUT_OF_MEMORY", "OutOfMemory"))))
        .isEqualTo("1 out of memory, 2 pending (Resources), 1 running");
  }

  @Test
  void aDamagedFileOfJobsIsNamed() throws IOException {
    Files.writeString(run.resolve("cluster.json"), "{\"jobs\": [\"x; rm\"]}");
    assertThatThrownBy(() -> ClusterJobs.read(run))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("cluster.json: found no numbers of jobs");
  }

  /** A run in a folder, on a cluster whose nodes have other names than this machine. */
  private ClusterRun run(Path root, String... sets) throws IOException {
    program("sinfo", "echo node-1; echo node-2\n");
    program("sbatch", "echo 12\n");
    Path site = folder.resolve("site.conf");
    Files.writeString(
        site, "cluster { espalier = /opt/espalier, gres = \"gpu:1\", workers = 40, per-gpu = 2 }");
    RemoteRun remote =
        new RemoteRun(
            root.resolve("runs/demo-1"),
            new ExperimentReader(Registry.load()).read("demo", List.of(sets)),
            "name = demo");
    ClusterSettings settings = ClusterFile.settings(Optional.of(site), Registry.of());
    return new ClusterRun(settings, remote, root, 0, List.of());
  }

  @Test
  void aTemporaryFolderIsRefusedIfThereAreOtherNodes() throws IOException {
    ClusterRun demo = run(Path.of("/tmp/espalier-study"));
    assertThatThrownBy(() -> demo.submit(slurm, jobs, true))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("--dir: found the folder /tmp/espalier-study in /tmp of ")
        .hasMessageContaining("allowed is a folder that all nodes share");
    assertThat(calls("sbatch")).isEmpty();
  }

  @Test
  void aFolderThatSlurmCannotNameIsRefused() throws IOException {
    ClusterRun demo = run(Path.of("/home/a\\b"));
    assertThatThrownBy(demo::slurm)
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContaining("--dir: found the folder /home/a\\b, allowed is a name without");
  }

  @Test
  void noMoreWorkersStartThanThereAreCells() throws IOException {
    SlurmScript script = run(Path.of("/home/study"), "replicates=5").slurm();
    assertThat(script.workers()).isEqualTo(5);
    assertThat(script.tasks()).isEqualTo(3);
    assertThat(script.cpus()).isEqualTo(2);
  }

  @Test
  void aWorkerThatGetsAGpuRefusesToComputeWithoutIt() throws IOException {
    assertThat(run(Path.of("/home/study")).command())
        .containsExactly(
            "/opt/espalier/espalier",
            "work",
            "/home/study/runs/demo-1/cluster/experiment.conf",
            "--dir",
            "/home/study",
            "--set",
            "device=gpu");
    assertThat(run(Path.of("/home/study"), "device=cpu").command()).doesNotContain("--set");
  }
}
