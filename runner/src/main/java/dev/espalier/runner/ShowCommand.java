// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the file of a built-in experiment, as a beginning of another one:",
      "  espalier show demo > my.conf",
      "  espalier run my.conf"
    })
final class ShowCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "<experiment>",
      completionCandidates = Ids.Experiments.class,
      description = "a built-in experiment (see 'espalier list experiments')")
  private String experiment;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(ExperimentReader.text(experiment));
    spec.commandLine().getOut().flush();
    return ExitCode.DONE;
  }
}
