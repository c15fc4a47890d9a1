// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.runner.config.ConfigProblem.Problem;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  /** Adds problems of a variant. */
  void add(String variant, List<Problem> found) {
    found.forEach(p -> problems.computeIfAbsent(p, key -> new LinkedHashSet<>()).add(variant));
  }

  boolean isEmpty() {
    return problems.isEmpty();
  }

  /** All problems, each with the names of its variants unless all have it. */
  List<Problem> named() {
    return problems.entrySet().stream()
        .map(
            entry ->
                entry.getValue().size() == variants.size()
                    ? entry.getKey()
                    : entry.getKey().in(entry.getValue()))
        .toList();
  }
}
