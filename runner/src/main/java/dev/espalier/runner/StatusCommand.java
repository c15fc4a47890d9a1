// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.cluster.SlurmRun;
import dev.espalier.runner.run.RunStatus;
import dev.espalier.runner.run.Screen;
import dev.espalier.runner.run.StartedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Shows the state of a run: its workers, the cells that have ended, the time left.",
      "A cell is a replicate of a variant. For jobs of Slurm it shows their states, too."
    })
final class StatusCommand implements Callable<Integer> {

  @Parameters(paramLabel = "<run>", description = "the folder of a run")
  private Path run;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    StartedRun started = StartedRun.of(run);
    Screen screen = Terminal.screen(spec);
    started.holder().ifPresent(holder -> screen.out().println("the run is held by " + holder));
    RunStatus status = RunStatus.of(run);
    if (status.cells() > 0) {
      status.lines(screen.width()).forEach(screen.out()::println);
    } else {
      screen.out().println("no workers have begun");
    }
    new SlurmRun(run, screen).status();
    return ExitCode.DONE;
  }
}
