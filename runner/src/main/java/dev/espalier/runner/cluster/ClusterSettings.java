// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code cluster} of a site file: where and how workers start. Nothing of it is a part
 * of an experiment, so that the same experiment on another cluster is the same run.
 *
 * @param workers the number of workers
 * @param perGpu the number of workers in one task, which share its GPU
 * @param partition the partition
 * @param gres the generic resources of a task
 * @param cpus the cores of a task
 * @param memory the memory of a task
 * @param time the time limit of a task
 * @param signal the time between the signal and the time limit
 * @param arrayLimit the largest number of tasks at once
 * @param setup lines of a shell before the workers start
 * @param extra further options of the scheduler
 * @param retries how often a task starts a worker again that was killed
 * @param espalier the folder of the distribution
 * @param kubernetes what only Kubernetes needs
 */
public record ClusterSettings(
    @Setting(
            value = "number of workers; more than the run has cells do not start",
            defaults = "8",
            range = "[1, 10000]")
        int workers,
    @Setting(
            value = "number of workers in one task, which share its GPU, its cores and its memory",
            defaults = "1",
            range = "[1, 64]")
        int perGpu,
    @Setting("the partition, as 'sinfo' names it; that of the cluster by default")
        Optional<String> partition,
    @Setting("generic resources of a task, such as \"gpu:1\"; without them workers have no GPU")
        Optional<String> gres,
    @Setting(
            value = "cores of a task; by default the threads of the experiment times per-gpu",
            range = "[1, 4096]")
        Optional<Integer> cpus,
    @Setting(
            "memory of a task, such as 16G; the Java heaps of its workers get half of it. That of"
                + " the cluster by default")
        Optional<String> memory,
    @Setting(
            "time limit of a task, such as 90m, 4h or 2d; that of the cluster by default. The task"
                + " goes on from its checkpoint afterwards")
        Optional<String> time,
    @Setting(
            value = "time before the limit at which workers save a checkpoint, such as 120s or 5m",
            defaults = "120s")
        String signal,
    @Setting(value = "largest number of tasks at once; no limit by default", range = "[1, 10000]")
        Optional<Integer> arrayLimit,
    @Setting(
            value = "lines of a shell before the workers start, such as \"module load java/17\"",
            defaults = "[]")
        List<String> setup,
    @Setting(value = "further options of the scheduler, each as \"--account=x\"", defaults = "[]")
        List<String> extra,
    @Setting(
            value = "how often a task starts a worker again that was killed",
            defaults = "3",
            range = "[0, 100]")
        int retries,
    @Setting("folder of the distribution on the nodes; by default that of this command")
        Optional<String> espalier,
    @Setting(
            "image, shared volume and GPUs for --on kubernetes; 'espalier describe kubernetes'"
                + " names its keys")
        Optional<KubernetesSettings> kubernetes) {

  private static final String ONE_LINE = "text on one line";

  /** The longest time between the signal and the limit that Slurm takes, in seconds. */
  private static final int LONGEST_SIGNAL = 65535;

  /** Checks the ranges and the forms. */
  public ClusterSettings {
    setup = List.copyOf(setup);
    extra = List.copyOf(extra);
    Ranges.check(
        ClusterSettings.class,
        workers,
        perGpu,
        partition,
        gres,
        cpus,
        memory,
        time,
        signal,
        arrayLimit,
        setup,
        extra,
        retries,
        espalier,
        kubernetes);
    Refusals refusals = new Refusals();
    refuse(refusals, "partition", partition, "[^\\s\"]+", "a name without spaces", "");
    refuse(refusals, "gres", gres, "[^\\s\"]+", "resources such as \"gpu:1\"", "");
    refuse(
        refusals,
        "memory",
        memory,
        "[1-9]\\d{0,8}[KMGT]",
        "a whole number with K, M, G or T, such as 16G",
        "");
    String duration = "a whole number with s, m, h or d, such as 90m";
    refuse(refusals, "time", time, "[1-9]\\d{0,7}[smhd]", duration, "");
    refuse(refusals, "signal", Optional.of(signal), "[1-9]\\d{0,7}[smhd]", duration, "");
    refuse(refusals, "espalier", espalier, "/[^\\p{Cntrl}]*", "a folder that begins with /", "");
    for (int i = 0; i < setup.size(); i++) {
      String key = "setup[" + i + "]";
      refuse(refusals, key, Optional.of(setup.get(i)), "\\V*", ONE_LINE, "Split it in two");
    }
    for (int i = 0; i < extra.size(); i++) {
      refuse(
          refusals,
          "extra[" + i + "]",
          Optional.of(extra.get(i)),
          "-\\V+",
          "an option such as \"--account=x\"",
          "");
    }
    if (refusals.isEmpty() && seconds(signal) > LONGEST_SIGNAL) {
      refusals.add("signal", signal, "at most " + LONGEST_SIGNAL + "s");
    } else if (refusals.isEmpty() && time.filter(t -> seconds(t) <= seconds(signal)).isPresent()) {
      refusals.add("signal", signal, "less than the time limit, which is " + time.get());
    }
    if (!refusals.isEmpty()) {
      throw new RefusedException(refusals.all());
    }
  }

  private static void refuse(
      Refusals refusals,
      String key,
      Optional<String> value,
      String pattern,
      String allowed,
      String remedy) {
    value
        .filter(text -> !text.matches(pattern))
        .ifPresent(text -> refusals.add(new Refusal(key, "\"" + text + "\"", allowed, remedy)));
  }

  /** The settings of a site without a file. */
  static ClusterSettings defaults() {
    return new ClusterSettings(
        8,
        1,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "120s",
        Optional.empty(),
        List.of(),
        List.of(),
        3,
        Optional.empty(),
        Optional.empty());
  }

  /** A duration such as 90m in seconds. */
  static long seconds(String duration) {
    int last = duration.length() - 1;
    long count = Long.parseLong(duration.substring(0, last));
    return switch (duration.charAt(last)) {
      case 's' -> count;
      case 'm' -> 60 * count;
      case 'h' -> 3600 * count;
      default -> 24 * 3600 * count;
    };
  }

  /** The largest Java heap of a worker in MiB, if the memory of a task is known. */
  Optional<Long> heap() {
    return memory.map(
        size -> {
          int last = size.length() - 1;
          long count = Long.parseLong(size.substring(0, last));
          long kib = count << (10 * "KMGT".indexOf(size.charAt(last)));
          return Math.max(64, kib / 1024 / 2 / perGpu);
        });
  }

  /** Whether the tasks get a GPU. */
  boolean hasGpu() {
    return gres.filter(resources -> resources.matches("(.*,)?gpu(:.*)?")).isPresent();
  }
}
