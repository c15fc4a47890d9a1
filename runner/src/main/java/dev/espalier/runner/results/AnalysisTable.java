// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.state.Layer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** An analysis as a table: a line per layer, and one for the whole network. */
public final class AnalysisTable {

  private static final String UNKNOWN = "-";
  private static final MathContext DIGITS = new MathContext(4);

  private AnalysisTable() {}

  /** The table, folded. */
  public static String of(Analysis analysis, ScreenWidth width) {
    TextTable table =
        new TextTable(
            2,
            "layer",
            "shape",
            "weights",
            "kept",
            "density %",
            "on path",
            "effective %",
            "dead units",
            "note");
    long weights = 0;
    long kept = 0;
    long units = 0;
    for (OfLayer layer : analysis.layers()) {
      table.row(
          layer.layer().name(),
          shape(layer.layer().shape()),
          Integer.toString(layer.layer().size()),
          Integer.toString(layer.kept()),
          percent(layer.density()),
          count(layer.onPath()),
          percent(layer.effectiveDensity()),
          count(layer.deadUnits()) + " of " + layer.units(),
          layer.kept() > 0
              ? ""
              : layer.layer().kind() == Layer.Kind.SHORTCUT ? "EMPTY shortcut" : "EMPTY");
      weights += layer.layer().size();
      kept += layer.kept();
      units += layer.units();
    }
    table.row(
        "total",
        "",
        Long.toString(weights),
        Long.toString(kept),
        percent(analysis.density()),
        onPath(analysis),
        percent(analysis.effectiveDensity()),
        (analysis.hasPaths() ? Long.toString(analysis.deadUnits().getAsLong()) : UNKNOWN)
            + " of "
            + units,
        note(analysis));
    return table.fold(width, 1);
  }

  private static String note(Analysis analysis) {
    if (!analysis.hasPaths()) {
      return "path analysis does not hold for this network";
    }
    return analysis.isConnected() ? "" : "nothing of the input reaches the output";
  }

  private static String onPath(Analysis analysis) {
    return analysis.hasPaths()
        ? Long.toString(
            analysis.layers().stream().mapToLong(layer -> layer.onPath().getAsInt()).sum())
        : UNKNOWN;
  }

  private static String count(OptionalInt number) {
    return number.isPresent() ? Integer.toString(number.getAsInt()) : UNKNOWN;
  }

  private static String percent(OptionalDouble fraction) {
    return fraction.isPresent() ? percent(fraction.getAsDouble()) : UNKNOWN;
  }

  /** Formats a fraction in percent, to four digits at any size. */
  public static String percent(double fraction) {
    BigDecimal percent = BigDecimal.valueOf(100 * fraction).round(DIGITS);
    return percent.signum() == 0 ? "0" : percent.stripTrailingZeros().toPlainString();
  }

  private static String shape(Shape shape) {
    return Arrays.stream(shape.getShape())
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", ")"));
  }
}
