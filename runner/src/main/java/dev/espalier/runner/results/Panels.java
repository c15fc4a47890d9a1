// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The panels of results.png, with means over the replicates and their intervals:
 *
 * <ul>
 *   <li>the test value of the metric by density, where each round of a variant has another one,
 *       else by round, where a variant has several;
 *   <li>that of the last round by variant, where there are several;
 *   <li>each {@link Curve}, with a line per network or round;
 *   <li>each finding that is a number wherever there is one, by round, where a variant has several.
 * </ul>
 *
 * <p>A line is a branch of a variant. Where these would be too many for one panel, each branch has
 * separate panels, with a line per variant. Of many variants there are the best by validation.
 */
public final class Panels {

  /** The largest number of lines in a panel that a reader can distinguish. */
  static final int LINES = 10;

  private static final String ROUND = "round";
  private static final String DENSITY = "density (%)";

  /**
   * One panel.
   *
   * @param title its title, with the number of replicates
   * @param x the label of the horizontal axis
   * @param y the label of the vertical axis
   * @param names the labels of x = 0, 1 and so on; empty where x is a number
   * @param lines its lines, one at least
   */
  public record Panel(String title, String x, String y, List<String> names, List<Line> lines) {

    /** Whether x is a density, whose axis is logarithmic. */
    boolean isByDensity() {
      return x.equals(DENSITY);
    }

    /** Its title without the number of replicates. */
    String name() {
      return title.replace(replicates(lines), "");
    }

    /** The numbers of replicates of its points. */
    IntSummaryStatistics n() {
      return count(lines);
    }

    /** The same panel, which shows a part of the variants. */
    Panel of(String part) {
      return new Panel(title + ", " + part, x, y, names, lines);
    }
  }

  /**
   * A line by rising x.
   *
   * @param place the index of its colour, the same in all panels
   * @param expected the values expected by chance, which are dotted; may be empty
   */
  public record Line(String name, int place, List<Point> points, List<Point> expected) {

    /** Creates a line without expected values. */
    Line(String name, int place, List<Point> points) {
      this(name, place, points, List.of());
    }
  }

  /** y over some replicates. */
  public record Point(double x, Estimate y) {}

  private final List<TicketResult> rows;
  private final List<String> variants;
  private final List<String> branches;
  private final boolean apart;
  private final MetricFormat metric;

  private Panels(List<TicketResult> rows) {
    this.rows = rows;
    metric = new MetricFormat(Metrics.of(rows).get(0));
    variants = rows.stream().map(TicketResult::variant).distinct().toList();
    branches = rows.stream().map(TicketResult::branch).distinct().toList();
    apart = variants.size() > 1 && rows.stream().map(this::name).distinct().count() > LINES;
  }

  /** Creates all panels that have lines. */
  static List<Panel> of(List<TicketResult> rows, List<Curve> curves) {
    VariantRanking ranking = VariantRanking.of(rows);
    if (!ranking.isLarge()) {
      return new Panels(rows).panels(curves);
    }
    List<Panel> panels =
        new ArrayList<>(
            new Panels(ranking.best(rows))
                .panels(curves).stream().map(panel -> panel.of(ranking.words())).toList());
    if (VariantScale.of(ranking.variants()).isPresent()) { // an axis has room for all of them
      panels.addAll(0, new Panels(rows).byVariant());
    }
    return panels;
  }

  /**
   * Creates panels of the test value by density.
   *
   * @param levels the levels of each line, by its name
   */
  public static List<Panel> ofLevels(Map<String, List<Level>> levels) {
    Panels all =
        new Panels(
            levels.values().stream()
                .flatMap(line -> line.stream().flatMap(level -> level.rows().stream()))
                .toList());
    List<Line> lines = new ArrayList<>();
    levels.forEach((name, line) -> lines.add(new Line(name, 0, all.points(line))));
    return byDensity(all.test() + " by density", all.axisTitle(), lines);
  }

  private List<Point> points(List<Level> levels) {
    return levels.stream()
        .filter(level -> level.density() > 0) // else it has no place on the axis
        .map(
            level ->
                new Point(
                    100 * level.density(),
                    Estimate.of(
                        level.rows().stream()
                            .mapToDouble(this::score)
                            .filter(score -> !Double.isNaN(score))
                            .toArray())))
        .filter(point -> point.y().n() > 0)
        .sorted(Comparator.comparingDouble(Point::x))
        .toList();
  }

  /**
   * Creates panels by density, with the lines that have points. Their places are set here.
   *
   * @param lines lines whose x is a density in percent
   */
  public static List<Panel> byDensity(String title, String y, List<Line> lines) {
    List<Line> shown = lines.stream().filter(line -> !line.points().isEmpty()).toList();
    int most = most(shown.size());
    List<Panel> panels = new ArrayList<>();
    for (int i = 0; i < shown.size(); i += most) {
      List<Line> part = new ArrayList<>();
      for (Line line : shown.subList(i, Math.min(shown.size(), i + most))) {
        part.add(new Line(line.name(), part.size(), line.points(), line.expected()));
      }
      panels.add(new Panel(title + replicates(part), DENSITY, y, List.of(), part));
    }
    return panels;
  }

