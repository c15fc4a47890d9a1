// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Criterion;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plan;
import dev.espalier.api.Pruning;
import dev.espalier.api.Training;
import dev.espalier.api.Trial;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Seed;
import dev.espalier.runner.config.Binder;
import dev.espalier.runner.results.AnalysisTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Describes steps for lineage, in the words of the configuration. */
final class StepWords {

  private final Binder binder;
  private final int examples;

  /**
   * Creates the words of an experiment.
   *
   * @param examples the number of its training examples
   */
  StepWords(Binder binder, int examples) {
    this.binder = binder;
    this.examples = examples;
  }

  Map<String, String> training(
      Trial.Context context, Parametrization parametrization, Plan plan, Mask alive) {
    Map<String, String> words = words(context, context.order());
    Training training = plan.training();
    words.put("parametrization", Names.key(parametrization.getClass().getSimpleName()));
    words.put("density", AnalysisTable.percent(alive.density()) + " %");
    words.put("iterations", plan.from() + " to " + plan.until() + " of " + plan.total());
    words.put("batch-size", Integer.toString(training.batchSize()));
    words.put("optimizer", setting(training.optimizer()));
    words.put("learning-rate-schedule", setting(training.learningRateSchedule()));
    words.put("training-examples", Integer.toString(examples));
    words.put("last-batch", Names.word(training.lastBatch()));
    return words;
  }

  Map<String, String> scoring(Trial.Context context, Criterion criterion) {
    Map<String, String> words = words(context, context.seed());
    words.put("criterion", setting(criterion));
    return words;
  }

  Map<String, String> statistics(Trial.Context context, Plan plan) {
    Map<String, String> words = words(context, context.order());
    words.put("batch-size", Integer.toString(plan.training().batchSize()));
    words.put("training-examples", Integer.toString(examples));
    return words;
  }

  Map<String, String> pruning(Trial.Context context, Pruning pruning, int round, Mask mask) {
    Map<String, String> words = words(context, context.seed());
    words.put("criterion", setting(pruning.criterion()));
    words.put("schedule", setting(pruning.schedule()));
    words.put("scope", setting(pruning.scope()));
    if (!pruning.pattern().equals(Pattern.unstructured())) {
      words.put("pattern", setting(pruning.pattern()));
    }
    words.put("ties", setting(pruning.ties()));
    words.put("round", Integer.toString(round));
    words.put("density", AnalysisTable.percent(mask.density()) + " %");
    return words;
  }

  private static Map<String, String> words(Trial.Context context, Seed seed) {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("network", context.network().name());
    words.put("seed", Long.toString(seed.root()));
    words.put("replicate", Integer.toString(seed.replicate()));
    return words;
  }

  /** A value as a configuration has it: {@code adam { learning-rate = 0.01 }}. */
  private String setting(Object value) {
    try {
      return words(binder.write(value));
    } catch (IllegalArgumentException e) {
      // A method created it: no plugin registers it, so it has no id.
      return Names.key(value.getClass().getSimpleName());
    }
  }

  private static String words(Object written) {
    if (written instanceof Map<?, ?> section) {
      Object id = section.get("id");
      String rest =
          section.entrySet().stream()
              .filter(entry -> !entry.getKey().equals("id"))
              .map(entry -> entry.getKey() + " = " + words(entry.getValue()))
              .collect(Collectors.joining(", "));
      return (id == null ? "" : id) + (rest.isEmpty() ? "" : " { " + rest + " }");
    }
    return written instanceof List<?> list
        ? list.stream().map(StepWords::words).collect(Collectors.joining(", ", "[", "]"))
        : String.valueOf(written);
  }
}
