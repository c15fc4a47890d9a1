// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.settings.Names;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The unit of a ticket's cost; see {@link Spent}. */
public enum CostUnit {
  /** Training examples, each as often as it was shown. */
  EXAMPLES("examples"),
  /** Multiply-accumulates, zeros of masks included. */
  MACS("MACs"),
  /** Multiply-accumulates without those of masked weights. */
  EFFECTIVE_MACS("effective MACs"),
  /** Seconds on the machines that computed the steps. */
  SECONDS("seconds");

  private final String title;

  CostUnit(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** The names of the units on the command line. */
  static String words() {
    return Arrays.stream(values()).map(Names::word).collect(Collectors.joining(", "));
  }

  /** Formats a number of units to three digits: 1.23 T. */
  String shown(double number) {
    return Spent.shown(number);
  }

  double of(Spent spent) {
    return switch (this) {
      case EXAMPLES -> spent.examples();
      case MACS -> spent.macs();
      case EFFECTIVE_MACS -> spent.effectiveMacs();
      case SECONDS -> spent.seconds();
    };
  }

  double of(List<StepRecord> steps) {
    return of(Account.sum(steps));
  }
}
