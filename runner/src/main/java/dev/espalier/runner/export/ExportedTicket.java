// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import static dev.espalier.runner.store.TicketArrays.MASK;
import static dev.espalier.runner.store.TicketArrays.START;
import static dev.espalier.runner.store.TicketArrays.TRAINED;

import ai.djl.ndarray.types.Shape;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.runner.export.Description.MaskedLayer;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.StrictJson;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A ticket that can be used elsewhere: {@code mask/...} of every masked layer, {@code start/...}
 * and {@code trained/...} of every parameter, and a description; see {@link Description} and the
 * table in docs/results.md.
 *
 * @param json the description, with whatever more it says
 * @param arrays the arrays
 */
record ExportedTicket(JsonObject json, Safetensors arrays) {

  static final String ARRAYS = ".safetensors";
  static final String DESCRIPTION = ".json";

  /** Descriptions are some hundred kilobytes long. */
  private static final long LONGEST_DESCRIPTION = 32_000_000;

  String name() {
    return json.get("ticket").getAsString();
  }

  /** A ticket's path without the ending of one of its files. */
  static Path base(Path file) {
    String name = file.getFileName().toString();
    return file.resolveSibling(name.replaceFirst("\\.(json|safetensors)$", ""));
  }

  /** One of a ticket's files. */
  static Path file(Path base, String ending) {
    return base.resolveSibling(base.getFileName() + ending);
  }

  /** How dense it is, in words. */
  static String summary(Description description) {
    long kept = description.layers().values().stream().mapToLong(MaskedLayer::kept).sum();
    long all = description.masked().stream().mapToLong(Layer::size).sum();
    return String.format(
        Locale.ROOT,
        "density %.2f %%, %d of %d weights in %d layers",
        100 * description.density(),
        kept,
        all,
        description.layers().size());
  }

  /** The description as it stands in a file. */
  byte[] text() {
    String text = new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads an object from a file of a bearable size.
   *
   * @throws IOException if there is none
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
   * Puts a ticket together.
   *
   * @param json a description that is complete but for the format's name and the arrays' digests
   */
  static ExportedTicket of(JsonObject json, Safetensors arrays) {
    JsonObject whole = new JsonObject();
    whole.addProperty("format", Description.FORMAT);
    whole.addProperty("version", Description.VERSION);
    json.asMap().forEach(whole::add);
    JsonObject digests = new JsonObject();
    arrays.arrays().forEach((name, array) -> digests.addProperty(name, sha256(array)));
    whole.add("sha256", digests);
    return new ExportedTicket(whole, arrays);
  }

  /** As {@link #of(JsonObject, Safetensors)}, of a mask and two states. */
  static ExportedTicket of(JsonObject json, Mask mask, State start, State trained) {
    String name = json.get("ticket").getAsString();
    return of(json, TicketArrays.of(name, mask, start, trained));
  }

  /**
   * Reads an exported ticket. Arrays are read when their header is known to fit the description.
   *
   * @param json its description
   * @param file its arrays
   * @throws IOException naming everything that is wrong with it
   */
  static ExportedTicket read(JsonObject json, Path file) throws IOException {
    Description description = Description.of(json);
    Map<String, String> found = new LinkedHashMap<>();
    Safetensors.header(file)
        .arrays()
        .forEach((name, entry) -> found.put(name, is(entry.type(), entry.shape())));
    fit(description, found);
    return new ExportedTicket(json, Safetensors.read(file)).checked(description);
  }

  /** Refuses arrays that are missing, too many, of another type or shape. */
  private static void fit(Description description, Map<String, String> found) throws InvalidTicket {
    Map<String, String> expected = description.arrays();
    List<String> problems = new ArrayList<>();
    compare("array", found, expected, "by the description", problems);
    expected.keySet().stream()
        .filter(name -> !description.sha256().containsKey(name))
        .forEach(name -> problems.add("found no sha256 of array " + name + ", allowed is one"));
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
  }

  private static String is(String type, Shape shape) {
    return type + " " + Description.axes(shape);
  }

  /** Names what is missing, what is different, and what is too many. */
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
   * The same, the arrays in the network's order, so that equal tickets make equal files whoever
   * wrote them last.
   *
   * @throws InvalidTicket if the arrays are not those which the description is of
   */
  ExportedTicket checked(Description description) throws InvalidTicket {
    Map<String, String> found = new LinkedHashMap<>();
    arrays.arrays().forEach((name, array) -> found.put(name, is(array.type(), array.shape())));
    fit(description, found);
    List<String> problems = new ArrayList<>();
    arrays
        .arrays()
        .forEach(
            (name, array) ->
                digest(
                    "sha256 of array " + name,
                    sha256(array),
                    description.sha256().get(name),
                    problems));
    for (Layer layer : description.masked()) {
      ByteBuffer bytes = arrays.arrays().get(MASK + layer.name()).bytes().duplicate();
      int kept = 0;
      while (bytes.hasRemaining()) {
        int value = Byte.toUnsignedInt(bytes.get());
        if (value > 1) {
          problems.add("mask of " + layer.name() + ": found " + value + ", allowed are 0 and 1");
          break;
        }
        kept += value;
      }
      int said = description.layers().get(layer.name()).kept();
      if (!bytes.hasRemaining() && kept != said) {
        problems.add(
            "mask of " + layer.name() + ": found " + kept + " weights kept, allowed are " + said);
      }
    }
    if (problems.isEmpty()) {
      digest("mask-sha256", mask(description).digest().hex(), description.maskSha256(), problems);
      digest(
          "start-sha256", arrays.state(START).digest().hex(), description.startSha256(), problems);
      digest(
          "trained-sha256",
          arrays.state(TRAINED).digest().hex(),
          description.trainedSha256(),
          problems);
    }
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
    Map<String, Array> ordered = new LinkedHashMap<>();
    description.arrays().forEach((name, is) -> ordered.put(name, arrays.arrays().get(name)));
    return new ExportedTicket(
        json, new Safetensors(ordered, Map.of("ticket", description.ticket())));
  }

  private static void digest(String what, String found, String allowed, List<String> problems) {
    if (!found.equals(allowed)) {
      problems.add(what + ": found " + found + ", allowed is " + allowed);
    }
  }

  /** The mask. */
  Mask mask(Description description) {
    return Mask.of(
        description.masked(), (layer, bits) -> arrays.arrays().get(MASK + layer.name()).alive());
  }

  /** Refuses parameters that are not those of the model. */
  static void check(Description description, String model, Map<String, Shape> shapes)
      throws InvalidTicket {
    Map<String, String> found = new LinkedHashMap<>();
    description
        .architecture()
        .parameters()
        .forEach((name, parameter) -> found.put(name, parameter.shape().toString()));
    Map<String, String> built = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> built.put(name, Description.axes(shape).toString()));
    List<String> problems = new ArrayList<>();
    compare("parameter", found, built, "by the model " + model, problems);
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
  }

  /** The SHA-256 of an array's bytes, as they lie in the file. */
  static String sha256(Array array) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(array.bytes().duplicate());
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
