// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Interruption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What commands that take an experiment have in common. */
final class ExperimentOptions {

  @Option(
      names = "--set",
      paramLabel = "<key=value>",
      description =
          "replaces a value of the file and of its variants, such as --set method.rounds=3; repeatable")
  private List<String> sets = List.of();

  @Option(
      names = "--variant",
      paramLabel = "<name>",
      description = "selects this variant alone, as a separate experiment")
  private String variant;

  @Option(
      names = "--dir",
      paramLabel = "<folder>",
      description = "parent of the folders runs, store and prepared (default: the current folder)")
  private Path root = Path.of("");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** The folder that runs, store and prepared are in. */
  Path root() {
    return root;
  }

  /** Whether the experiment is not to be as its file says. */
  boolean areSet() {
    return !sets.isEmpty() || variant != null;
  }

  /** All there is, with a word about what could not be loaded. */
  Registry registry() {
    return registry(spec.commandLine());
  }

  /** All there is, for a command that takes no experiment. */
  static Registry registry(CommandLine command) {
    Registry registry = Registry.load();
    registry
        .skipped()
        .forEach(jar -> command.getErr().println("espalier: plugin not loaded: " + jar));
    return registry;
  }

  Sweep read(String experiment, ExperimentReader reader) {
    return draft(experiment, reader).complete();
  }

  Draft draft(String experiment, ExperimentReader reader) {
    return reader.draft(experiment, sets, Optional.ofNullable(variant));
  }

  /** Does work that Ctrl-C may end early; finished steps are kept. Returns the exit code. */
  int interruptibly(Consumer<Interruption> work) {
    try (Interruption interruption = new Interruption()) {
      try {
        work.accept(interruption);
        return ExitCode.DONE;
      } catch (Interruption.Interrupted e) {
        // Printed while the JVM still waits for the interruption to close: it then ends at once.
        spec.commandLine().getErr().println("espalier: " + e.getMessage());
        return ExitCode.INTERRUPTED;
      }
    }
  }
}
