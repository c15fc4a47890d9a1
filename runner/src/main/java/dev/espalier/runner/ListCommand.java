// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.settings.Nearest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Screen;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = {
      "Lists everything that an experiment chooses by id, kind by kind, the built-in"
          + " experiments, and the jars of plugins.",
      "With a kind, such as criteria, lists its ids with paper and jar."
    })
final class ListCommand implements Callable<Integer> {

  /** The columns in front of a summary. */
  private static final int INDENT = 31;

  @Parameters(
      paramLabel = "<kind>",
      arity = "0..1",
      completionCandidates = Ids.Kinds.class,
      description = "one kind, such as methods, criteria or experiments (default: all)")
  private String kind;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = Registry.load();
    if (kind == null) {
      all(registry);
      return ExitCode.DONE;
    }
    String word =
        Ids.kinds(registry)
            .filter(known -> Ids.isKind(known, kind))
            .findFirst()
            .orElseThrow(() -> unknown(registry));
    if (word.equals(Ids.EXPERIMENT)) {
      experiments();
    }
    for (Class<?> one : registry.kinds()) {
      if (registry.word(one).equals(word)) {
        registry.all(one).forEach(this::detailed);
      }
    }
    return ExitCode.DONE;
  }

  private ConfigProblem unknown(Registry registry) {
    List<String> plurals = Ids.kinds(registry).map(Ids::plural).toList();
    return new ConfigProblem(Nearest.unknown("no kind", kind, plurals));
  }

  private void all(Registry registry) {
    for (Class<?> one : registry.kinds()) {
      line(registry.word(one));
      registry.all(one).forEach(entry -> entry(entry.id(), entry.summary()));
      line("");
    }
    line(Ids.EXPERIMENT);
    experiments();
    line("");
    line("plugin");
    registry.origins().stream().distinct().sorted().forEach(origin -> line("  " + origin));
    registry.skipped().forEach(jar -> line("\nplugin not loaded: " + jar));
  }

  private void experiments() {
    ExperimentReader.builtIn().forEach(this::entry);
  }

  private void detailed(PluginEntry entry) {
    String paper = entry.paper().map(found -> " " + found + ".").orElse("");
    entry(entry.id(), entry.summary() + "." + paper + " " + entry.origin());
  }

  private void entry(String id, String summary) {
    Screen screen = Terminal.screen(spec);
    line(screen.width().fold(String.format("  %-28s %s", id, summary), INDENT));
  }

  private void line(String text) {
    Terminal.screen(spec).out().println(text);
  }
}
