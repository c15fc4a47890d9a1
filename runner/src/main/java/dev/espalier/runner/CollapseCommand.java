// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.Criterion;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.collapse.CollapseSearch;
import dev.espalier.runner.collapse.CollapseSearch.Candidate;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier collapse}. */
@Command(
    name = "collapse",
    mixinStandardHelpOptions = true,
    description = {
      "Finds how far criteria can prune an experiment's untrained network before a layer"
          + " is empty. The result is the largest x for which density 10^-x leaves weights in"
          + " every layer, shortcuts aside. Nothing is trained.",
      "All weights are ranked together and counts are exact. A criterion with rounds"
          + " (synflow: 100) follows rho^(k/n), and its rounds are remembered as in a run. Its x"
          + " is found by bisection, which assumes that a layer empty at one density is empty at"
          + " all lower ones.",
      "Variants that differ in their criterion are compared in one table. Of other variants,"
          + " --variant selects one."
    })
final class CollapseCommand implements Callable<Integer> {

  private static final List<String> DEFAULTS =
      List.of("random", "magnitude", "snip", "grasp", "synflow");

  @Parameters(
      paramLabel = "<experiment>",
      completionCandidates = Ids.Experiments.class,
      description =
          "a file, or a built-in experiment (see 'espalier list'); its model, data, seed"
              + " and replicates are used")
  private String experiment;

  @Option(
      names = "--criterion",
      paramLabel = "<id | section>",
      description =
          "a criterion, such as snip or '{ id = snip, examples = 1000 }'; repeatable"
              + " (default: those of the variants; without variants random, magnitude, snip, grasp, synflow, and the experiment's"
              + " criterion with its settings)")
  private List<String> given = List.of();

  @Option(
      names = "--step",
      paramLabel = "<step>",
      description = "x is a multiple of this (default: ${DEFAULT-VALUE})")
  private double step = 0.25;

  @Option(
      names = "--csv",
      paramLabel = "<file>",
      description = "also writes one row per criterion and replicate to this file")
  private Path csv;

  @Mixin private ExperimentOptions options;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (!(step >= 0.001 && step <= 10)) {
      throw ConfigProblem.of(List.of(new Refusal("--step", step, "[0.001, 10]")));
    }
    if (csv != null && !Files.isDirectory(csv.toAbsolutePath().getParent())) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "--csv",
                  csv.toString(),
                  "a file in a folder that is there",
                  "Create the folder first")));
    }
    Registry registry = options.registry();
    ExperimentReader reader = new ExperimentReader(registry);
    Draft draft = options.draft(experiment, reader);
    Function<Sweep, List<Candidate>> candidates =
        read -> given.isEmpty() ? defaults(read, registry, reader) : given(registry, reader);
    CollapseSearch search = new CollapseSearch(registry, options.root(), Terminal.screen(spec));
    return options.interruptibly(
        interruption -> write(search.run(draft, candidates, step, interruption)));
  }

  /**
   * The criteria of the variants under their names; without variants the default criteria that are
   * installed, and the criterion of the experiment.
   */
  private static List<Candidate> defaults(Sweep sweep, Registry registry, ExperimentReader reader) {
    List<Candidate> candidates = new ArrayList<>();
    if (!sweep.variants().containsKey("")) {
      sweep
          .variants()
          .forEach(
              (name, variant) ->
                  candidates.add(new Candidate(name, variant.method().criterion().orElseThrow())));
      return candidates;
    }
    List<String> installed =
        DEFAULTS.stream().filter(id -> registry.find(Criterion.class, id).isPresent()).toList();
    Map<String, Criterion> criteria = new LinkedHashMap<>();
    for (Criterion criterion : reader.criteria(installed)) {
      criteria.put(registry.idOf(Criterion.class, criterion.getClass()), criterion);
    }
    sweep
        .first()
        .method()
        .criterion()
        .ifPresent(own -> criteria.put(registry.idOf(Criterion.class, own.getClass()), own));
    criteria.forEach((id, criterion) -> candidates.add(new Candidate(id, criterion)));
    return candidates;
  }

  /**
   * The criteria of the command line, each under its id, or under its text if two have the same id.
   */
  private List<Candidate> given(Registry registry, ExperimentReader reader) {
    List<Criterion> criteria = reader.criteria(given);
    List<String> ids =
        criteria.stream()
            .map(criterion -> registry.idOf(Criterion.class, criterion.getClass()))
            .toList();
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < criteria.size(); i++) {
      String id = ids.get(i);
      boolean isOnly = ids.indexOf(id) == ids.lastIndexOf(id);
      candidates.add(new Candidate(isOnly ? id : given.get(i), criteria.get(i)));
    }
    return candidates;
  }

  private void write(String rows) {
    if (csv == null) {
      return;
    }
    try {
      AtomicFile.write(csv.toAbsolutePath(), rows);
    } catch (IOException e) {
      throw new ConfigProblem(
          "the file " + csv + " cannot be written (" + e + "); choose another with --csv");
    }
  }
}
