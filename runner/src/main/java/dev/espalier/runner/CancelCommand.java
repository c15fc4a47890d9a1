// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.cluster.SlurmRun;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.run.StartedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier cancel}. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    description = {
      "Ends the workers of a run: its jobs of Slurm, and its workers on this machine.",
      "Each saves a checkpoint. Start the same run again to go on."
    })
final class CancelCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<run>", description = "the folder of a run")
  private Path run;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    StartedRun started = StartedRun.of(run);
    Screen screen = Terminal.screen(spec);
    if (!new SlurmRun(run, screen).cancel()) {
      started.cancel(screen);
    }
    return ExitCode.DONE;
  }
}
