// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The steps behind a ticket, each once, in the order in which they were done.
 *
 * @param finding the steps of its mask, its starting weights and its network's widths
 * @param training the steps of its training; none of a ticket whose weights are not trained
 */
public record Account(List<StepRecord> finding, List<StepRecord> training) {

  /** All steps. */
  public Stream<StepRecord> steps() {
    return Stream.concat(finding.stream(), training.stream());
  }

  /** Sums the cost of some steps. */
  public static Spent sum(Collection<StepRecord> steps) {
    return steps.stream().map(StepRecord::spent).reduce(Spent.NOTHING, Spent::plus);
  }
}
