// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.settings.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** All problems of an experiment: mistakes of the user, exit code 2. */
public final class ConfigProblem extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** The number of problems that a message names; it counts the others. */
  private static final int SHOWN = 20;

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
      String which = (variants.size() == 1 ? "variant " : "variants ") + Printable.some(variants);
      return new Problem(file, line, which + ": " + message);
    }

    /** The problem on one line. It cannot control a terminal. */
    @Override
    public String toString() {
      return Printable.of(
          (file.isEmpty() ? "" : file + (line > 0 ? ":" + line : "") + ": ") + message);
    }
  }

  /** Creates an exception for some problems. */
  public ConfigProblem(List<Problem> problems) {
    this(problems, List.of());
  }

  /** Creates an exception for some problems, which shows warnings, too. */
  ConfigProblem(List<Problem> problems, List<Problem> warnings) {
    super(
        String.join(
            "\n",
            Stream.concat(
                    lines(problems, "problem").stream(),
                    lines(warnings, "warning").stream().map(line -> "warning: " + line))
                .toList()));
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

  /** Each problem on a line in the order of the file, and the number of those that are left out. */
  static List<String> lines(List<Problem> problems, String word) {
    List<Problem> all =
        problems.stream()
            .distinct()
            .sorted(Comparator.comparing(Problem::file).thenComparing(Problem::line))
            .toList();
    List<String> lines = new ArrayList<>();
    all.stream().limit(SHOWN).forEach(problem -> lines.add(problem.toString()));
    int more = all.size() - lines.size();
    if (more > 0) {
      lines.add("and " + more + " more " + word + (more == 1 ? "" : "s"));
    }
    return lines;
  }
}
