// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Everything that is wrong with an experiment: the user's mistake, exit code 2. */
public final class ConfigProblem extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * One thing that is wrong.
   *
   * @param file where it stands
   * @param line the line, or -1
   * @param message which key, what was found, what is allowed, one thing to do
   */
  public record Problem(String file, int line, String message) {
    @Override
    public String toString() {
      return file + (line > 0 ? ":" + line : "") + ": " + message;
    }
  }

  /** All the problems there are. */
  public ConfigProblem(List<Problem> problems) {
    super(
        problems.stream()
            .sorted(Comparator.comparing(Problem::file).thenComparing(Problem::line))
            .map(Problem::toString)
            .distinct()
            .collect(Collectors.joining("\n")));
  }

  /** One problem that has no line. */
  public ConfigProblem(String message) {
    super(message);
  }
}
