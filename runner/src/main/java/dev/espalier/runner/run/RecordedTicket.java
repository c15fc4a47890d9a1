// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.ndarray.types.Shape;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.api.Analysis;
import dev.espalier.api.Analysis.OfLayer;
import dev.espalier.api.Layer;
import dev.espalier.runner.config.ConfigProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the record of a ticket says about its mask; see {@link TicketFile}.
 *
 * @param file the record
 * @param name the ticket's name
 * @param analysis what the mask leaves of the network
 */
public record RecordedTicket(Path file, String name, Analysis analysis) {

  /**
   * Reads the records that a path means: a ticket's {@code .json} or {@code .safetensors}, with or
   * without that ending, a run's folder, or its folder {@code tickets}.
   *
   * @return the tickets by name; none if the path is none of these
   * @throws ConfigProblem if a folder has no tickets, or a record cannot be read
   */
  public static List<RecordedTicket> at(Path path) {
    if (Files.isDirectory(path)) {
      Path folder = path.resolve("tickets");
      List<RecordedTicket> tickets = in(Files.isDirectory(folder) ? folder : path);
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

  private static List<RecordedTicket> in(Path folder) {
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
  private static Optional<RecordedTicket> read(Path file) {
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
    if (!record.has("effective-density")) {
      throw new ConfigProblem(
          "found no analysis in "
              + file
              + ", which an earlier version wrote; run its experiment again: trainings that are"
              + " remembered are not done again");
    }
    List<OfLayer> layers = new ArrayList<>();
    for (Map.Entry<String, JsonElement> entry : record.getAsJsonObject("layers").entrySet()) {
      JsonObject layer = entry.getValue().getAsJsonObject();
      // Biases are masked at times, but not analysed.
      if (layer.has("on-path")) {
        layers.add(layer(entry.getKey(), layer));
      }
    }
    return Optional.of(
        new RecordedTicket(file, record.get("ticket").getAsString(), new Analysis(layers)));
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
    return name + "\n" + AnalysisTable.of(analysis);
  }
}
