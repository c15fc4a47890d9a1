// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.typesafe.config.ConfigValue;
import dev.espalier.api.History;
import dev.espalier.api.Method;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Curve;
import dev.espalier.runner.results.Estimate;
import dev.espalier.runner.results.LedgerTable;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.LevelsTable;
import dev.espalier.runner.results.MetricFormat;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.Spent;
import dev.espalier.runner.results.StepRecord;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketResult;
import dev.espalier.runner.results.VariantRanking;
import dev.espalier.runner.results.VariantScale;
import dev.espalier.runner.results.Verdict;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The data of report.html, which report.js shows. An estimate is [n, mean, half interval]. */
final class ReportData {

  /** The approximate number of points of all learning curves together. */
  private static final int CURVE_POINTS = 10_000;

  private static final int MOST_POINTS = 200;
  private static final int FEWEST_POINTS = 40;

  /** The largest number of first layers in the pictures of a variant. */
  private static final int PICTURES = 24;

  /** The largest number of values of a setting in the head of the page. */
  private static final int VALUES = 6;

  /** The longest file, in characters, that a page of many variants contains. */
  private static final int LONGEST = 3_000_000;

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

  private final RecordedRun run;
  private final Registry registry;
  private final List<TicketResult> rows;
  private final List<Level> levels;
  private final Map<Digest, Integer> uses;
  private final int pointsEach;
  private final List<JsonObject> events;
  private final VariantRanking ranking;

  /** The layers of the experiment's network of each variant, with their weights. */
  private final Map<String, Map<String, Integer>> layers = new LinkedHashMap<>();

