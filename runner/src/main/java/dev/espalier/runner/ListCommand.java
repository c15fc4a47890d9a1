// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code espalier list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description =
        "Lists everything that an experiment chooses by id, kind by kind, and the built-in"
            + " experiments.")
final class ListCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Registry registry = Registry.load();
    for (Class<?> kind : registry.kinds()) {
      out.println(registry.word(kind));
      for (PluginEntry named : registry.all(kind)) {
        out.printf("  %-28s %s%n", named.id(), named.summary());
        out.printf(
            "  %-28s   %s%n",
            "", named.paper().map(paper -> paper + "; ").orElse("") + named.origin());
      }
      out.println();
    }
    out.println("experiment");
    ExperimentReader.builtIn()
        .forEach((name, sentence) -> out.printf("  %-28s %s%n", name, sentence));
    registry.skipped().forEach(jar -> out.println("\nplugin not loaded: " + jar));
    return ExitCode.DONE;
  }
}
