// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.util.Locale;
import java.util.Optional;

/**
 * The state of a training at one moment, as text.
 *
 * @param words its place in the run
 * @param iteration the current iteration
 * @param until its last iteration
 * @param times its time so far, and the time left
 * @param test the name and the last test value of its metric; empty before the first
 */
record ProgressFrame(String words, long iteration, long until, Times times, Optional<String> test) {

  /**
   * Durations in seconds.
   *
   * @param passed the time of the training so far
   * @param left the time left of the training; NaN if it is not known
   * @param leftOfRun the time left of the whole run; NaN if it is not known
   */
  record Times(double passed, double left, double leftOfRun) {}

  /** The shortest bar, with its brackets. */
  private static final int SHORTEST = 8;

  private static final int LONGEST = 42;

  /** The text for a log file. */
  String line() {
    return words
        + ": "
        + iterations()
        + " iterations"
        + part(times.left, ", %s left")
        + part(times.leftOfRun, " (run about %s)")
        + words(test);
  }

  /**
   * The text for one line of a terminal. The less important parts are left out if it is narrow, and
   * what is still too long loses its beginning.
   */
  String fit(int width) {
    String percent = String.format(Locale.ROOT, " %d %%", 100 * iteration / Math.max(1, until));
    String rest = part(times.left, ", %s left") + part(times.leftOfRun, " (run %s)");
    // What is added, in this order, if what was added before leaves room for it.
    String count = ", " + iterations();
    String measured = words(test);
    String passed = ", " + time(times.passed) + " passed";
    int room = width - (words + percent + rest + count).length();
    if (room < 0) {
      return last(words + percent + rest, width);
    }
    boolean hasTest = room >= measured.length();
    measured = hasTest ? measured : "";
    room -= measured.length();
    passed = hasTest && room >= passed.length() ? passed : "";
    room -= passed.length();
    String bar = room >= SHORTEST ? bar(Math.min(room, LONGEST)) : "";
    return words + bar + percent + count + passed + rest + measured;
  }

  private String bar(int length) {
    int inside = length - 3; // a space and two brackets
    int full = (int) (inside * iteration / Math.max(1, until));
    return " [" + "#".repeat(full) + " ".repeat(inside - full) + "]";
  }

  private String iterations() {
    return iteration + "/" + until;
  }

  private static String last(String text, int width) {
    return text.length() <= width ? text : "..." + text.substring(text.length() - width + 3);
  }

  private static String part(double seconds, String format) {
    return Double.isNaN(seconds) ? "" : format.formatted(time(seconds));
  }

  static String words(Optional<String> test) {
    return test.map(words -> ", test " + words).orElse("");
  }

  /** A duration in its two largest units: 90 s, 12 min, 2 h 5 min, 3 d 4 h. */
  static String time(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 100) {
      return whole + " s";
    }
    long minutes = Math.round(seconds / 60);
    if (minutes < 60) {
      return minutes + " min";
    }
    long hours = Math.round(seconds / 3600);
    return minutes < 24 * 60
        ? minutes / 60 + " h " + minutes % 60 + " min"
        : hours / 24 + " d " + hours % 24 + " h";
  }
}
