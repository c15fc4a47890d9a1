// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.bench.Bench;
import dev.espalier.runner.bench.Bench.Effort;
import dev.espalier.runner.bench.Bounded;
import dev.espalier.runner.bench.WorkersBench;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Devices;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Compares, in one process and in turns: the engine with a bare DJL loop on the same"
          + " work, masked steps with dense ones, and narrow networks with wide ones. Compares"
          + " knowledge evolution with as many plain trainings, and a moving mask with a still one."
          + " Compares the steps of methods that do not train weights with dense steps. Networks:"
          + " lenet-300-100, batch 128, momentum;"
          + " for channel methods vgg-16, batch 64. Shows the native memory of such trainings."
          + " Runs for about eight minutes.",
      "Always exits with 0, because figures of a noisy machine are no error."
    })
final class BenchCommand implements Callable<Integer> {

  @Option(
      names = "--device",
      paramLabel = "<device>",
      description = "device: auto, cpu, gpu or gpu:1 (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = "CPU threads per operation (default: ${DEFAULT-VALUE})")
  private int threads = 1;

  @Option(
      names = "--method",
      paramLabel = "<id | section>",
      description =
          "measures only this method, such as '{ id = slots, k = 4 }': step and memory of"
              + " its first training, compared with dense training; repeatable")
  private List<String> methods = List.of();

  @Option(
      names = "--workers",
      description =
          "measures only processes: a shorter demo with two workers against one, the start of a"
              + " worker, and a claim; about six minutes")
  private boolean workers;

  @Option(
      names = "--model",
      paramLabel = "<id | section>",
      description =
          "network for the steps of --method, on random 32x32 colour images (default:"
              + " lenet-300-100 on digits, and another network for memory)")
  private String model;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine command = spec.commandLine();
    if (model != null && methods.isEmpty()) {
      throw new ConfigProblem(
          "--model: found no --method, allowed is at least one to measure in it");
    }
    PrintWriter out = command.getOut();
    if (workers) {
      summary("figures", new WorkersBench(out).measure(), out);
      return ExitCode.DONE;
    }
    Devices.threads(threads);
    out.println(Devices.line(Devices.required(device)));
    Registry registry = ExperimentOptions.registry(command);
    try (Bench bench = new Bench(Effort.FULL, Devices.choose(device), registry, out)) {
      summary(
          "ratios",
          methods.isEmpty() ? bench.steps() : bench.steps(methods, Optional.ofNullable(model)),
          out);
      if (model == null) {
        out.println();
        summary("footprints", methods.isEmpty() ? bench.memory() : bench.memory(methods), out);
      }
    }
    return ExitCode.DONE;
  }

  private static void summary(String what, List<? extends Bounded> measured, PrintWriter out) {
    List<? extends Bounded> bounded =
        measured.stream().filter(figure -> figure.bound().isPresent()).toList();
    if (!bounded.isEmpty()) {
      long within = bounded.stream().filter(Bounded::holds).count();
      out.printf("%d of %d %s are within their bounds%n", within, bounded.size(), what);
    }
  }
}
