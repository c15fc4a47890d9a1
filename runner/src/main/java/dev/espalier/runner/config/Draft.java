// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * What could be read of an experiment's file: the variants that are complete, and the problems of
 * the others. So that all problems are reported together, complete variants are checked too before
 * any of them is.
 */
public final class Draft {

  private final Sweep sweep;
  private final VariantProblems problems;

  Draft(Sweep sweep, VariantProblems problems) {
    this.sweep = sweep;
    this.problems = problems;
  }

  /**
   * The whole experiment.
   *
   * @throws ConfigProblem naming everything that is wrong in its file, if anything
   */
  public Sweep complete() {
    problems.refuse();
    return sweep;
  }

  /**
   * Checks every variant that could be read.
   *
   * @param check gets those variants and the name of one; may throw a {@link ConfigProblem}
   * @return what the check returned of each variant, in order
   * @throws ConfigProblem naming the problems of all variants, each once, and with each the
   *     variants that have it if not all do; the same problems that {@link #complete} throws are
   *     among them
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
