// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Tracker;
import dev.espalier.api.settings.Refusals;
import dev.espalier.runner.config.ConfigProblem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content of an experiment's file as far as it can be read. All configuration errors are
 * reported together: variants are checked even if a part of them cannot be read.
 */
public final class Draft {

  private static final Logger LOG = LoggerFactory.getLogger(Draft.class);

  private final Map<String, Reading<Experiment>> variants;
  private final VariantProblems problems;
  private final List<Problem> warnings;

  Draft(
      Map<String, Reading<Experiment>> variants, VariantProblems problems, List<Problem> warnings) {
    this.variants = variants;
    this.problems = problems;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Returns this draft with one more tracker.
   *
   * @param tracker is added to those of the file, unless it is there
   */
  public Draft with(Tracker tracker) {
    Map<String, Reading<Experiment>> more = new LinkedHashMap<>();
    variants.forEach(
        (name, reading) ->
            more.put(
                name,
                reading.record().isEmpty()
                    ? reading
                    : new Reading<>(
                        reading.low().with(tracker),
                        reading.high().with(tracker),
                        reading.unsure(),
                        reading.absent(),
                        reading.places())));
    return new Draft(more, problems, warnings);
  }

  /** A check of one variant. */
  @FunctionalInterface
  public interface Check<T> {

    /**
     * Checks a variant.
     *
     * @param experiment the variant, as far as it can be read
     * @param refusals collects refusals and warnings, by the keys of the experiment
     * @param problems receives the key and the text of a problem in another form
     * @return the result; may be empty if there are refusals
     * @throws ConfigProblem for a mistake outside of the file
     */
    Optional<T> check(
        Reading<Experiment> experiment, Refusals refusals, BiConsumer<String, String> problems);
  }

  /**
   * An experiment without problems.
   *
   * @param sweep the experiment
   * @param results the results of the checks, by variant
   * @param warnings about keys of the file, in its order
   */
  public record Checked<T>(Sweep sweep, Map<String, T> results, List<Problem> warnings) {

    /** Logs the warnings: on screen, and in the log of a run. */
    public void log() {
      ConfigProblem.lines(warnings, "warning").forEach(LOG::warn);
    }
  }

  /**
   * Returns the whole experiment.
   *
   * @throws ConfigProblem naming all problems of its file, if any
   */
  public Sweep complete() {
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems.named(), warnings);
    }
    Map<String, Experiment> experiments = new LinkedHashMap<>();
    variants.forEach((name, reading) -> experiments.put(name, reading.low()));
    return new Sweep(experiments);
  }

  /**
   * Checks every variant.
   *
   * @param check checks one variant
   * @return the experiment and the results of the check
   * @throws ConfigProblem naming the problems of all variants, each once, and with each the
   *     variants that have it if not all do; it includes the problems that {@link #complete} throws
   */
  public <T> Checked<T> check(Check<T> check) {
    VariantProblems all = new VariantProblems(problems);
    VariantProblems doubts = new VariantProblems(variants.keySet());
    warnings.forEach(warning -> variants.keySet().forEach(v -> doubts.add(v, List.of(warning))));
    Map<String, T> results = new LinkedHashMap<>();
    variants.forEach(
        (name, reading) -> {
          if (reading.record().isEmpty()) {
            return;
          }
          Refusals refusals = new Refusals();
          try {
            check
                .check(
                    reading,
                    refusals,
                    (key, text) -> all.add(name, List.of(reading.places().problem(key, text))))
                .ifPresent(result -> results.put(name, result));
          } catch (ConfigProblem e) {
            all.add(name, e.problems());
          }
          all.add(
              name,
              refusals.all().stream()
                  .filter(refusal -> !reading.isSubstitute(refusal.key()))
                  .map(reading.places()::problem)
                  .toList());
          doubts.add(
              name,
              refusals.warnings().stream()
                  .filter(warning -> !reading.isSubstitute(warning.key()))
                  .map(reading.places()::problem)
                  .toList());
        });
    if (!all.isEmpty()) {
      throw new ConfigProblem(all.named(), doubts.named());
    }
    return new Checked<>(complete(), results, doubts.named());
  }
}
