// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Analysis;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.structure.Cost;
import java.util.List;
import java.util.Map;

/** Rows of results that no training stands behind. */
final class Rows {

  static final Cost DENSE = new Cost(9_880_000, 579_098);

  private Rows() {}

  static Row row(String variant, int replicate, int round, String branch, double accuracy) {
    return row(variant, replicate, round, branch, accuracy, DENSE, Map.of());
  }

  static Row row(
      String variant,
      int replicate,
      int round,
      String branch,
      double accuracy,
      Cost cost,
      Map<String, String> findings) {
    Evaluation test = new Evaluation(1 - accuracy, accuracy);
    return new Row(
        variant,
        replicate,
        round,
        branch,
        1,
        cost.parameters(),
        1,
        new Analysis(List.of()),
        cost,
        cost.macs(),
        "0123456789abcdef",
        100,
        new History(List.of(new History.Point(100, test, Evaluation.NONE, test))),
        findings,
        Ledger.Account.NONE);
  }
}
