// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Asserts on the facts of problems, a line each, and leaves their prose open. */
public final class Lines {

  private Lines() {}

  /**
   * Asserts that lines are as many as expected, in that order, and state the expected facts.
   *
   * @param lines the lines
   * @param expected for each line how it begins, and what else it contains, separated by bars
   */
  public static void assertFacts(List<String> lines, String... expected) {
    assertThat(lines).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      String[] facts = expected[i].split(" \\| ");
      assertThat(lines.get(i)).startsWith(facts[0]).contains(facts);
    }
  }
}
