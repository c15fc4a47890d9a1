// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import dev.espalier.api.Ticket;
import dev.espalier.api.data.Metric;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.config.Seeds;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.results.TicketRecord.Point;
import dev.espalier.runner.results.TicketRecord.Position;
import dev.espalier.runner.results.TicketRecord.Size;
import dev.espalier.runner.results.TicketRecord.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The check of a record from a file: its values are possible, and agree with each other. A figure
 * of a table or a page therefore rests on values that a run can have written.
 */
public final class RecordCheck {

  /** The ending of the name of a narrow network in an export. */
  public static final String NARROW = "-narrow";

  private static final int MOST_REPLICATES = 10_000;
  private static final double ROUNDING = 1e-9;
  private static final String WORDS = "lower-case words joined by hyphens";
  private static final String NOT_NEGATIVE = "a number from 0 on";

  /** Settings of each variant. */
  private static final List<String> TEXTS =
      List.of("model.id", "data.id", "method.id", "training.iterations", "training.optimizer.id");

  private final TicketRecord record;
  private final List<String> problems = new ArrayList<>();

  private RecordCheck(TicketRecord record) {
    this.record = record;
  }

  /** The problems of a record, each as {@code <key>: found <value>, allowed is <values>}. */
  public static List<String> of(TicketRecord record) {
    RecordCheck check = new RecordCheck(record);
    check.place();
    check.task();
    check.size();
    record.details().layers().forEach(check::layer);
    if (check.problems.isEmpty()) { // sums need possible layers
      check.density();
    }
    check.training();
    check.digests();
    check.findings();
    check.steps();
    check.history();
    return check.problems;
  }

  /**
   * The problems of a recorded experiment: keys that tables and pages read, and that are missing or
   * of another type.
   *
   * @param variants their names; none of an experiment without variants
   */
  public static List<String> of(Config experiment, List<String> variants) {
    List<String> problems = new ArrayList<>();
    Consumer<Runnable> collect =
        reading -> {
          try {
            reading.run();
          } catch (ConfigException e) {
            problems.add(
                new Refusal("", "(" + e.getMessage() + ")", "what every run writes").toString());
          }
        };
    collect.accept(() -> experiment.getString("name"));
    collect.accept(() -> experiment.getInt("replicates"));
    collect.accept(() -> experiment.getDouble("margin"));
    collect.accept(() -> experiment.getString("provenance.device"));
    for (String variant : variants.isEmpty() ? List.of("") : variants) {
      Config settings =
          variant.isEmpty()
              ? experiment
              : experiment
                  .getConfig(ConfigUtil.joinPath("variants", variant))
                  .withFallback(experiment);
      collect.accept(() -> Seeds.of(settings));
      collect.accept(() -> settings.getConfig("training"));
      for (String key : TEXTS) {
        collect.accept(() -> settings.getString(key));
      }
      for (String examples : List.of("train", "validation", "test")) {
        String digests = "provenance.data-digests";
        collect.accept(
            () ->
                experiment.getString(
                    variant.isEmpty()
                        ? digests + "." + examples
                        : digests + "." + ConfigUtil.joinPath(variant, examples)));
      }
    }
    return problems.stream().distinct().toList();
  }

  /** The reasons for which a ticket is none of an experiment. */
  public static List<String> of(TicketResult ticket, Config experiment, List<String> variants) {
    List<String> problems = new ArrayList<>();
    String variant = ticket.variant();
    if (variants.isEmpty() ? !variant.isEmpty() : !variants.contains(variant)) {
      problems.add(
          new Refusal(
                  "variant",
                  variant.isEmpty() ? "none" : quoted(variant),
                  variants.isEmpty() ? "none" : "one of " + String.join(", ", variants))
              .toString());
    }
    if (experiment.hasPath("replicates") && ticket.replicate() >= experiment.getInt("replicates")) {
      problems.add(
          new Refusal(
                  "replicate",
                  ticket.replicate(),
                  "less than the " + experiment.getInt("replicates") + " of its experiment")
              .toString());
    }
    return problems;
  }