  /** The number of lines in each of several panels, so that all have about as many. */
  private static int most(int lines) {
    int parts = (lines + LINES - 1) / LINES;
    return parts == 0 ? 1 : (lines + parts - 1) / parts;
  }

  private List<Panel> panels(List<Curve> curves) {
    List<Panel> panels = new ArrayList<>();
    panels.addAll(hasDensities() ? byDensity() : byRound());
    panels.addAll(byVariant());
    curves.forEach(curve -> panels.addAll(curves(curve)));
    List<String> axes = curves.stream().map(Curve::x).toList();
    panels.addAll(findingsByRound(axes));
    return panels;
  }

  /** Panels of a curve: one for each round where networks have lines, else one together. */
  private List<Panel> curves(Curve curve) {
    List<Curve.Line> all = curve.lines(rows);
    boolean isByRound = all.stream().map(Curve.Line::round).distinct().count() > 1;
    Map<String, List<Line>> panels = new LinkedHashMap<>();
    for (Curve.Line line : all) {
      String round = isByRound ? "round " + line.round() : "";
      String name = line.branch().isEmpty() ? round : line.branch();
      String variant = variants.size() > 1 ? line.variant() : "";
      List<Line> panel =
          panels.computeIfAbsent(line.branch().isEmpty() ? "" : round, r -> new ArrayList<>());
      if (panel.size() < LINES) { // the page has all
        String label =
            Stream.of(variant, name)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
        panel.add(
            new Line(
                label.isEmpty() ? curve.name() : label,
                panel.size(),
                line.points().stream().map(point -> new Point(point.x(), point.y())).toList()));
      }
    }
    List<Panel> made = new ArrayList<>();
    panels.forEach(
        (round, lines) ->
            made.add(
                new Panel(
                    curve.name() + (round.isEmpty() ? "" : ", " + round) + replicates(lines),
                    curve.xName(),
                    curve.name(),
                    List.of(),
                    lines)));
    return made;
  }

  /**
   * Whether the rounds of a variant differ in density, so that a panel by density replaces that by
   * round.
   */
  private boolean hasDensities() {
    return rows.stream().allMatch(row -> row.density() > 0) // else it has no place on the axis
        && rows.stream()
                .filter(TicketResult::isTicket)
                .map(row -> List.of(row.variant(), row.round()))
                .distinct()
                .count()
            == rows.stream()
                .filter(TicketResult::isTicket)
                .collect(
                    Collectors.groupingBy(
                        row -> List.of(row.variant(), row.round()),
                        Collectors.averagingDouble(TicketResult::density)))
                .entrySet()
                .stream()
                .map(level -> List.of(level.getKey().get(0), level.getValue()))
                .distinct()
                .count();
  }

  private List<Panel> byDensity() {
    return byRound(
        test() + " by density", DENSITY, axisTitle(), row -> 100 * row.density(), this::score);
  }

  private List<Panel> byRound() {
    return byRound(test() + " by round", ROUND, axisTitle(), TicketResult::round, this::score);
  }

  private List<Panel> byVariant() {
    if (variants.size() < 2) {
      return List.of();
    }
    Map<String, Integer> lastRounds =
        rows.stream()
            .collect(Collectors.toMap(TicketResult::variant, TicketResult::round, Math::max));
    List<TicketResult> last =
        rows.stream().filter(row -> row.round() == lastRounds.get(row.variant())).toList();
    IntSummaryStatistics rounds =
        lastRounds.values().stream().mapToInt(Integer::intValue).summaryStatistics();
    // The numbers of replicates may differ by variant, or because one failed early.
    String title =
        test()
            + " of the last round"
            + (rounds.getMin() < rounds.getMax()
                ? " (" + rounds.getMin() + " to " + rounds.getMax() + ")"
                : "");
    Optional<VariantScale> scale = VariantScale.of(variants);
    String x = scale.map(VariantScale::name).filter(name -> !name.isEmpty()).orElse("variant");
    List<String> names = scale.isPresent() ? List.of() : variants;
    Map<String, Integer> places = new HashMap<>();
    variants.forEach(variant -> places.put(variant, places.size()));
    return panels(
        new Panel(title, x, axisTitle(), names, List.of()),
        last,
        row -> "",
        TicketResult::branch,
        row -> {
          int place = places.get(row.variant());
          return scale.isPresent() ? scale.get().numbers().get(place) : place;
        },
        this::score);
  }

