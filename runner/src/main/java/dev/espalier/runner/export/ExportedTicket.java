// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import static dev.espalier.runner.store.TicketArrays.MASK;
import static dev.espalier.runner.store.TicketArrays.START;
import static dev.espalier.runner.store.TicketArrays.TRAINED;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.runner.results.RecordJson;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketRecord.Digests;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.Sha256;
import dev.espalier.runner.store.StrictJson;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A ticket for use outside its run: {@code mask/...} of every masked layer, {@code start/...} and
 * {@code trained/...} of every parameter, and a description. See {@link Description} and the table
 * in docs/results.md.
 *
 * @param description the description
 * @param json the description, including keys that are unknown to this version
 * @param arrays the arrays
 */
record ExportedTicket(Description description, JsonObject json, Safetensors arrays) {

  /** The largest size of a description in bytes; usual ones have some hundred kilobytes. */
  private static final long LONGEST_DESCRIPTION = 32_000_000;

  /** Its density in words. */
  String summary() {
    long kept = description.layers().values().stream().mapToLong(MaskedLayer::kept).sum();
    long all = description.masked().stream().mapToLong(Layer::size).sum();
    return String.format(
        Locale.ROOT,
        "density %.2f %%, %d of %d weights in %d layers",
        100 * description.ticket().density().density(),
        kept,
        all,
        description.layers().size());
  }

  /** The description as text of its file. */
  byte[] text() {
    return RecordJson.text(json);
  }

  /**
   * Reads an object from a file of limited size.
   *
   * @throws IOException if it is missing, invalid or too large
   */
  static JsonObject json(Path file) throws IOException {
    if (Files.size(file) > LONGEST_DESCRIPTION) {
      throw new InvalidTicket(
          "found "
              + Files.size(file)
              + " bytes, allowed are descriptions of at most "
              + LONGEST_DESCRIPTION);
    }
    return StrictJson.object(Files.readAllBytes(file));
  }

  /**
   * Builds a ticket from its parts.
   *
   * @param ticket its record
   * @param export the additional values of an export; digests of arrays need not be right
   * @param before a description whose unknown keys are kept
   * @throws IOException if the description is not allowed in an export
   */
  static ExportedTicket of(
      TicketRecord ticket, Description.Export export, Safetensors arrays, JsonObject before)
      throws IOException {
    Map<String, String> digests = new LinkedHashMap<>();
    arrays.arrays().forEach((name, array) -> digests.put(name, Sha256.of(array.bytes())));
    Description description =
        new Description(
            Description.Format.CURRENT,
            ticket,
            new Description.Export(
                export.architecture(), export.experiment(), export.provenance(), digests));
    JsonObject json = before.deepCopy();
    RecordJson.write(description).asMap().forEach(json::add);
    return new ExportedTicket(Description.of(json), json, arrays);
  }

  /**
   * Reads an exported ticket. Arrays are read after their header was compared with the description.
   *
   * @param json its description
   * @param file its arrays
   * @throws IOException naming all problems
   */
  static ExportedTicket read(JsonObject json, Path file) throws IOException {
    Description description = Description.of(json);
    Map<String, String> found = new LinkedHashMap<>();
    Safetensors.header(file)
        .arrays()
        .forEach((name, entry) -> found.put(name, is(entry.type(), entry.shape())));
    fit(description, found);
    return new ExportedTicket(description, json, Safetensors.read(file)).checked();
  }

  /** Refuses arrays that are missing, superfluous, or of another type or shape. */
  private static void fit(Description description, Map<String, String> found) throws InvalidTicket {
    Map<String, String> expected = description.arrays();
    List<String> problems = new ArrayList<>();
    compare("array", found, expected, "by the description", problems);
    expected.keySet().stream()
        .filter(name -> !description.export().sha256().containsKey(name))
        .forEach(name -> problems.add("found no sha256 of array " + name + ", allowed is one"));
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
  }

  private static String is(String type, Shape shape) {
    return type + " " + TicketRecord.axes(shape);
  }

  /** Names missing, different and superfluous arrays. */
  private static void compare(
      String what,
      Map<String, String> found,
      Map<String, String> allowed,
      String by,
      List<String> problems) {
    Set<String> all = new LinkedHashSet<>(allowed.keySet());
    all.addAll(found.keySet());
    for (String name : all) {
      String is = found.getOrDefault(name, "none");
      String ought = allowed.getOrDefault(name, "none");
      if (!is.equals(ought)) {
        problems.add(what + " " + name + ": found " + is + ", allowed is " + ought + " " + by);
      }
    }
  }

  /**
   * Returns this ticket with the arrays in the network's order, so that equal tickets make equal
   * files on any path.
   *
   * @throws InvalidTicket if the arrays differ from the description
   */
  ExportedTicket checked() throws InvalidTicket {
    Map<String, String> found = new LinkedHashMap<>();
    arrays.arrays().forEach((name, array) -> found.put(name, is(array.type(), array.shape())));
    fit(description, found);
    List<String> problems = new ArrayList<>();
    arrays
        .arrays()
        .forEach(
            (name, array) ->
                refuseOther(
                    "sha256 of array " + name,
                    Sha256.of(array.bytes()),
                    description.export().sha256().get(name),
                    problems));
    description.layers().forEach((name, layer) -> checkMask(name, layer.kept(), problems));
    if (problems.isEmpty()) {
      Digests digests = description.ticket().digests();
      digest("mask-sha256", mask().digest(), digests.maskSha256(), problems);
      digest("start-sha256", arrays.state(START).digest(), digests.startSha256(), problems);
      digest("trained-sha256", arrays.state(TRAINED).digest(), digests.trainedSha256(), problems);
    }
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
    Map<String, Array> ordered = new LinkedHashMap<>();
    description.arrays().forEach((name, is) -> ordered.put(name, arrays.arrays().get(name)));
    return new ExportedTicket(description, json, TicketArrays.of(description.name(), ordered));
  }

  private void checkMask(String layer, int allowed, List<String> problems) {
    ByteBuffer bytes = arrays.arrays().get(MASK + layer).bytes().duplicate();
    int kept = 0;
    while (bytes.hasRemaining()) {
      int value = Byte.toUnsignedInt(bytes.get());
      if (value > 1) {
        problems.add("mask of " + layer + ": found " + value + ", allowed are 0 and 1");
        return;
      }
      kept += value;
    }
    if (kept != allowed) {
      problems.add(
          "mask of " + layer + ": found " + kept + " weights kept, allowed are " + allowed);
    }
  }

  private static void digest(String what, Digest found, String allowed, List<String> problems) {
    refuseOther(what, found.hex(), allowed, problems);
  }

  private static void refuseOther(
      String what, String found, String allowed, List<String> problems) {
    if (!found.equals(allowed)) {
      problems.add(what + ": found " + found + ", allowed is " + allowed);
    }
  }

  /** The mask. */
  Mask mask() {
    return Mask.of(
        description.masked(), (layer, bits) -> arrays.arrays().get(MASK + layer.name()).alive());
  }

  /** Refuses parameters that differ from those of the model. */
  static void check(Description description, String model, Map<String, Shape> shapes)
      throws InvalidTicket {
    Map<String, String> found = new LinkedHashMap<>();
    description
        .export()
        .architecture()
        .parameters()
        .forEach((name, parameter) -> found.put(name, parameter.shape().toString()));
    Map<String, String> built = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> built.put(name, TicketRecord.axes(shape).toString()));
    List<String> problems = new ArrayList<>();
    compare("parameter", found, built, "by the model " + model, problems);
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
  }
}
