// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows the progress of a run: a bar on a terminal, plain lines elsewhere. */
final class Progress {

  private static final Duration LINE_EVERY = Duration.ofSeconds(30);

  /** The smallest duration in seconds for which a line is printed. */
  private static final double WORTH_A_LINE = 0.5;

  /** The longest finding, in characters, that shares a line with others. */
  private static final int SHORT = 60;

  /** The precision of numeric findings on screen; the record has all digits. */
  private static final MathContext DIGITS = new MathContext(5);

  private final PrintWriter out;
  private final boolean terminal;

  Progress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  void line(String text) {
    out.println(text);
  }

  /** Prints a line about a pruned round, if scoring took a noticeable time. */
  void pruned(String label, int round, double density, double seconds) {
    if (seconds > WORTH_A_LINE) {
      line(
          String.format(
              Locale.ROOT,
              "%spruning round %d: density %.4g %% in %.1f s",
              label,
              round,
              100 * density,
              seconds));
    }
  }

  /** Prints the findings of a ticket that are short; its record has all of them. */
  void found(String label, Ticket ticket) {
    String findings =
        ticket.findings().entrySet().stream()
            .filter(finding -> finding.getValue().length() <= SHORT)
            .map(finding -> finding.getKey() + " " + rounded(finding.getValue()))
            .collect(Collectors.joining(", "));
    if (!findings.isEmpty()) {
      line(label + name(ticket) + ": " + findings);
    }
  }

  /** The name of a ticket, such as {@code round 2} or {@code round 2, fit}. */
  static String name(Ticket ticket) {
    String branch = ticket.branch().equals(Ticket.TICKET) ? "" : ", " + ticket.branch();
    return "round " + ticket.round() + branch;
  }

  /** Rounds a number with a fraction to a few digits; all else, counts included, is unchanged. */
  static String rounded(String value) {
    try {
      BigDecimal number = new BigDecimal(value);
      return number.scale() > 0 && number.precision() > DIGITS.getPrecision()
          ? number.round(DIGITS).toString()
          : value;
    } catch (NumberFormatException e) {
      return value;
    }
  }

  /** The display of one training. */
  TrainingProgress training(String label, long from, long until) {
    return new TrainingProgress(label, from, until);
  }

  /** The display of one training. */
  final class TrainingProgress implements AutoCloseable {

    private final String label;
    private final long from;
    private final long until;
    private final long start = System.nanoTime();
    private ProgressBar bar;
    private long nextLine = start + LINE_EVERY.toNanos();
    private String accuracy = "";

    private TrainingProgress(String label, long from, long until) {
      this.label = label;
      this.from = from;
      this.until = until;
      bar =
          terminal
              ? new ProgressBarBuilder()
                  .setTaskName(label)
                  .setInitialMax(until - from)
                  .setUnit(" it", 1)
                  .showSpeed()
                  .setStyle(ProgressBarStyle.ASCII)
                  .setUpdateIntervalMillis(250)
                  .clearDisplayOnFinish()
                  .build()
              : null;
    }

    void at(long iteration) {
      if (bar != null) {
        bar.stepTo(iteration - from);
      } else if (System.nanoTime() > nextLine) {
        nextLine = System.nanoTime() + LINE_EVERY.toNanos();
        double rate = (iteration - from) / seconds();
        line(
            String.format(
                Locale.ROOT,
                "%s: %d of %d iterations, %.0f a second, %.0f s left%s",
                label,
                iteration,
                until,
                rate,
                (until - iteration) / rate,
                accuracy));
      }
    }

    void measured(History.Point point) {
      accuracy =
          String.format(Locale.ROOT, ", test accuracy %.2f %%", 100 * point.test().accuracy());
      if (bar != null) {
        bar.setExtraMessage(accuracy.substring(1));
      }
    }

    private double seconds() {
      return (System.nanoTime() - start) / 1e9;
    }

    /** Ends the display with a line that stays. */
    void done(long iteration) {
      close();
      line(
          String.format(
              Locale.ROOT,
              "%s: %d iterations in %.1f s%s",
              label,
              iteration - from,
              seconds(),
              accuracy));
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null; // closed twice, it would be drawn again
      }
    }
  }
}
