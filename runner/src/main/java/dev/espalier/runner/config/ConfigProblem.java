// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Refusal;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Everything that is wrong with an experiment: the user's mistake, exit code 2. */
public final class ConfigProblem extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;

  /**
   * One thing that is wrong.
   *
   * @param file where it stands; empty if in none
   * @param line the line, or -1
   * @param message which key, what was found, what is allowed, one thing to do
   */
  public record Problem(String file, int line, String message) {
    /** The same, said to be in some variants. */
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

  /** All the problems there are. */
  public ConfigProblem(List<Problem> problems) {
    super(
        problems.stream()
            .sorted(Comparator.comparing(Problem::file).thenComparing(Problem::line))
            .map(Problem::toString)
            .distinct()
            .collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** One problem that has no line. */
  public ConfigProblem(String message) {
    this(List.of(new Problem("", -1, message)));
  }

  /** What is refused outside of files. */
  public static ConfigProblem of(List<Refusal> refusals) {
    return new ConfigProblem(
        refusals.stream().map(refusal -> new Problem("", -1, refusal.toString())).toList());
  }

  /** All the problems there are. */
  List<Problem> problems() {
    return problems;
  }
}
