// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.data.Metric;
import dev.espalier.api.settings.Names;
import dev.espalier.runner.results.Level.Comparison;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The verdict on a ticket, by a rule on 95 % confidence intervals. d is the gain of its test
 * accuracy, or of another metric, over the dense network's: positive where it is better. It is
 * taken replicate by replicate, each at its early stop (at the end without validation examples). A
 * margin is the largest loss that is ignored.
 *
 * <ul>
 *   <li>losing: all of d's interval is below -margin;
 *   <li>matching: all of it is above -margin;
 *   <li>winning: matching, with a mean early stop no later than the dense network's, and better
 *       than each of its controls, at least one. Better means that the interval is above 0;
 *   <li>undecided: d's interval contains -margin, or does not exist, with one replicate.
 * </ul>
 *
 * <p>Sources: Frankle and Carbin, arXiv:1803.03635, section 1, define a winning ticket. It trains
 * in isolation to comparable accuracy in as many iterations, and loses that when its weights are
 * drawn again. Matching is defined by Frankle et al., arXiv:1912.05671. The rule on intervals and
 * the margin are not from these papers.
 *
 * @param kind the kind of verdict
 * @param more the probable number of further replicates until it is decided; empty where it is
 *     decided, or no number below a thousand suffices
 * @param why the reason in a few words
 */
public record Verdict(Kind kind, OptionalInt more, String why) {

  /** The kinds of verdicts. */
  public enum Kind {
    WINNING,
    MATCHING,
    LOSING,
    UNDECIDED
  }

  /** The columns of a verdict. */
  static final CsvTable<Verdict> COLUMNS =
      CsvTable.<Verdict>of("verdict", verdict -> Names.word(verdict.kind))
          .and(
              "more_replicates",
              verdict -> verdict.more.isPresent() ? verdict.more.getAsInt() : null)
          .and("why", Verdict::why);

  /** The rule in one sentence, for readers of results. */
  public static String rule(Metric metric, double margin) {
    MetricFormat format = new MetricFormat(metric);
    String better = format.isLowerBetter() ? "below" : "above";
    return "Of the paired difference to the dense network's test "
        + format.name()
        + " (at the early stop, or at the end without validation examples) the 95 % interval lies "
        + (format.isLowerBetter() ? "above +" : "below -")
        + format.margin(margin)
        + ": losing; "
        + better
        + " it: matching; "
        + better
        + " it with an early stop no later than the dense network's and "
        + (isAccuracy(metric) ? "an " : "a test ")
        + format.name()
        + " surely "
        + better
        + " each control's, at least one: winning; else undecided.";
  }

  private static boolean isAccuracy(Metric metric) {
    return new MetricFormat(metric).isAccuracy();
  }

  static Verdict of(List<Comparison> comparisons, double margin, Metric metric) {
    Comparison dense = comparisons.get(0);
    Estimate d = dense.difference().gain(metric);
    if (d.n() < 2) {
      String why = d.n() == 0 ? "no replicate has both networks" : "one replicate has no interval";
      return new Verdict(Kind.UNDECIDED, OptionalInt.empty(), why);
    }
    if (d.isBelow(-margin)) {
      String why = isAccuracy(metric) ? "less accurate" : "worse";
      return new Verdict(Kind.LOSING, OptionalInt.empty(), why + " than the dense network");
    }
    if (!d.isAbove(-margin)) {
      OptionalInt enough = d.toExclude(-margin);
      return new Verdict(
          Kind.UNDECIDED,
          enough.isPresent() ? OptionalInt.of(enough.getAsInt() - d.n()) : OptionalInt.empty(),
          "the interval holds the margin");
    }
    List<String> lacks = lacks(dense.speed(), comparisons, metric);
    return lacks.isEmpty()
        ? new Verdict(
            Kind.WINNING,
            OptionalInt.empty(),
            isAccuracy(metric)
                ? "as accurate, as fast, and above its controls"
                : "as good, as fast, and better than its controls")
        : new Verdict(Kind.MATCHING, OptionalInt.empty(), String.join(", ", lacks));
  }

  /** The properties of a winning ticket that a matching one lacks. */
  private static List<String> lacks(Estimate speed, List<Comparison> comparisons, Metric metric) {
    List<String> lacks = new ArrayList<>();
    if (speed.n() == 0) {
      lacks.add("no early stop to compare");
    } else if (speed.mean() > 1) {
      lacks.add(String.format(Locale.ROOT, "learns %.2f times as long", speed.mean()));
    }
    String better = isAccuracy(metric) ? "above" : "better than";
    List<Comparison> controls = comparisons.stream().filter(Comparison::isWithControl).toList();
    if (controls.isEmpty()) {
      lacks.add("no control");
    }
    controls.stream()
        .filter(control -> !control.difference().gain(metric).isAbove(0))
        .forEach(control -> lacks.add("not surely " + better + " " + control.against()));
    return lacks;
  }

  /** Returns the verdict and the number of further replicates, such as {@code undecided (+3)}. */
  @Override
  public String toString() {
    return Names.word(kind) + (more.isPresent() ? " (+" + more.getAsInt() + ")" : "");
  }
}
