// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The readable part of an experiment's file: the variants that are complete, and the problems of
 * the others. All configuration errors are reported together: complete variants are checked even if
 * others have problems.
 */
public final class Draft {

  private final Sweep sweep;
  private final VariantProblems problems;

  Draft(Sweep sweep, VariantProblems problems) {
    this.sweep = sweep;
    this.problems = problems;
  }

  /**
   * Returns the whole experiment.
   *
   * @throws ConfigProblem naming all problems of its file, if any
   */
  public Sweep complete() {
    problems.refuse();
    return sweep;
  }

  /**
   * Checks every complete variant.
   *
   * @param check receives those variants and the name of one; may throw a {@link ConfigProblem}
   * @return the results of the check by variant, in order
   * @throws ConfigProblem naming the problems of all variants, each once, and with each the
   *     variants that have it if not all do; it includes the problems that {@link #complete} throws
   */
  public <T> Map<String, T> check(BiFunction<Sweep, String, T> check) {
    VariantProblems all = new VariantProblems(problems);
    Map<String, T> checked = new LinkedHashMap<>();
    for (String variant : sweep.variants().keySet()) {
      all.collect(variant, () -> check.apply(sweep, variant))
          .ifPresent(result -> checked.put(variant, result));
    }
    all.refuse();
    return checked;
  }
}
