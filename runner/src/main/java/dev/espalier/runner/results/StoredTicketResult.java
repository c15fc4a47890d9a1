// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.api.Evaluation;
import dev.espalier.api.History;
import dev.espalier.api.network.Analysis;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The record of a ticket.
 *
 * @param name the ticket's name
 * @param file the json that says it
 * @param row what it is worth and what it cost
 */
public record StoredTicketResult(String name, Path file, TicketResult row) {

  /**
   * Reads the records that a path means: a ticket's {@code .json} or {@code .safetensors}, with or
   * without that ending, a run's folder, or its folder {@code tickets}.
   *
   * @return the tickets by name; none if the path is none of these
   * @throws ConfigProblem if a folder has no tickets, or a record cannot be read
   */
  public static List<StoredTicketResult> at(Path path) {
    if (Files.isDirectory(path)) {
      Path folder = path.resolve("tickets");
      List<StoredTicketResult> tickets = in(Files.isDirectory(folder) ? folder : path);
      if (tickets.isEmpty()) {
        throw new ConfigProblem(
            "found no tickets in "
                + path
                + ", allowed is the folder of a run that has published some, such as"
                + " runs/demo-1a2b3c4d");
      }
      return tickets;
    }
    String name = String.valueOf(path.getFileName());
    Path record = path.resolveSibling(name.replaceFirst("\\.(json|safetensors)$", "") + ".json");
    if (Files.isRegularFile(record)) {
      return read(record).stream().toList();
    }
    if (name.endsWith(".safetensors") && Files.exists(path)) {
      throw new ConfigProblem(
          "found " + path + " without its record " + record + "; put that back beside it");
    }
    return List.of();
  }

  /**
   * As {@link #at}, for who can do nothing without one.
   *
   * @throws ConfigProblem if there is none, too
   */
  public static List<StoredTicketResult> oneAtLeast(Path path) {
    List<StoredTicketResult> tickets = at(path);
    if (tickets.isEmpty()) {
      throw new ConfigProblem(
          "found no ticket at "
              + path
              + ", allowed is one such as runs/demo-1a2b3c4d/tickets/replicate-0-round-03, or the"
              + " folder of a run");
    }
    return tickets;
  }

  /** The file beside the record that has the mask and the weights. */
  public Path arrays() {
    return file.resolveSibling(
        file.getFileName().toString().replaceFirst("\\.json$", ".safetensors"));
  }

  private static List<StoredTicketResult> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .flatMap(file -> read(file).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The record in a file, if that is what it holds. */
  private static Optional<StoredTicketResult> read(Path file) {
    JsonObject record;
    try {
      JsonElement json = JsonParser.parseString(Files.readString(file));
      if (!json.isJsonObject() || !json.getAsJsonObject().has("ticket")) {
        return Optional.empty();
      }
      record = json.getAsJsonObject();
    } catch (JsonParseException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new ConfigProblem("the record " + file + " cannot be read (" + e + ")");
    }
    if (!record.has("trained-by")) {
      throw new ConfigProblem(
          "found no account of the steps behind the ticket in "
              + file
              + ", which an earlier version wrote; run its experiment again");
    }
    try {
      return Optional.of(
          new StoredTicketResult(record.get("ticket").getAsString(), file, row(record)));
    } catch (RuntimeException e) { // whatever Gson makes of what is not there, or is something else
      throw new ConfigProblem(
          "the record " + file + " is damaged (" + e + "); run its experiment again");
    }
  }

  private static TicketResult row(JsonObject record) {
    List<OfLayer> layers = new ArrayList<>();
    for (Map.Entry<String, JsonElement> entry : record.getAsJsonObject("layers").entrySet()) {
      JsonObject layer = entry.getValue().getAsJsonObject();
      // Biases are masked at times, but not analysed.
      if (layer.has("on-path")) {
        layers.add(layer(entry.getKey(), layer));
      }
    }
    Map<String, String> findings = new LinkedHashMap<>();
    record
        .getAsJsonObject("findings")
        .entrySet()
        .forEach(finding -> findings.put(finding.getKey(), finding.getValue().getAsString()));
    return new TicketResult(
        record.has("variant") ? record.get("variant").getAsString() : "",
        record.get("replicate").getAsInt(),
        record.get("round").getAsInt(),
        record.get("branch").getAsString(),
        record.get("density").getAsDouble(),
        record.get("kept").getAsLong(),
        record.get("effective-density").getAsDouble(),
        new Analysis(layers),
        new Cost(record.get("macs").getAsLong(), record.get("parameters").getAsLong()),
        record.get("effective-macs").getAsLong(),
        new Digest(record.get("mask-sha256").getAsString()).prefix(TicketResult.MASK_DIGITS),
        record.get("iteration").getAsLong(),
        new History(each(record, "history", StoredTicketResult::point)),
        findings,
        new Account(
            each(record, "found-by", StoredTicketResult::step),
            each(record, "trained-by", StoredTicketResult::step)));
  }

  private static <T> List<T> each(JsonObject record, String name, Function<JsonObject, T> read) {
    return record.getAsJsonArray(name).asList().stream()
        .map(JsonElement::getAsJsonObject)
        .map(read)
        .toList();
  }

  private static History.Point point(JsonObject point) {
    return new History.Point(
        point.get("iteration").getAsLong(),
        evaluation(point, "train"),
        evaluation(point, "validation"),
        evaluation(point, "test"));
  }

  private static Evaluation evaluation(JsonObject point, String of) {
    return new Evaluation(number(point, of + "-loss"), number(point, of + "-accuracy"));
  }

  private static double number(JsonObject object, String name) {
    return object.has(name) ? object.get(name).getAsDouble() : Double.NaN;
  }

  private static StepRecord step(JsonObject step) {
    Map<String, String> settings = new LinkedHashMap<>();
    step.getAsJsonObject("settings")
        .entrySet()
        .forEach(setting -> settings.put(setting.getKey(), setting.getValue().getAsString()));
    Set<Digest> inputs =
        step.getAsJsonArray("inputs").asList().stream()
            .map(input -> new Digest(input.getAsString()))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return new StepRecord(
        new Digest(step.get("key").getAsString()),
        step.get("step").getAsString(),
        settings,
        inputs,
        new Spent(
            step.get("examples").getAsLong(),
            step.get("macs").getAsLong(),
            step.get("effective-macs").getAsLong(),
            step.get("seconds").getAsDouble()));
  }

  private static OfLayer layer(String name, JsonObject layer) {
    Shape shape = new Shape(new Gson().fromJson(layer.get("shape"), long[].class));
    String kind = layer.get("kind").getAsString().toUpperCase(Locale.ROOT);
    return new OfLayer(
        new Layer(name, shape, Layer.Kind.valueOf(kind)),
        layer.get("kept").getAsInt(),
        layer.get("on-path").getAsInt(),
        layer.get("dead-units").getAsInt());
  }

  /** The analysis as a table under the ticket's name. */
  public String table() {
    return name + "\n" + AnalysisTable.of(row.analysis());
  }
}
