// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The steps behind a ticket, each once, in the order in which they were done.
 *
 * @param finding those that gave its mask, its starting weights and its network's widths
 * @param training those that trained it from there; none of a ticket whose weights are not trained
 */
public record Account(List<StepRecord> finding, List<StepRecord> training) {

  /** All of them. */
  public Stream<StepRecord> steps() {
    return Stream.concat(finding.stream(), training.stream());
  }

  /** The cost of some steps together. */
  public static Spent sum(Collection<StepRecord> steps) {
    return steps.stream().map(StepRecord::spent).reduce(Spent.NOTHING, Spent::plus);
  }
}
