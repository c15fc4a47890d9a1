// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.runner.store.RunLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The batch script of a run's workers, for bash from version 4. Each task of its job array starts
 * {@code per-gpu} workers, and starts one again that was killed. Before the time limit it requests
 * checkpoints and queues the task again; after a cancellation it requests checkpoints only.
 *
 * @param settings the settings of the site
 * @param run the folder of the run
 * @param folder the folder in which workers start: paths of data may be relative to it
 * @param command the command of a worker, without its name
 * @param workers the number of workers
 * @param cpus the cores of a task
 */
record SlurmScript(
    ClusterSettings settings, Path run, Path folder, List<String> command, int workers, int cpus) {

  private static final String WORK =
      """

      # Waits for a process to its end, since a signal ends wait early. Sets code.
      outcome() {
        local seen=-1
        until [ "$seen" = "$signals" ]; do
          seen=$signals
          wait "$1"
          code=$?
        done
      }

      # Starts a worker, and starts it again if it is killed; ends with its exit code.
      work() {
        signals=0
        trap 'signals=$((signals + 1)); kill -TERM "$child" 2>/dev/null' TERM
        for left in $(seq %d -1 0); do
          %s --name "$1" &
          child=$!
          [ "$signals" = 0 ] || kill -TERM "$child"
          outcome "$child"
          case $code in 0 | 2 | 130 | 143) break ;; esac
          [ "$signals" = 0 ] && [ "$left" != 0 ] || break
          echo "espalier: worker $1 ended with exit code $code; it is started again" >&2
        done
        exit "$code"
      }

      signals=0 limit= workers= worst=0 interrupted=
      trap 'signals=$((signals + 1)); kill -TERM $workers 2>/dev/null' TERM
      trap 'limit=near; signals=$((signals + 1)); kill -TERM $workers 2>/dev/null' USR1
      for i in $(seq %d); do
        work "$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID-$i" &
        workers="$workers $!"
      done
      [ "$signals" = 0 ] || kill -TERM $workers
      for worker in $workers; do
        outcome "$worker"
        [ "$code" -le "$worst" ] || worst=$code
        case $code in 130 | 143) interrupted=yes ;; esac
      done
      if [ -n "$limit" ] && [ -n "$interrupted" ]; then
        echo "espalier: the time limit is near, and the task is queued again" >&2
        scontrol requeue "$SLURM_JOB_ID" && exit 0
        echo "espalier: Slurm refused that; start the same command again to go on" >&2
      fi
      exit "$worst"
      """;

  /** The number of tasks in the job array. */
  int tasks() {
    return (workers + settings.perGpu() - 1) / settings.perGpu();
  }

  /** The name of the job: that of the run's folder. */
  String name() {
    return run.getFileName().toString();
  }

  /** The file of the experiment that workers read. */
  static Path experiment(Path run) {
    return run.resolve(RunLayout.CLUSTER).resolve(RunLayout.EXPERIMENT);
  }

  /** Describes the tasks. */
  String words() {
    return tasks()
        + (tasks() == 1 ? " task" : " tasks")
        + ", each with "
        + settings.perGpu()
        + (settings.perGpu() == 1 ? " worker, " : " workers, ")
        + cpus
        + (cpus == 1 ? " core and " : " cores and ")
        + settings.gres().orElse("no GPU");
  }

  /** Writes the script. */
  String text() {
    List<String> lines = new ArrayList<>(List.of("#!/bin/bash"));
    options().forEach(option -> lines.add("#SBATCH " + option));
    lines.add("");
    lines.addAll(settings.setup());
    String run = Shell.quote(this.run.toString());
    lines.add("cd " + Shell.quote(folder.toString()) + " && [ -d " + run + " ] || {");
    lines.add(
        "  echo \"espalier: $(hostname) does not see the folder of the run, \"" + run + " >&2");
    lines.add("  exit 2");
    lines.add("}");
    lines.add("export OMP_WAIT_POLICY=passive");
    settings
        .heap()
        .ifPresent(
            mib -> lines.add("export ESPALIER_OPTS=\"-Xmx" + mib + "m ${ESPALIER_OPTS:-}\""));
    String worker = command.stream().map(Shell::quote).collect(Collectors.joining(" "));
    return String.join("\n", lines)
        + "\n"
        + WORK.formatted(settings.retries(), worker, settings.perGpu());
  }

  private List<String> options() {
    List<String> options = new ArrayList<>();
    options.add("--job-name=" + name());
    String limit = settings.arrayLimit().map(most -> "%" + most).orElse("");
    options.add("--array=0-" + (tasks() - 1) + limit);
    options.add("--ntasks=1");
    options.add("--cpus-per-task=" + cpus);
    settings.memory().ifPresent(memory -> options.add("--mem=" + memory));
    settings.partition().ifPresent(partition -> options.add("--partition=" + partition));
    settings.gres().ifPresent(gres -> options.add("--gres=" + gres));
    settings.time().map(SlurmScript::clock).ifPresent(time -> options.add("--time=" + time));
    options.add("--signal=B:USR1@" + ClusterSettings.seconds(settings.signal()));
    options.add("--requeue");
    options.add("--open-mode=append");
    options.add("--chdir=" + quoted(folder.toString()));
    // In this option % begins a pattern.
    String logs = run.resolve(RunLayout.CLUSTER).toString().replace("%", "%%");
    options.add("--output=" + quoted(logs + "/%A_%a.log"));
    options.addAll(settings.extra());
    return options;
  }

  /** A duration in the form of Slurm. */
  private static String clock(String duration) {
    long seconds = ClusterSettings.seconds(duration);
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** Quotes a value in a line of options, which sbatch reads by its own rules. */
  private static String quoted(String text) {
    return text.matches(Shell.PLAIN)
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
