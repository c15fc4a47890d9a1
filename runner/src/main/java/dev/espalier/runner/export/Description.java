// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.google.gson.JsonObject;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.results.RecordCheck;
import dev.espalier.runner.results.RecordJson;
import dev.espalier.runner.results.RecordJson.MayBeMissing;
import dev.espalier.runner.results.RecordJson.Part;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The description of an exported ticket: that of the run, and the additional values of an export.
 * Components of the parts are the keys of the JSON; see {@link RecordJson}.
 */
record Description(Format header, TicketRecord ticket, Export export) implements Part {

  /**
   * The format.
   *
   * @param format {@link #NAME}
   * @param version raised when a key changes its meaning or is removed, not when one is added
   */
  record Format(@MayBeMissing String format, @MayBeMissing Integer version) implements Part {

    private static final String NAME = "espalier-ticket";

    /** The format of new files. */
    static final Format CURRENT = new Format(NAME, 1);

    private static Format of(JsonObject json) throws IOException {
      return RecordJson.read(json, Format.class);
    }
  }

  /**
   * The additional values of an export.
   *
   * @param architecture of the ticket's network
   * @param experiment as the run's experiment.conf has it
   * @param provenance of the run
   * @param sha256 of the bytes of each array
   */
  record Export(
      Architecture architecture,
      Map<String, Object> experiment,
      Map<String, Object> provenance,
      Map<String, String> sha256)
      implements Part {}

  /** Whether a description belongs to an export of any version. */
  static boolean isExported(JsonObject json) throws IOException {
    return Format.of(json).format() != null;
  }

  /**
   * Reads a description.
   *
   * @throws IOException naming the keys that are missing, or all values that are not allowed
   */
  static Description of(JsonObject json) throws IOException {
    Format found = Format.of(json);
    if (!found.equals(Format.CURRENT)) {
      throw new InvalidTicket(
          "found format "
              + found.format
              + " of version "
              + found.version
              + ", allowed is "
              + Format.CURRENT.format
              + " of version "
              + Format.CURRENT.version
              + ", as 'espalier export' of this version writes it");
    }
    Description read = RecordJson.read(json, Description.class);
    List<String> problems = new ArrayList<>(RecordCheck.of(read.ticket));
    if (!(read.export.experiment.get("name") instanceof String name)
        || !name.matches(Names.PATTERN)) {
      problems.add(
          new Refusal(
                  "experiment.name",
                  read.export.experiment.get("name"),
                  "lower-case words joined by hyphens")
              .toString());
    }
    read.export
        .architecture
        .parameters()
        .forEach(
            (name, parameter) ->
                RecordCheck.shape("parameter " + name, parameter.shape()).ifPresent(problems::add));
    read.layers().forEach((name, layer) -> read.check(name, layer, problems));
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
    return read;
  }

  private void check(String name, MaskedLayer layer, List<String> problems) {
    Architecture.Sized parameter = export.architecture.parameters().get(name);
    if (parameter == null) {
      problems.add(new Refusal("layer " + name, "no parameter of that name", "one").toString());
    } else if (!parameter.shape().equals(layer.shape())) {
      problems.add(
          new Refusal(
                  "layer " + name,
                  "the shape " + layer.shape(),
                  "its parameter's, " + parameter.shape())
              .toString());
    }
  }

  /** The ticket's name. */
  String name() {
    return ticket.title().ticket();
  }

  /** Whether the export removed channels from the ticket's network. */
  boolean isNarrowed() {
    return !name().equals(ticket.result().name());
  }

  /** The layers under the mask, by name. */
  Map<String, MaskedLayer> layers() {
    return ticket.details().layers();
  }

  /** The arrays of the ticket: type and shape by name, in the order of their file. */
  Map<String, String> arrays() {
    Map<String, String> arrays = new LinkedHashMap<>();
    for (String prefix : List.of(TicketArrays.START, TicketArrays.TRAINED)) {
      export
          .architecture
          .parameters()
          .forEach((name, parameter) -> arrays.put(prefix + name, "F32 " + parameter.shape()));
    }
    layers().forEach((name, layer) -> arrays.put(TicketArrays.MASK + name, "U8 " + layer.shape()));
    return arrays;
  }

  /** The layers that the mask covers. */
  List<Layer> masked() {
    return layers().entrySet().stream()
        .map(layer -> layer.getValue().layer(layer.getKey()))
        .toList();
  }
}
