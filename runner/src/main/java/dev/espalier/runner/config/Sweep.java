// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Setting;
import dev.espalier.runner.config.ConfigProblem.Problem;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * All that an experiment's file asks for: its variants in order, each an experiment, complete. They
 * have the same name, replicates, device, threads and margin. An experiment without variants is the
 * only one here, and its variant has the empty name.
 *
 * @param variants experiments by variant
 */
public record Sweep(
    @Setting(
            value =
                "variants of the experiment, each a section of keys laid over it, such as"
                    + " k-2 { method.k = 2 }; name, replicates, device, threads and margin are"
                    + " shared",
            defaults = "{}")
        Map<String, Experiment> variants) {

  /** Keeps the order. */
  public Sweep {
    variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
  }

  /** The sweep of an experiment without variants. */
  static Sweep of(Experiment experiment) {
    return new Sweep(Map.of("", experiment));
  }

  /** One of the experiments, for what all have in common. */
  public Experiment first() {
    return variants.values().iterator().next();
  }

  /**
   * The experiment, for who can do with one alone.
   *
   * @throws ConfigProblem if it has variants
   */
  public Experiment only() {
    if (!variants.containsKey("")) {
      throw new ConfigProblem(
          "found the variants "
              + String.join(", ", variants.keySet())
              + ", allowed is one experiment; choose one of them with --variant");
    }
    return first();
  }

  /**
   * Makes something of every variant.
   *
   * @param variants what to make it of
   * @param make makes it of a variant's name and value, or throws ConfigProblem
   * @return what was made, in the same order
   * @throws ConfigProblem naming all problems of all variants, each once, and with each the
   *     variants that have it if not all do
   */
  public static <A, B> Map<String, B> each(Map<String, A> variants, BiFunction<String, A, B> make) {
    Map<String, B> made = new LinkedHashMap<>();
    Map<Problem, Set<String>> problems = new LinkedHashMap<>();
    variants.forEach(
        (name, variant) -> {
          try {
            made.put(name, make.apply(name, variant));
          } catch (ConfigProblem e) {
            e.problems()
                .forEach(
                    problem ->
                        problems.computeIfAbsent(problem, p -> new LinkedHashSet<>()).add(name));
          }
        });
    if (!problems.isEmpty()) {
      throw new ConfigProblem(
          problems.entrySet().stream()
              .map(
                  entry ->
                      entry.getValue().size() == variants.size()
                          ? entry.getKey()
                          : entry.getKey().in(entry.getValue()))
              .toList());
    }
    return made;
  }
}