  private void require(boolean isAllowed, String key, Object found, String allowed) {
    if (!isAllowed) {
      problems.add(new Refusal(key, found, allowed).toString());
    }
  }

  private void place() {
    Position place = record.position();
    String variant = record.title().variant();
    int before = problems.size();
    require(variant == null || variant.matches(Names.PATTERN), "variant", quoted(variant), WORDS);
    require(place.branch().matches(Names.PATTERN), "branch", quoted(place.branch()), WORDS);
    require(place.round() >= 0, "round", place.round(), NOT_NEGATIVE);
    require(
        place.replicate() >= 0 && place.replicate() < MOST_REPLICATES,
        "replicate",
        place.replicate(),
        "a number from 0 to " + (MOST_REPLICATES - 1));
    require(
        !Boolean.TRUE.equals(place.control()) || !place.branch().equals(Ticket.TICKET),
        "control",
        "a control of branch " + place.branch(),
        "another branch for it");
    String ticket = record.title().ticket();
    require(ticket.matches(Names.PATTERN), "ticket", quoted(ticket), WORDS);
    if (problems.size() == before) {
      String name =
          TicketResult.name(
              variant == null ? "" : variant, place.replicate(), place.round(), place.branch());
      require(
          ticket.equals(name) || ticket.equals(name + NARROW),
          "ticket",
          ticket,
          name + " by its variant, replicate, round and branch");
    }
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private void task() {
    TicketRecord.Task task = record.task();
    int fewest = task.output() == null ? 1 : 0;
    require(task.classes() >= fewest, "classes", task.classes(), "a number from " + fewest + " on");
    shape("input", task.input()).ifPresent(problems::add);
    if (task.output() != null) {
      shape("output", task.output()).ifPresent(problems::add);
    }
    if (task.vocabulary() != null) {
      require(task.vocabulary() >= 1, "vocabulary", task.vocabulary(), "a number from 1 on");
    }
    require(
        task.objective() == null || task.objective().matches(Names.PATTERN),
        "objective",
        quoted(task.objective()),
        WORDS);
    metrics();
    TicketRecord.Normalisation by = task.normalisation();
    require(
        isPositive(by.unit().doubleValue()), "normalisation.unit", by.unit(), "a number above 0");
    require(
        !by.mean().isEmpty() && by.mean().stream().allMatch(Double::isFinite),
        "normalisation.mean",
        by.mean(),
        "a number for each channel, or one");
    require(
        by.std().size() == by.mean().size() && by.std().stream().allMatch(RecordCheck::isPositive),
        "normalisation.std",
        by.std(),
        "a number above 0 for each mean");
  }

  private void metrics() {
    try {
      List<Metric> metrics = record.task().measured().all();
      require(!metrics.isEmpty(), "metrics", "none", "one or more");
      require(
          metrics.stream().map(Metric::name).distinct().count() == metrics.size(),
          "metrics",
          "a metric twice",
          "each metric once");
    } catch (RefusedException e) {
      e.refusals().forEach(refusal -> problems.add(refusal.toString()));
    }
  }

  private static boolean isPositive(double number) {
    return number > 0 && Double.isFinite(number);
  }

  /** Refuses axes that are not positive, and arrays that Java cannot hold. */
  public static Optional<String> shape(String key, List<Long> axes) {
    long size = 1;
    for (long axis : axes) {
      if (axis < 1 || axis > Integer.MAX_VALUE / size) {
        return Optional.of(
            new Refusal(
                    key,
                    "the shape " + axes,
                    "a shape of axes from 1 on, with at most " + Integer.MAX_VALUE + " elements")
                .toString());
      }
      size *= axis;
    }
    return Optional.empty();
  }

  private void size() {
    Size size = record.size();
    require(size.macs() >= 0, "macs", size.macs(), NOT_NEGATIVE);
    require(
        size.effectiveMacs() >= 0 && size.effectiveMacs() <= size.macs(),
        "effective-macs",
        size.effectiveMacs(),
        "a number from 0 to its macs, " + size.macs());
    require(size.parameters() >= 1, "parameters", size.parameters(), "a number from 1 on");
    if (size.channels() != null) {
      size.channels()
          .forEach(
              (group, width) ->
                  require(
                      width.width() >= 1 && width.whole() >= 1,
                      "channels." + group,
                      width.width() + " of " + width.whole(),
                      "two numbers from 1 on"));
    }
  }

  private void layer(String name, MaskedLayer layer) {
    String key = "layer " + name;
    int before = problems.size();
    require(
        layer.layerKind().isPresent(),
        key,
        "the kind " + layer.kind(),
        "one of "
            + Arrays.stream(Layer.Kind.values())
                .map(Names::word)
                .collect(Collectors.joining(", ")));
    require(!layer.shape().isEmpty(), key, "no axes", "a shape");
    shape(key, layer.shape()).ifPresent(problems::add);
    if (problems.size() > before) {
      return;
    }
    int weights = layer.layer(name).size();
    int kept = layer.kept();
    require(kept >= 0 && kept <= weights, key, kept + " weights kept", "0 to its " + weights);
    require(
        isNear(layer.density(), (double) kept / weights),
        key,
        "the density " + layer.density(),
        kept + " of " + weights + " weights");
    require(layer.size() >= 1, key, "of " + layer.size() + " weights", "a number from 1 on");
    boolean isAnalysed = layer.onPath() != null;
    require(
        isAnalysed == (layer.deadUnits() != null)
            && isWithin(layer.onPath(), kept)
            && isWithin(layer.deadUnits(), layer.shape().get(0)),
        key,
        "on-path " + layer.onPath() + " and dead-units " + layer.deadUnits(),
        "both or none, from 0 to its " + kept + " weights kept and to its units");
    if (isAnalysed) {
      require(
          isNear(layer.effectiveDensity(), (double) layer.onPath() / weights)
              && layer.shape().get(0).equals(layer.units()),
          key,
          "effective-density " + layer.effectiveDensity() + " and units " + layer.units(),
          layer.onPath() + " of " + weights + " weights, and " + layer.shape().get(0) + " units");
    }
  }

  private static boolean isWithin(Integer number, long most) {
    return number == null || (number >= 0 && number <= most);
  }

  private static boolean isNear(Double found, double expected) {
    return found != null && Math.abs(found - expected) <= ROUNDING * Math.abs(expected);
  }

  /** Compares the densities with the layers under the mask. */
  private void density() {
    TicketRecord.Density density = record.density();
    long kept = sum(layers().mapToLong(MaskedLayer::kept));
    require(density.kept() == kept, "kept", density.kept(), kept + " by its layers");
    Set<String> empty =
        record.details().layers().entrySet().stream()
            .filter(layer -> isWeight(layer.getValue()) && layer.getValue().kept() == 0)
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    require(
        new HashSet<>(density.emptyLayers()).equals(empty),
        "empty-layers",
        density.emptyLayers(),
        empty + " by its layers");
    long weights = sum(layers().filter(RecordCheck::isWeight).mapToLong(RecordCheck::weights));
    long whole = sum(layers().filter(RecordCheck::isWeight).mapToLong(MaskedLayer::size));
    long masked = sum(layers().mapToLong(RecordCheck::weights));
    if (record.size().channels() != null && weights == whole) {
      return; // a narrow network of an earlier version, which did not record the whole one
    }
    double expected = (double) weights / whole * kept / masked;
    require(
        isNear(density.density(), expected),
        "density",
        density.density(),
        expected + " by its layers");
    if (layers().filter(RecordCheck::isWeight).allMatch(layer -> layer.onPath() != null)) {
      double onPath = sum(layers().filter(RecordCheck::isWeight).mapToLong(MaskedLayer::onPath));
      require(
          isNear(density.effectiveDensity(), onPath / whole),
          "effective-density",
          density.effectiveDensity(),
          onPath / whole + " by its layers");
    }
  }

  private Stream<MaskedLayer> layers() {
    return record.details().layers().values().stream();
  }

  private static boolean isWeight(MaskedLayer layer) {
    return layer.layerKind().orElseThrow() != Layer.Kind.BIAS;
  }

  private static long weights(MaskedLayer layer) {
    return layer.layer("").size();
  }

  private static long sum(LongStream numbers) {
    return numbers.sum();
  }

  private void training() {
    TicketRecord.Training training = record.training();
    long from = training.trainedFromIteration();
    long until = training.trainedUntilIteration();
    require(
        0 <= from && from <= until,
        "trained-from-iteration",
        from + " until " + until,
        "a stretch from 0 on");
    require(training.iteration() >= 0, "iteration", training.iteration(), NOT_NEGATIVE);
    Long since = training.maskSinceIteration();
    require(since == null || since >= 0, "mask-since-iteration", since, NOT_NEGATIVE);
  }

  private void digests() {
    TicketRecord.Digests digests = record.digests();
    digest("mask-sha256", digests.maskSha256());
    digest("start-sha256", digests.startSha256());
    digest("trained-sha256", digests.trainedSha256());
    require(
        (digests.startStep() == null) == (digests.trainedStep() == null),
        "trained-step",
        digests.trainedStep(),
        "both start-step and trained-step, or none");
    Stream.of(digests.startStep(), digests.trainedStep())
        .filter(Objects::nonNull)
        .forEach(step -> digest("start-step and trained-step", step));
  }

  private void digest(String key, String digest) {
    require(digest.matches("[0-9a-f]{64}"), key, quoted(digest), "64 hexadecimal digits");
  }

  private void findings() {
    record
        .details()
        .findings()
        .keySet()
        .forEach(name -> require(name.matches(Names.PATTERN), "findings", quoted(name), WORDS));
  }

  private void steps() {
    TicketRecord.Details details = record.details();
    List<Step> steps =
        Stream.concat(details.foundBy().stream(), details.trainedBy().stream()).toList();
    Set<String> keys = steps.stream().map(Step::key).collect(Collectors.toSet());
    require(keys.size() == steps.size(), "found-by", "a step twice", "each step once");
    for (Step step : steps) {
      digest("step", step.key());
      require(
          keys.containsAll(step.inputs()),
          "step " + step.key(),
          "the inputs " + step.inputs(),
          "steps of this ticket");
      require(
          step.examples() >= 0
              && step.macs() >= 0
              && step.effectiveMacs() >= 0
              && step.seconds() >= 0
              && Double.isFinite(step.seconds()),
          "step " + step.key(),
          "a cost below 0 or without end",
          "numbers from 0 on");
      rows(step);
    }
  }

  private void rows(Step step) {
    UsedRows rows = step.rows();
    if (rows != null) {
      digest("rows.sha256", rows.sha256());
      require(
          rows.isConsistent(),
          "step " + step.key(),
          "rows whose number, list and sha256 differ",
          "those of one list, which more than " + UsedRows.MOST_LISTED + " rows do not have");
    }
  }

  private void history() {
    long before = -1;
    for (Point point : record.details().history()) {
      require(
          point.iteration() > before,
          "history",
          "iteration " + point.iteration() + " after " + before,
          "iterations in their order, from 0 on");
      before = point.iteration();
      require(
          Stream.of(point.trainAccuracy(), point.validationAccuracy(), point.testAccuracy())
              .filter(Objects::nonNull)
              .allMatch(accuracy -> accuracy >= 0 && accuracy <= 1),
          "history",
          "an accuracy outside of [0, 1] at iteration " + point.iteration(),
          "a fraction of the examples");
      require(
          Stream.of(point.train(), point.validation(), point.test())
              .filter(Objects::nonNull)
              .flatMap(values -> values.values().stream())
              .allMatch(Double::isFinite),
          "history",
          "a value that is no number at iteration " + point.iteration(),
          "a number for each metric");
    }
  }
}