  private List<Panel> findingsByRound(List<String> axes) {
    return rows.stream()
        .flatMap(row -> row.findings().keySet().stream())
        .distinct()
        .filter(finding -> !axes.contains(finding))
        .filter(
            finding ->
                rows.stream()
                    .filter(row -> row.findings().containsKey(finding))
                    .allMatch(row -> Double.isFinite(finding(row, finding))))
        .flatMap(
            finding ->
                byRound(finding, ROUND, finding, TicketResult::round, row -> finding(row, finding))
                    .stream())
        .toList();
  }

  /** Creates panels with a point per round, at any x. */
  private List<Panel> byRound(
      String title,
      String xName,
      String y,
      ToDoubleFunction<TicketResult> x,
      ToDoubleFunction<TicketResult> value) {
    boolean goesOn =
        rows.stream()
            .filter(row -> !Double.isNaN(value.applyAsDouble(row)))
            .collect(
                Collectors.groupingBy(
                    TicketResult::variant,
                    Collectors.mapping(TicketResult::round, Collectors.toSet())))
            .values()
            .stream()
            .anyMatch(rounds -> rounds.size() > 1);
    return goesOn
        ? panels(
            new Panel(title, xName, y, List.of(), List.of()),
            rows,
            apart ? TicketResult::branch : row -> "",
            apart ? TicketResult::variant : this::name,
            x,
            value)
        : List.of();
  }

  /**
   * Creates the panels that have lines.
   *
   * @param frame the values that all of them share
   * @param shown the rows, of which those with a y count
   */
  private List<Panel> panels(
      Panel frame,
      List<TicketResult> shown,
      Function<TicketResult, String> panelOf,
      Function<TicketResult, String> lineOf,
      ToDoubleFunction<TicketResult> x,
      ToDoubleFunction<TicketResult> y) {
    Map<String, Integer> places = new HashMap<>();
    rows.forEach(row -> places.putIfAbsent(lineOf.apply(row), places.size()));
    int most = most(places.size());
    Map<String, Map<Integer, Map<String, List<TicketResult>>>> split =
        shown.stream()
            .filter(row -> !Double.isNaN(y.applyAsDouble(row)))
            .collect(
                Collectors.groupingBy(
                    panelOf,
                    LinkedHashMap::new,
                    Collectors.groupingBy(
                        row -> places.get(lineOf.apply(row)) / most,
                        TreeMap::new,
                        Collectors.groupingBy(lineOf, LinkedHashMap::new, Collectors.toList()))));
    List<Panel> panels = new ArrayList<>();
    for (Map.Entry<String, Map<Integer, Map<String, List<TicketResult>>>> panel :
        split.entrySet()) {
      for (Map<String, List<TicketResult>> set : panel.getValue().values()) {
        List<Line> lines = new ArrayList<>();
        set.forEach(
            (name, group) ->
                lines.add(new Line(name, places.get(name) % most, points(group, x, y))));
        String branch = panel.getKey().isEmpty() ? "" : ": " + panel.getKey();
        String title = frame.title() + branch + replicates(lines);
        panels.add(new Panel(title, frame.x(), frame.y(), frame.names(), lines));
      }
    }
    return panels;
  }

  /** The points of the rounds of a variant. */
  private static List<Point> points(
      List<TicketResult> rows, ToDoubleFunction<TicketResult> x, ToDoubleFunction<TicketResult> y) {
    return rows.stream()
        .collect(Collectors.groupingBy(row -> List.of(row.variant(), row.round())))
        .values()
        .stream()
        .map(
            round ->
                new Point(
                    round.stream().mapToDouble(x).average().orElseThrow(),
                    Estimate.of(round.stream().mapToDouble(y).toArray())))
        .sorted(Comparator.comparingDouble(Point::x))
        .toList();
  }

  private static IntSummaryStatistics count(List<Line> lines) {
    return lines.stream()
        .flatMap(line -> line.points().stream())
        .mapToInt(point -> point.y().n())
        .summaryStatistics();
  }

  private static String replicates(List<Line> lines) {
    IntSummaryStatistics replicates = count(lines);
    if (replicates.getMax() == 1) {
      return "";
    }
    return ", mean of "
        + (replicates.getMin() < replicates.getMax() ? replicates.getMin() + " to " : "")
        + replicates.getMax()
        + " replicates";
  }

  private String name(TicketResult row) {
    return variants.size() == 1
        ? row.branch()
        : branches.size() == 1 ? row.variant() : row.variant() + ", " + row.branch();
  }

  /** The value of verdicts and of the report; NaN for a ticket that was not trained. */
  private double score(TicketResult row) {
    return row.isTicket() && row.isOnlyMeasured() ? Double.NaN : metric.factor() * row.score();
  }

  private String test() {
    return "test " + metric.name();
  }

  private String axisTitle() {
    return test()
        + (rows.stream().anyMatch(row -> row.earlyStop().isPresent())
            ? " at the early stop"
            : " at the end")
        + metric.unit();
  }

  private static double finding(TicketResult row, String finding) {
    try {
      return new BigDecimal(row.findings().getOrDefault(finding, "none")).doubleValue();
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
