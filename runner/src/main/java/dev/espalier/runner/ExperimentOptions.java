// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
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

/** The options of commands that take an experiment. */
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

  /** The parent folder of runs, store and prepared. */
  Path root() {
    return root;
  }

  /** Whether an option changes the experiment of the file. */
  boolean areSet() {
    return !sets.isEmpty() || variant != null;
  }

  /** Loads all plugins and prints a warning for each that was skipped. */
  Registry registry() {
    return registry(spec.commandLine());
  }

  /** Loads all plugins for a command that takes no experiment. */
  static Registry registry(CommandLine command) {
    Registry registry = Registry.load();
    registry
        .skipped()
        .forEach(jar -> command.getErr().println("espalier: plugin not loaded: " + jar));
    return registry;
  }

  Draft draft(String experiment, ExperimentReader reader) {
    return reader.draft(experiment, sets, Optional.ofNullable(variant));
  }

  /** Runs work that Ctrl-C can interrupt, and returns the exit code; finished steps are kept. */
  int interruptibly(Consumer<Interruption> work) {
    return interruptibly(spec, work);
  }

  /** Runs work of a command that takes no experiment. */
  static int interruptibly(CommandSpec spec, Consumer<Interruption> work) {
    try (Interruption interruption = new Interruption()) {
      try {
        work.accept(interruption);
        return ExitCode.DONE;
      } catch (Interruption.Interrupted e) {
        // Printed before the interruption closes, since the JVM ends right after.
        if (Terminal.screen(spec).isTerminal()) {
          spec.commandLine().getErr().println(); // ends the line with the echo ^C
        }
        spec.commandLine().getErr().println("espalier: " + e.getMessage());
        return ExitCode.INTERRUPTED;
      }
    }
  }
}