  /**
   * Creates the data of a run.
   *
   * @param registry the plugins, for the names of findings
   */
  ReportData(RecordedRun run, Registry registry) throws IOException {
    this.run = run;
    this.registry = registry;
    events = read(run.folder().resolve(RunLayout.EVENTS));
    rows = run.rows();
    levels = run.levels();
    uses = LedgerTable.uses(rows);
    ranking = VariantRanking.of(rows);
    long curves = levels.stream().filter(this::isShown).count();
    pointsEach = (int) Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, CURVE_POINTS / curves));
    rows.forEach(
        row ->
            layers.merge(row.variant(), row.layers(), (one, other) -> one.isEmpty() ? other : one));
  }

  Map<String, Object> all() throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("run", run.name());
    all.put("name", run.experiment().getString("name"));
    all.put("headline", headline());
    all.put("rule", Verdict.rule(levels.get(0).metric(), run.margin()));
    all.put("metric", metric());
    all.put("about", about());
    all.put("failures", events("failed").map(ReportData::failure).toList());
    all.put("ended", events("end").findAny().isPresent() || !RunLayout.isBegun(run.folder()));
    all.put("imported", !RunLayout.isBegun(run.folder()));
    all.put("layers", new ArrayList<>(layers.values().stream().map(Map::keySet).toList()));
    all.put("variants", List.copyOf(layers.keySet()));
    VariantScale.of(List.copyOf(layers.keySet())).ifPresent(scale -> all.put("scale", scale));
    if (ranking.isLarge()) {
      all.put("sweep", SweepTable.of(run, ranking));
    }
    all.put("levels", levels.stream().map(this::level).toList());
    all.put("run-spent", spent(List.of(LedgerTable.each(rows))));
    all.put("findings", findingNames());
    all.put("curves", curves());
    all.put("similarity", SimilarityTables.of(run.folder()));
    all.put("pictures", pictures());
    all.put("provenance", provenance());
    all.put("conf", Files.readString(run.folder().resolve(RunLayout.EXPERIMENT)));
    all.put("files", files());
    return all;
  }

  /** The result in words; of many variants that of the best one by validation. */
  private String headline() {
    if (!ranking.isLarge()) {
      return Headline.of(levels);
    }
    String best = ranking.variants().get(0);
    List<Level> own =
        levels.stream().filter(level -> level.first().variant().equals(best)).toList();
    return ranking.sentence()
        + (ranking.validation(best).isPresent() ? " " + Headline.of(own) : "");
  }

  /** The metrics, of which the first decides. */
  private Map<String, Object> metric() {
    Metrics metrics = rows.get(0).metrics();
    Map<String, Object> shown = new LinkedHashMap<>(MetricFormat.page(metrics.first()));
    shown.put("all", Metrics.of(rows).stream().map(MetricFormat::page).toList());
    // The losses of these are cross-entropies.
    shown.put("nats", Set.of("classification", "language-modelling").contains(metrics.objective()));
    return shown;
  }

  // The experiment

  private Map<String, Object> about() {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("method", settings("method.id"));
    about.put("model", settings("model.id"));
    about.put("start", settings("model.weights.file"));
    about.put("data", settings("data.id"));
    about.put("optimizer", settings("training.optimizer.id"));
    about.put("iterations", settings("training.iterations"));
    about.put("weights", layers.values().stream().map(ReportData::weights).distinct().toList());
    about.put("replicates", rows.stream().map(TicketResult::replicate).distinct().count());
    about.put("planned", settings("replicates"));
    about.put("device", settings("provenance.device"));
    about.putAll(times());
    return about;
  }

  /** The beginning, the end and the duration of the run, without the pauses between its starts. */
  private Map<String, Object> times() {
    Map<String, Object> times = new LinkedHashMap<>();
    if (events.isEmpty()) {
      return times;
    }
    Duration duration = Duration.ZERO;
    Instant before = instant(events.get(0));
    int starts = 0;
    for (JsonObject event : events) {
      boolean isStart = name(event).equals("begin");
      starts += isStart ? 1 : 0;
      duration = duration.plus(isStart ? Duration.ZERO : Duration.between(before, instant(event)));
      before = instant(event);
    }
    times.put("date", MINUTE.format(instant(events.get(0))));
    if (name(events.get(events.size() - 1)).equals("end")) {
      times.put("end", MINUTE.format(before));
    }
    times.put("seconds", duration.toMillis() / 1000.0);
    times.put("starts", starts);
    return times;
  }

  /** The findings that the methods of the run declare, by key. */
  private Map<String, Map<String, String>> findingNames() {
    Map<String, Map<String, String>> names = new LinkedHashMap<>();
    run.values("method.id")
        .flatMap(id -> registry.find(Method.class, id).stream())
        .forEach(
            method ->
                method
                    .findings()
                    .forEach(
                        (key, finding) ->
                            names.putIfAbsent(
                                key,
                                Map.of(
                                    "name",
                                    finding.name(),
                                    "title",
                                    finding.title(),
                                    "unit",
                                    finding.unit(),
                                    "meaning",
                                    finding.meaning()))));
    return names;
  }

  /** The findings that methods of the run draw over others. */
  static List<Curve> curves(RecordedRun run, Registry registry) {
    return Curve.of(
        run.values("method.id").flatMap(id -> registry.find(Method.class, id).stream()));
  }

  /** These with their lines. */
  private List<Map<String, Object>> curves() {
    return curves(run, registry).stream()
        .map(
            curve ->
                Map.of(
                    "key",
                    curve.key(),
                    "x",
                    curve.x(),
                    "lines",
                    curve.lines(rows).stream().map(ReportData::line).toList()))
        .toList();
  }

  private static Map<String, Object> line(Curve.Line line) {
    return Map.of(
        "variant",
        line.variant(),
        "round",
        line.round(),
        "branch",
        line.branch(),
        "points",
        line.points().stream().map(point -> List.of(point.x(), estimate(point.y()))).toList());
  }

  private static long weights(Map<String, Integer> layers) {
    return layers.values().stream().mapToLong(Integer::longValue).sum();
  }

  private String settings(String path) {
    List<String> values = run.values(path).toList();
    return values.stream().limit(VALUES).collect(Collectors.joining(", "))
        + (values.size() > VALUES ? " and " + (values.size() - VALUES) + " more" : "");
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new TreeMap<>();
    if (run.experiment().hasPath("provenance")) {
      for (Map.Entry<String, ConfigValue> entry :
          run.experiment().getConfig("provenance").entrySet()) {
        Object value = entry.getValue().unwrapped();
        provenance.put(
            entry.getKey().replace("\"", ""),
            value instanceof List<?> list
                ? list.stream().map(Object::toString).collect(Collectors.joining(", "))
                : value.toString());
      }
    }
    return provenance;
  }

  /** The events of a name since the last start of the run. */
  private Stream<JsonObject> events(String name) {
    List<JsonObject> last = new ArrayList<>();
    for (JsonObject event : events) {
      if (name(event).equals("begin")) {
        last.clear();
      }
      last.add(event);
    }
    return last.stream().filter(event -> name(event).equals(name));
  }

  private static List<JsonObject> read(Path file) throws IOException {
    List<JsonObject> events = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        try {
          events.add(JsonParser.parseString(line).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
          // The run was interrupted while it wrote this line.
        }
      }
    }
    return events;
  }

  private static String name(JsonObject event) {
    return event.get("event").getAsString();
  }

  private static Instant instant(JsonObject event) {
    return Instant.parse(event.get("time").getAsString());
  }

  private static String failure(JsonObject event) {
    return Stream.of("variant", "replicate")
            .filter(event::has)
            .map(name -> name + " " + event.get(name).getAsString())
            .collect(Collectors.joining(", "))
        + ": "
        + event.get("why").getAsString();
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(RunLayout.LEVELS, LevelsTable.csv(levels, run.planned()));
    for (String name : List.of(RunLayout.RESULTS, RunLayout.VERDICTS, RunLayout.LEDGER)) {
      Path file = run.folder().resolve(name);
      if (Files.exists(file)) { // an imported run has none
        files.put(name, Files.readString(file));
      }
    }
    files.values().removeIf(text -> ranking.isLarge() && text.length() > LONGEST);
    return files;
  }

  // Levels

  private Map<String, Object> level(Level level) {
    TicketResult first = level.first();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("variant", first.variant());
    all.put("round", first.round());
    all.put("branch", first.branch());
    all.put("ticket", first.isTicket());
    all.put("trained", Headline.isMeaningful(level));
    all.put("n", level.rows().size());
    all.put("density", mean(level, TicketResult::density));
    all.put("effective", mean(level, row -> row.effective().orElse(Double.NaN)));
    all.put("kept", mean(level, TicketResult::kept));
    all.put("macs", mean(level, row -> row.cost().macs()));
    all.put("effectiveMacs", mean(level, TicketResult::effectiveMacs));
    all.put("score", estimate(level.score()));
    all.put("end", estimate(level.scoreAtEnd()));
    all.put("stop", estimate(level.earlyStop()));
    level
        .againstDense()
        .ifPresent(
            dense -> {
              all.put("difference", estimate(dense.difference()));
              all.put("speed", estimate(dense.speed()));
            });
    Map<String, Object> controls = new LinkedHashMap<>();
    level.comparisons().stream()
        .filter(with -> !with.against().equals(Level.DENSE))
        .forEach(with -> controls.put(with.against(), estimate(with.difference())));
    all.put("controls", controls);
    level
        .verdict()
        .ifPresent(
            verdict -> {
              all.put("verdict", Names.word(verdict.kind()));
              all.put("why", verdict.why());
              verdict.more().ifPresent(more -> all.put("more", more));
            });
    all.put("layers", layers(level));
    all.put("curve", isShown(level) ? curve(level) : Map.of("iterations", List.of()));
    all.put("findings", findings(level));
    all.put("finding", spent(level, Account::finding));
    all.put("training", spent(level, Account::training));
    all.put(
        "shared", spent(level.rows().stream().map(row -> LedgerTable.shared(row, uses)).toList()));
    return all;
  }

  /** Whether figures show a level: of many variants they show the best. */
  private boolean isShown(Level level) {
    return isShown(level.first().variant());
  }

  private boolean isShown(String variant) {
    return !ranking.isLarge() || ranking.best().contains(variant);
  }

  private static double mean(Level level, ToDoubleFunction<TicketResult> value) {
    return level.of(value).mean();
  }

  private static List<Object> estimate(Estimate estimate) {
    return List.of(estimate.n(), estimate.mean(), estimate.shown());
  }

  /**
   * The fractions of weights kept, and of those on a path, of the experiment's network by layer.
   */
  private List<List<Double>> layers(Level level) {
    return layers.get(level.first().variant()).entrySet().stream()
        .map(
            layer ->
                List.of(
                    ofLayer(level, layer.getKey(), OfLayer::kept) / layer.getValue(),
                    ofLayer(level, layer.getKey(), ReportData::onPath) / layer.getValue()))
        .toList();
  }

  private static double onPath(OfLayer layer) {
    return layer.onPath().isPresent() ? layer.onPath().getAsInt() : Double.NaN;
  }

  private static double ofLayer(Level level, String name, ToDoubleFunction<OfLayer> value) {
    return mean(
        level,
        row ->
            row.analysis().layers().stream()
                .filter(layer -> layer.layer().name().equals(name))
                .mapToDouble(value)
                .findFirst()
                .orElse(Double.NaN));
  }

  /** The learning curve: means over the replicates, where all of them have values. */
  private Map<String, Object> curve(Level level) {
    Set<Long> common = new LinkedHashSet<>(iterations(level.first()));
    level.rows().forEach(row -> common.retainAll(iterations(row)));
    List<Long> at = thinned(List.copyOf(common), pointsEach);
    Map<String, Object> curve = new LinkedHashMap<>();
    curve.put("iterations", at);
    curve.put("validation loss", means(level, at, row -> point -> point.validation().loss()));
    for (Metric metric : Metrics.of(rows)) {
      String name = new MetricFormat(metric).name();
      curve.put(
          "validation " + name,
          means(level, at, row -> point -> row.metrics().value(point.validation(), metric)));
      curve.put(
          "test " + name,
          means(level, at, row -> point -> row.metrics().value(point.test(), metric)));
    }
    curve.put("training loss", means(level, at, row -> point -> point.train().loss()));
    curve.values().removeIf(List.of()::equals);
    return curve;
  }

  private static List<Long> iterations(TicketResult row) {
    return row.history().points().stream().map(History.Point::iteration).toList();
  }

  /** Some elements of the list, at even distances, including the last. */
  static <T> List<T> thinned(List<T> list, int most) {
    if (list.size() <= most) {
      return list;
    }
    List<T> some = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      some.add(list.get(Math.toIntExact((long) i * (list.size() - 1) / (most - 1))));
    }
    return some;
  }

  /** The means; empty if no value was measured. */
  private static List<Double> means(
      Level level, List<Long> at, Function<TicketResult, ToDoubleFunction<History.Point>> value) {
    Map<Long, double[]> sums = new LinkedHashMap<>();
    at.forEach(iteration -> sums.put(iteration, new double[1]));
    for (TicketResult row : level.rows()) {
      ToDoubleFunction<History.Point> ofRow = value.apply(row);
      for (History.Point point : row.history().points()) {
        double[] sum = sums.get(point.iteration());
        if (sum != null) {
          sum[0] += ofRow.applyAsDouble(point) / level.rows().size();
        }
      }
    }
    List<Double> means = sums.values().stream().map(sum -> sum[0]).toList();
    return means.stream().allMatch(mean -> mean.isNaN()) ? List.of() : means;
  }

  /** Estimates of the findings that are numbers; of others each distinct value. */
  private static Map<String, Object> findings(Level level) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (TicketResult row : level.rows()) {
      row.findings()
          .forEach((name, value) -> found.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
    }
    Map<String, Object> findings = new LinkedHashMap<>();
    found.forEach(
        (name, values) -> {
          double[] numbers = values.stream().mapToDouble(ReportData::number).toArray();
          findings.put(
              name,
              DoubleStream.of(numbers).allMatch(Double::isFinite)
                  ? estimate(Estimate.of(numbers))
                  : values.stream().distinct().collect(Collectors.joining("; ")));
        });
    return findings;
  }

  private static double number(String value) {
    try {
      return new BigDecimal(value).doubleValue();
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  // Cost

  private static Map<String, Object> spent(Level level, Function<Account, List<StepRecord>> part) {
    return spent(level.rows().stream().map(row -> part.apply(row.account())).toList());
  }

  /** The mean of the costs. */
  private static Map<String, Object> spent(List<? extends Collection<StepRecord>> each) {
    Spent all = each.stream().map(Account::sum).reduce(Spent.NOTHING, Spent::plus);
    double n = each.size();
    Map<String, Object> spent = new LinkedHashMap<>();
    spent.put("steps", each.stream().mapToInt(Collection::size).sum() / n);
    spent.put("examples", all.examples() / n);
    spent.put("macs", all.macs() / n);
    spent.put("effective", all.effectiveMacs() / n);
    spent.put("seconds", all.seconds() / n);
    return spent;
  }

  // Pictures

  /** First layers of the first replicate's tickets. */
  private List<Map<String, Object>> pictures() {
    Map<String, List<StoredTicketResult>> firsts =
        run.tickets().stream()
            .filter(ticket -> ticket.row().isTicket() && ticket.row().replicate() == 0)
            .filter(ticket -> isShown(ticket.row().variant()))
            .collect(
                Collectors.groupingBy(
                    ticket -> ticket.row().variant(), LinkedHashMap::new, Collectors.toList()));
    List<Map<String, Object>> pictures = new ArrayList<>();
    firsts.values().stream()
        .flatMap(tickets -> thinned(tickets, PICTURES).stream())
        .forEach(
            ticket ->
                FirstLayer.picture(ticket)
                    .ifPresent(
                        picture -> {
                          picture.put("variant", ticket.row().variant());
                          picture.put("round", ticket.row().round());
                          picture.put("density", ticket.row().density());
                          pictures.add(picture);
                        }));
    return pictures;
  }
}
