// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.runner.config.ConfigProblem.Problem;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The problems of an experiment's variants, each once and with the variants that have it. */
final class VariantProblems {

  private final Set<String> variants;
  private final Map<Problem, Set<String>> problems = new LinkedHashMap<>();

  /**
   * Creates a collection without problems.
   *
   * @param variants the names of all variants
   */
  VariantProblems(Set<String> variants) {
    this.variants = Set.copyOf(variants);
  }

  /** Creates a copy, to which other problems can be added. */
  VariantProblems(VariantProblems others) {
    this(others.variants);
    others.problems.forEach((problem, names) -> problems.put(problem, new LinkedHashSet<>(names)));
  }

  /**
   * Computes a value from a variant, and adds the problems of that.
   *
   * @param variant its name
   * @param make may throw a {@link ConfigProblem}
   * @return the value; empty if there were problems
   */
  <T> Optional<T> collect(String variant, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (ConfigProblem e) {
      e.problems()
          .forEach(p -> problems.computeIfAbsent(p, key -> new LinkedHashSet<>()).add(variant));
      return Optional.empty();
    }
  }

  /**
   * Throws if there are problems.
   *
   * @throws ConfigProblem naming them, with the variants unless all have it
   */
  void refuse() {
    if (!problems.isEmpty()) {
      List<Problem> named =
          problems.entrySet().stream()
              .map(
                  entry ->
                      entry.getValue().size() == variants.size()
                          ? entry.getKey()
                          : entry.getKey().in(entry.getValue()))
              .toList();
      throw new ConfigProblem(named);
    }
  }
}
