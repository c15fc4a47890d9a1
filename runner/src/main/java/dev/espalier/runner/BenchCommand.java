// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.bench.Bench;
import dev.espalier.runner.bench.Bench.Effort;
import dev.espalier.runner.bench.Ratio;
import dev.espalier.runner.run.Devices;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Compares the engine with a bare DJL loop on the same work, and a masked step with a dense"
          + " one: ratios within one run, the sides taking turns. About 90 seconds.",
      "Ends with 0 whatever the ratios are: a noisy machine is no fault."
    })
final class BenchCommand implements Callable<Integer> {

  @Option(
      names = "--device",
      paramLabel = "<device>",
      description = "where to compute: auto, cpu, gpu or gpu:1 (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(
      names = "--threads",
      paramLabel = "<n>",
      description = "CPU threads of one operation (default: ${DEFAULT-VALUE})")
  private int threads = 1;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Devices.threads(threads);
    try (Bench bench = new Bench(Effort.FULL, Devices.choose(device), out)) {
      List<Ratio> ratios = bench.run();
      long above = ratios.stream().filter(ratio -> !ratio.holds()).count();
      out.printf("%d of %d ratios are within their bounds%n", ratios.size() - above, ratios.size());
    }
    return Main.DONE;
  }
}
