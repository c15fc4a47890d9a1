// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Ticket;
import dev.espalier.runner.run.Results.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Results on the screen. */
final class ResultsTable {

  /** What a line is about. */
  private record Line(String variant, int round) {
    static Line of(Row row) {
      return new Line(row.variant(), row.round());
    }
  }

  /** What a line of the networks is about. */
  private record Branch(String variant, String branch) {
    static Branch of(Row row) {
      return new Branch(row.variant(), row.branch());
    }
  }

  private ResultsTable() {}

  /**
   * A line a variant and round: means over the replicates, with what a ticket is compared with
   * beside; and below, networks of another cost than the ticket's.
   */
  static String of(List<Row> rows) {
    int names = rows.stream().mapToInt(row -> row.variant().length()).max().orElse(0);
    UnaryOperator<String> named =
        name ->
            names == 0
                ? ""
                : String.format("%-" + Math.max(names, "variant".length()) + "s  ", name);
    List<String> branches =
        rows.stream()
            .map(Row::branch)
            .filter(branch -> !branch.equals(Ticket.TICKET))
            .distinct()
            .toList();
    boolean wastes = rows.stream().anyMatch(row -> row.effective() < row.density());
    boolean narrows = branch(rows, Ticket.TICKET).stream().map(Row::cost).distinct().count() > 1;
    boolean stops = rows.stream().anyMatch(row -> row.earlyStop() != null);
    StringBuilder table = new StringBuilder();
    table.append(named.apply("variant"));
    table.append(String.format("%5s  %9s  %10s", "round", "density %", "weights"));
    if (narrows) {
      table.append(String.format("  %10s  %10s", "MMACs", "parameters"));
    }
    if (wastes) {
      table.append(String.format("  %11s", "effective %"));
    }
    if (stops) {
      table.append(String.format("  %10s  %15s", "early stop", "test % at stop"));
    }
    table.append(String.format("  %12s", "test % at end"));
    branches.forEach(branch -> table.append(String.format("  %9s", branch + " %")));
    table.append('\n');
    Map<Line, List<Row>> lines =
        rows.stream()
            .sorted(Results.byVariant(rows).thenComparingInt(Row::round))
            .collect(Collectors.groupingBy(Line::of, LinkedHashMap::new, Collectors.toList()));
    lines.forEach(
        (line, all) -> {
          List<Row> tickets = branch(all, Ticket.TICKET);
          table.append(named.apply(line.variant()));
          table.append(
              String.format(
                  Locale.ROOT,
                  "%5d  %9.2f  %10.0f",
                  line.round(),
                  100 * mean(tickets, Row::density),
                  mean(tickets, row -> (double) row.kept())));
          if (narrows) {
            table.append(cost(tickets));
          }
          if (wastes) {
            table.append(
                String.format(Locale.ROOT, "  %11.2f", 100 * mean(tickets, Row::effective)));
          }
          if (stops) {
            List<Row> stopped = tickets.stream().filter(row -> row.earlyStop() != null).toList();
            table.append(
                stopped.isEmpty()
                    ? String.format("  %10s  %15s", "-", "-")
                    : String.format(
                        Locale.ROOT,
                        "  %10.0f  %15.2f",
                        mean(stopped, row -> (double) row.earlyStop().iteration()),
                        100 * mean(stopped, row -> row.earlyStop().test().accuracy())));
          }
          table.append(
              String.format(
                  Locale.ROOT,
                  "  %13.2f",
                  100 * mean(tickets, row -> row.last().test().accuracy())));
          for (String branch : branches) {
            int width = Math.max(9, branch.length() + 2);
            List<Row> compared = branch(all, branch);
            table.append("  ");
            table.append(
                compared.isEmpty()
                    ? " ".repeat(width - 1) + "-"
                    : String.format(
                        Locale.ROOT,
                        "%" + width + ".2f",
                        100 * mean(compared, row -> row.last().test().accuracy())));
          }
          table.append('\n');
        });
    return table.append(networks(rows, named)).toString();
  }

  /**
   * What the networks cost that are others than their ticket's, beside it: means over the
   * replicates and those rounds that have such a network. Empty if there is none.
   */
  private static String networks(List<Row> rows, UnaryOperator<String> named) {
    List<Row> tickets = branch(rows, Ticket.TICKET);
    List<Row> others =
        rows.stream()
            .filter(
                row ->
                    tickets.stream()
                        .anyMatch(
                            ticket ->
                                Line.of(ticket).equals(Line.of(row))
                                    && ticket.replicate() == row.replicate()
                                    && !ticket.cost().equals(row.cost())))
            .toList();
    if (others.isEmpty()) {
      return "";
    }
    Set<Line> lines = others.stream().map(Line::of).collect(Collectors.toSet());
    Map<Branch, List<Row>> networks =
        Stream.concat(
                tickets.stream().filter(ticket -> lines.contains(Line.of(ticket))), others.stream())
            .sorted(Results.byVariant(rows))
            .collect(Collectors.groupingBy(Branch::of, LinkedHashMap::new, Collectors.toList()));
    int width = networks.keySet().stream().mapToInt(at -> at.branch().length()).max().orElse(0);
    String name = "%-" + Math.max(width, "network".length()) + "s";
    StringBuilder table = new StringBuilder("\n").append(named.apply("variant"));
    table.append(String.format(name + "  %10s  %10s\n", "network", "MMACs", "parameters"));
    networks.forEach(
        (at, all) -> {
          table.append(named.apply(at.variant()));
          table.append(String.format(name, at.branch()));
          table.append(cost(all)).append('\n');
        });
    return table.toString();
  }

  private static String cost(List<Row> rows) {
    return String.format(
        Locale.ROOT,
        "  %10.3f  %10.0f",
        mean(rows, row -> row.cost().macs() / 1e6),
        mean(rows, row -> (double) row.cost().parameters()));
  }

  private static List<Row> branch(List<Row> rows, String branch) {
    return rows.stream().filter(row -> row.branch().equals(branch)).toList();
  }

  private static double mean(List<Row> rows, ToDoubleFunction<Row> value) {
    OptionalDouble mean = rows.stream().mapToDouble(value).average();
    return mean.orElse(Double.NaN);
  }
}
