// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.Ticket;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Rows;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.TicketResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Columns of comparisons that no run stands behind. */
final class Contenders {

  private static final String SETTINGS =
      """
      seed = 1, replicates = 3
      model { id = mlp }
      training { iterations = 100 }
      provenance { data-digests { train = a, validation = b, test = c } }
      """;

  private Contenders() {}

  /** With settings that replace the usual ones. */
  static Contender contender(String name, String settings, TicketResult... rows) {
    Config config = ConfigFactory.parseString(SETTINGS + settings);
    RecordedRun run = new RecordedRun(Path.of(name), config, List.of());
    return new Contender(name, run, "", config, Level.of(List.of(rows), 0.005));
  }

  /** A step with a number for a key, which showed so many examples. */
  static StepRecord step(int key, long examples) {
    return new StepRecord(
        Digest.of(key),
        "train",
        Map.of(),
        Set.of(),
        new Spent(examples, 0, 0, 0),
        Optional.empty());
  }

  /** A ticket; its validation accuracy is not a number where there are no such examples. */
  static TicketResult ticket(
      int replicate,
      int round,
      double density,
      double validation,
      double test,
      StepRecord... steps) {
    Evaluation tested = new Evaluation(1 - test, List.of(test));
    Evaluation validated =
        Double.isNaN(validation)
            ? Evaluation.NONE
            : new Evaluation(1 - validation, List.of(validation));
    return new TicketResult(
        "",
        replicate,
        round,
        Ticket.TICKET,
        false,
        density,
        Math.round(1000 * density),
        OptionalDouble.of(density),
        new Analysis(List.of()),
        Map.of(),
        Rows.DENSE,
        1000,
        "0123456789abcdef",
        100,
        Metrics.ACCURACY,
        new History(List.of(new History.Point(100, tested, validated, tested))),
        Map.of(),
        new Account(List.of(), List.of(steps)));
  }

  /** The same network, measured at the end of the timetable without a training. */
  static TicketResult measured(TicketResult row) {
    History.Point last = row.history().last().orElseThrow();
    return Rows.with(
        row,
        new History(
            List.of(
                new History.Point(
                    last.iteration(), Evaluation.NONE, last.validation(), last.test()))));
  }

  /** A contender with a ticket of each density. */
  static Contender of(String name, double... densities) {
    TicketResult[] rows = new TicketResult[densities.length];
    for (int round = 0; round < densities.length; round++) {
      rows[round] = ticket(0, round, densities[round], 0.9, 0.9);
    }
    return contender(name, "", rows);
  }
}
