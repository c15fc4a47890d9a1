// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Refusal;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** All problems of an experiment: mistakes of the user, exit code 2. */
public final class ConfigProblem extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  /**
   * One problem.
   *
   * @param file the file of the value; empty if there is none
   * @param line the line, or -1
   * @param message the key, the value found, the allowed values, one remedy
   */
  public record Problem(String file, int line, String message) {
    /** Creates the same problem, limited to some variants. */
    Problem in(Set<String> variants) {
      String which =
          (variants.size() == 1 ? "variant " : "variants ") + String.join(", ", variants);
      return new Problem(file, line, which + ": " + message);
    }

    @Override
    public String toString() {
      return (file.isEmpty() ? "" : file + (line > 0 ? ":" + line : "") + ": ") + message;
    }
  }

  /** Creates an exception for some problems. */
  public ConfigProblem(List<Problem> problems) {
    super(
        problems.stream()
            .sorted(Comparator.comparing(Problem::file).thenComparing(Problem::line))
            .map(Problem::toString)
            .distinct()
            .collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Creates an exception for one problem without a line. */
  public ConfigProblem(String message) {
    this(List.of(new Problem("", -1, message)));
  }

  /** Creates an exception for refusals outside of files. */
  public static ConfigProblem of(List<Refusal> refusals) {
    return new ConfigProblem(
        refusals.stream().map(refusal -> new Problem("", -1, refusal.toString())).toList());
  }

  /** All problems. */
  public List<Problem> problems() {
    return problems;
  }
}
