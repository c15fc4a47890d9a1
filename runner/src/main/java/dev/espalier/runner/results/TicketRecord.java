// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.annotations.SerializedName;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Metric;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.RecordJson.MayBeMissing;
import dev.espalier.runner.results.RecordJson.Part;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The description of a ticket, as its JSON file holds it in a run and, with more keys, in an
 * export: all data but the arrays. Components of the parts are the keys of the file, in its order;
 * see {@link RecordJson}.
 */
public record TicketRecord(
    Title title,
    Task task,
    Size size,
    Position position,
    Density density,
    Training training,
    Digests digests,
    Details details)
    implements Part {

  /**
   * The names of a ticket.
   *
   * @param ticket its name, that of its files
   * @param run the run's name
   * @param variant null for an experiment without variants
   */
  public record Title(String ticket, String run, @MayBeMissing String variant) implements Part {}

  /**
   * The task of the network.
   *
   * @param network the network's name
   * @param input the shape of an example
   * @param classes the number of classes, or of tokens to predict; 0 if targets are numbers
   * @param normalisation computes inputs from features
   * @param vocabulary the number of different tokens; null if inputs are numbers
   * @param output the shape of an output; null if it has one number for each class
   * @param objective the id of the objective; null for classification
   * @param metrics the metrics of the history, the first decides; null for accuracy alone
   */
  public record Task(
      String network,
      List<Long> input,
      Integer classes,
      Normalisation normalisation,
      @MayBeMissing Integer vocabulary,
      @MayBeMissing List<Long> output,
      @MayBeMissing String objective,
      @MayBeMissing List<Measure> metrics)
      implements Part {

    /** The task of a network. */
    public static Task of(Network network, Data data, Metrics metrics) {
      dev.espalier.api.network.Task task = data.task();
      boolean isOfClasses = task.output().equals(new Shape(data.classes()));
      return new Task(
          network.name(),
          axes(network.batch(1).slice(1)),
          data.classes(),
          Normalisation.of(data),
          task.isOfTokens() ? task.vocabulary() : null,
          isOfClasses ? null : axes(task.output()),
          metrics.objective().equals(Metrics.ACCURACY.objective()) ? null : metrics.objective(),
          metrics.all().equals(Metrics.ACCURACY.all())
              ? null
              : metrics.all().stream().map(Measure::of).toList());
    }

    /** The inputs and outputs for which a model builds the network. */
    public dev.espalier.api.network.Task ofModel() {
      return new dev.espalier.api.network.Task(
          shape(input),
          vocabulary == null ? 0 : vocabulary,
          output == null ? new Shape(classes) : shape(output));
    }

    /** The metrics of its history. */
    public Metrics measured() {
      return new Metrics(
          objective == null ? Metrics.ACCURACY.objective() : objective,
          metrics == null
              ? Metrics.ACCURACY.all()
              : metrics.stream().map(Measure::metric).toList());
    }
  }

  /**
   * A metric.
   *
   * @param unit empty without a unit
   * @param better {@code higher} or {@code lower}
   * @param margin the margin of verdicts if an experiment has none
   */
  public record Measure(String name, String unit, String better, Double margin) {

    static Measure of(Metric metric) {
      return new Measure(
          metric.name(), metric.unit(), Names.word(metric.direction()), metric.margin());
    }

    private Metric metric() {
      return new Metric(
          name,
          unit,
          Arrays.stream(Metric.Direction.values())
              .filter(direction -> Names.word(direction).equals(better))
              .findFirst()
              .orElseThrow(() -> new RefusedException("metrics.better", better, "higher or lower")),
          margin);
    }
  }

  /**
   * The computation of an input from a feature x: (x / unit - mean) / std.
   *
   * @param unit 255 for bytes, 1 for floats
   * @param mean one for each channel, or one for all
   * @param std one for each channel, or one for all
   */
  public record Normalisation(Number unit, List<Double> mean, List<Double> std) {

    /** The normalisation of a data set. */
    public static Normalisation of(Data data) {
      return new Normalisation(
          data.train().type() == DataType.UINT8 ? 255 : 1,
          data.normalisation().mean(),
          data.normalisation().std());
    }
  }

  /**
   * The size of the network.
   *
   * @param macs multiply-accumulates for one example, as if dense
   * @param effectiveMacs those of weights that are kept
   * @param parameters the number of values of the network
   * @param channels by group; null for the experiment's own network
   */
  public record Size(
      Long macs, Long effectiveMacs, Long parameters, @MayBeMissing Map<String, Width> channels)
      implements Part {}

  /**
   * The width of a group of channels.
   *
   * @param width in this network
   * @param whole in the experiment's network
   */
  public record Width(Integer width, @SerializedName("of") Integer whole) {}

  /**
   * The place of a ticket in its run.
   *
   * @param control true for a control of the experiment; null for any other network
   */
  public record Position(
      String branch, @MayBeMissing Boolean control, Integer round, Integer replicate)
      implements Part {}

  /**
   * The weights that are kept.
   *
   * @param density as a fraction of the weights of the experiment's network
   * @param effectiveDensity those on a path from input to output, as that fraction; null if it is
   *     unknown
   * @param emptyLayers the layers that keep none
   * @param kept the number of weights kept
   */
  public record Density(
      Double density, @MayBeMissing Double effectiveDensity, List<String> emptyLayers, Long kept)
      implements Part {}

  /**
   * The iterations of its training: the planned ones, and the last one done.
   *
   * @param maskSinceIteration the last change of a mask that changes during the training, else null
   */
  public record Training(
      Long trainedFromIteration,
      Long trainedUntilIteration,
      Long iteration,
      @MayBeMissing Long maskSinceIteration)
      implements Part {}

  /**
   * Espalier's digests of the mask and of the weights before and after the training.
   *
   * @param startStep the key of the store entry with the weights before; null if they are in the
   *     ticket's file
   * @param trainedStep likewise for the weights after it
   */
  public record Digests(
      String maskSha256,
      String startSha256,
      String trainedSha256,
      @MayBeMissing String startStep,
      @MayBeMissing String trainedStep)
      implements Part {

    /** The digests of a ticket's values. */
    public static Digests of(Mask mask, State start, State trained) {
      return new Digests(
          mask.digest().hex(), start.digest().hex(), trained.digest().hex(), null, null);
    }

    /** The same digests of weights in the store. */
    public Digests with(String start, String trained) {
      return new Digests(maskSha256, startSha256, trainedSha256, start, trained);
    }

    /** The same digests of weights in the ticket's file. */
    public Digests withoutSteps() {
      return with(null, null);
    }

    /** The keys of the store entries with the weights; none if they are in the ticket's file. */
    public List<Digest> steps() {
      return Stream.of(startStep, trainedStep).filter(Objects::nonNull).map(Digest::new).toList();
    }
  }

  /** The layers under the mask, findings of the method, the steps behind the ticket, its curve. */
  public record Details(
      Map<String, MaskedLayer> layers,
      Map<String, String> findings,
      List<Step> foundBy,
      List<Step> trainedBy,
      List<Point> history)
      implements Part {}

  /**
   * A layer under the mask. A bias has no analysis: its last four components are null. Those on
   * paths are null where path analysis does not hold.
   *
   * @param whole the number of weights of the layer in the experiment's network; null if equal
   */
  public record MaskedLayer(
      List<Long> shape,
      String kind,
      @MayBeMissing @SerializedName("of") Integer whole,
      Integer kept,
      Double density,
      @MayBeMissing Integer onPath,
      @MayBeMissing Double effectiveDensity,
      @MayBeMissing Integer deadUnits,
      @MayBeMissing Long units) {

    /**
     * A layer without analysis.
     *
     * @param whole the number of weights of the layer in the experiment's network
     */
    public static MaskedLayer of(Layer layer, int whole, int kept) {
      return new MaskedLayer(
          axes(layer.shape()),
          Names.word(layer.kind()),
          whole == layer.size() ? null : whole,
          kept,
          (double) kept / layer.size(),
          null,
          null,
          null,
          null);
    }

    /** Adds the results of an analysis. */
    public MaskedLayer with(int living, double effective, int dead) {
      return new MaskedLayer(
          shape, kind, whole, kept, density, living, effective, dead, shape.get(0));
    }

    /** The number of weights of the layer in the experiment's network. */
    public int size() {
      return whole == null ? layer("").size() : whole;
    }

    /** Adds the number of units, for a layer of a network whose paths are unknown. */
    public MaskedLayer withoutPaths() {
      return new MaskedLayer(shape, kind, whole, kept, density, null, null, null, shape.get(0));
    }

    /** The kind of the layer; empty if there is no such kind. */
    public Optional<Layer.Kind> layerKind() {
      return Arrays.stream(Layer.Kind.values())
          .filter(one -> Names.word(one).equals(kind))
          .findFirst();
    }

    /** The layer under a name. */
    public Layer layer(String name) {
      return new Layer(name, TicketRecord.shape(shape), layerKind().orElseThrow());
    }
  }

  /**
   * A remembered step.
   *
   * @param rows the training examples that its criterion used; null for a training, and for a step
   *     of an earlier version
   */
  public record Step(
      String key,
      String step,
      Map<String, String> settings,
      List<String> inputs,
      Long examples,
      Long macs,
      Long effectiveMacs,
      Double seconds,
      @MayBeMissing UsedRows rows) {

    /** The step as JSON has it. */
    public static Step of(StepRecord step) {
      Spent spent = step.spent();
      return new Step(
          step.key().hex(),
          step.kind(),
          step.settings(),
          step.inputs().stream().map(Digest::hex).toList(),
          spent.examples(),
          spent.macs(),
          spent.effectiveMacs(),
          spent.seconds(),
          step.rows().orElse(null));
    }

    private StepRecord read() {
      return new StepRecord(
          new Digest(key),
          step,
          settings,
          new LinkedHashSet<>(inputs.stream().map(Digest::new).toList()),
          new Spent(examples, macs, effectiveMacs, seconds),
          Optional.ofNullable(rows));
    }
  }

  /**
   * A point of the learning curve. JSON has no NaN: missing measurements are null.
   *
   * @param train the values of other metrics than accuracy, by name; null without any
   * @param validation likewise
   * @param test likewise
   */
  public record Point(
      Long iteration,
      @MayBeMissing Double trainLoss,
      @MayBeMissing Double trainAccuracy,
      @MayBeMissing Double validationLoss,
      @MayBeMissing Double validationAccuracy,
      @MayBeMissing Double testLoss,
      @MayBeMissing Double testAccuracy,
      @MayBeMissing Map<String, Double> train,
      @MayBeMissing Map<String, Double> validation,
      @MayBeMissing Map<String, Double> test) {

    /** The point as JSON has it. */
    public static Point of(History.Point point, Metrics metrics) {
      return new Point(
          point.iteration(),
          finite(point.train().loss()),
          finite(metrics.value(point.train(), Metric.ACCURACY)),
          finite(point.validation().loss()),
          finite(metrics.value(point.validation(), Metric.ACCURACY)),
          finite(point.test().loss()),
          finite(metrics.value(point.test(), Metric.ACCURACY)),
          others(point.train(), metrics),
          others(point.validation(), metrics),
          others(point.test(), metrics));
    }

    private static Double finite(double number) {
      return Double.isFinite(number) ? number : null;
    }

    private static Map<String, Double> others(Evaluation evaluation, Metrics metrics) {
      Map<String, Double> values = new LinkedHashMap<>();
      for (Metric metric : metrics.all()) {
        double value = metrics.value(evaluation, metric);
        if (!new MetricFormat(metric).isAccuracy() && Double.isFinite(value)) {
          values.put(metric.name(), value);
        }
      }
      return values.isEmpty() ? null : values;
    }

    private static Evaluation evaluation(
        Double loss, Double accuracy, Map<String, Double> others, Metrics metrics) {
      List<Double> values =
          accuracy == null && others == null
              ? List.of()
              : metrics.all().stream()
                  .map(
                      metric ->
                          new MetricFormat(metric).isAccuracy()
                              ? accuracy
                              : others == null ? null : others.get(metric.name()))
                  .map(value -> value == null ? Double.NaN : value)
                  .toList();
      return new Evaluation(loss == null ? Double.NaN : loss, values);
    }

    private History.Point read(Metrics metrics) {
      return new History.Point(
          iteration,
          evaluation(trainLoss, trainAccuracy, train, metrics),
          evaluation(validationLoss, validationAccuracy, validation, metrics),
          evaluation(testLoss, testAccuracy, test, metrics));
    }
  }

  /** The same record with other digests. */
  public TicketRecord with(Digests others) {
    return new TicketRecord(title, task, size, position, density, training, others, details);
  }

  /** Whether an object describes a ticket, complete or not. */
  public static boolean isIn(JsonObject json) {
    return json.has("ticket");
  }

  /** A shape as JSON has it. */
  public static List<Long> axes(Shape shape) {
    return Arrays.stream(shape.getShape()).boxed().toList();
  }

  /** The shape of some axes. */
  public static Shape shape(List<Long> axes) {
    return new Shape(axes.stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * The ticket as a result.
   *
   * @throws RuntimeException if the record is one that {@link RecordCheck} refuses
   */
  public TicketResult result() {
    List<OfLayer> analysed =
        details.layers().entrySet().stream()
            .filter(layer -> layer.getValue().units() != null)
            .map(layer -> analysed(layer.getKey(), layer.getValue()))
            .toList();
    Metrics metrics = task.measured();
    return new TicketResult(
        title.variant() == null ? "" : title.variant(),
        position.replicate(),
        position.round(),
        position.branch(),
        position.control() != null && position.control(),
        density.density(),
        density.kept(),
        density.effectiveDensity() == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(density.effectiveDensity()),
        new Analysis(analysed),
        sizes(),
        new Cost(size.macs(), size.parameters()),
        size.effectiveMacs(),
        new Digest(digests.maskSha256()).prefix(TicketResult.MASK_DIGITS),
        training.iteration(),
        metrics,
        new History(
            details.history().stream().map(point -> point.read(metrics)).toList(),
            training.maskSinceIteration() == null ? 0 : training.maskSinceIteration()),
        details.findings(),
        new Account(
            details.foundBy().stream().map(Step::read).toList(),
            details.trainedBy().stream().map(Step::read).toList()));
  }

  /** The sizes of the experiment's layers; none of a narrow network of an earlier version. */
  private Map<String, Integer> sizes() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    details
        .layers()
        .forEach(
            (name, layer) -> {
              if (layer.layerKind().orElseThrow() != Layer.Kind.BIAS) {
                sizes.put(name, layer.size());
              }
            });
    boolean isKnown =
        size.channels() == null
            || details.layers().values().stream().anyMatch(layer -> layer.whole() != null);
    return isKnown ? sizes : Map.of();
  }

  private static OfLayer analysed(String name, MaskedLayer layer) {
    return layer.onPath() == null
        ? new OfLayer(layer.layer(name), layer.kept())
        : new OfLayer(layer.layer(name), layer.kept(), layer.onPath(), layer.deadUnits());
  }
}
