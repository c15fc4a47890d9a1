// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import ai.djl.ndarray.types.Shape;
import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.ToNumberPolicy;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.store.TicketArrays;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an exported ticket's description has to say, whatever else it says: the components are its
 * keys, with hyphens. {@code sha256} is of the bytes of each array of the file; {@code parameters}
 * are the network's, in its order.
 */
record Description(
    String format,
    Integer version,
    String ticket,
    List<Long> input,
    Integer classes,
    Normalisation normalisation,
    Double density,
    Double effectiveDensity,
    String maskSha256,
    String startSha256,
    String trainedSha256,
    Map<String, MaskedLayer> layers,
    Map<String, Width> channels,
    Map<String, String> findings,
    List<Map<String, Double>> history,
    Architecture architecture,
    Map<String, String> sha256,
    Map<String, Object> experiment,
    Map<String, Object> provenance) {

  /** What every description calls its format. */
  static final String FORMAT = "espalier-ticket";

  /** What a description may leave out: channels that are the experiment's, paths of biases. */
  private static final Set<String> OPTIONAL = Set.of("channels", "on-path", "dead-units");

  /** To be raised when a key changes its meaning or goes, not when one comes. */
  static final int VERSION = 1;

  /** What the network is shown of a feature x: (x / unit - mean) / std. */
  record Normalisation(Double unit, List<Double> mean, List<Double> std) {}

  /** A layer under the mask; of biases nobody knows the paths. */
  record MaskedLayer(
      List<Long> shape, String kind, Integer kept, Integer onPath, Integer deadUnits) {}

  /** How wide a group of channels is, and how wide in the experiment's network. */
  record Width(Integer width, Integer of) {}

  /** How to build the network. */
  record Architecture(
      Map<String, Object> model, Map<String, Integer> widths, Map<String, Sized> parameters) {}

  /** A parameter of the network. */
  record Sized(List<Long> shape, String type) {}

  /**
   * Reads a description.
   *
   * @throws InvalidTicket saying which keys are missing, or what else is wrong
   */
  static Description of(JsonObject json) throws InvalidTicket {
    Description read;
    try {
      read =
          new GsonBuilder()
              .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_DASHES)
              .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
              .create()
              .fromJson(json, Description.class);
    } catch (JsonParseException | NumberFormatException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new InvalidTicket(
          "its description is none of a ticket: "
              + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""));
    }
    if (!FORMAT.equals(read.format) || read.version == null || read.version != VERSION) {
      throw new InvalidTicket(
          "found format "
              + read.format
              + " of version "
              + read.version
              + ", allowed is "
              + FORMAT
              + " of version "
              + VERSION
              + ", as 'espalier export' of this version writes it");
    }
    List<String> missing = new ArrayList<>();
    missing(read, "", missing);
    if (!missing.isEmpty()) {
      throw new InvalidTicket("found no " + String.join(", no ", missing) + " in its description");
    }
    List<String> problems = read.problems();
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
    return read;
  }

  /** Names all that is not there. */
  private static void missing(Object value, String path, List<String> missing) {
    if (value == null) {
      missing.add(path);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, element) -> missing(element, path + "." + key, missing));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> missing(element, path + "[]", missing));
    } else if (value instanceof Record) {
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        String key = Names.key(component.getName());
        try {
          Object element = component.getAccessor().invoke(value);
          if (element != null || !OPTIONAL.contains(key)) {
            missing(element, path.isEmpty() ? key : path + "." + key, missing);
          }
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(key, e);
        }
      }
    }
  }

  private List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (!ticket.matches(Names.PATTERN)) {
      problems.add(
          "ticket: found \"" + ticket + "\", allowed are lower-case words joined by hyphens");
    }
    if (!(experiment.get("name") instanceof String name) || !name.matches(Names.PATTERN)) {
      problems.add(
          "experiment.name: found "
              + experiment.get("name")
              + ", allowed are lower-case words joined by hyphens");
    }
    if (classes < 1) {
      problems.add("classes: found " + classes + ", allowed is at least 1");
    }
    shape(input, "input", problems);
    architecture.parameters.forEach(
        (key, parameter) -> shape(parameter.shape, "parameter " + key, problems));
    layers.forEach(
        (key, layer) -> {
          shape(layer.shape, "layer " + key, problems);
          if (kind(layer).isEmpty()) {
            problems.add(
                "layer "
                    + key
                    + ": found the kind "
                    + layer.kind
                    + ", allowed are "
                    + String.join(
                        ", ", Arrays.stream(Layer.Kind.values()).map(Names::word).toList()));
          }
          if (!isWithin(layer.onPath, layer.kept)
              || !isWithin(layer.deadUnits, layer.shape.stream().findFirst().orElse(0L))
              || (layer.onPath == null) != (layer.deadUnits == null)) {
            problems.add(
                "layer "
                    + key
                    + ": found on-path "
                    + layer.onPath
                    + " and dead-units "
                    + layer.deadUnits
                    + ", allowed are both or none, from 0 to its "
                    + layer.kept
                    + " weights kept and to its units");
          }
          if (!architecture.parameters.containsKey(key)) {
            problems.add("layer " + key + ": found no parameter of that name, allowed is one");
          } else if (!architecture.parameters.get(key).shape.equals(layer.shape)) {
            problems.add(
                "layer "
                    + key
                    + ": found the shape "
                    + layer.shape
                    + ", allowed is its parameter's, "
                    + architecture.parameters.get(key).shape);
          }
        });
    return problems;
  }

  private static boolean isWithin(Integer number, long most) {
    return number == null || (number >= 0 && number <= most);
  }

  /** Refuses what is no shape, or that of an array which Java cannot hold. */
  private static void shape(List<Long> axes, String what, List<String> problems) {
    long size = 1;
    for (long axis : axes) {
      if (axis < 1 || axis > Integer.MAX_VALUE / size) {
        problems.add(
            what
                + ": found the shape "
                + axes
                + ", allowed are axes from 1 on, and at most "
                + Integer.MAX_VALUE
                + " elements");
        return;
      }
      size *= axis;
    }
  }

  private static Optional<Layer.Kind> kind(MaskedLayer layer) {
    return Arrays.stream(Layer.Kind.values())
        .filter(kind -> Names.word(kind).equals(layer.kind))
        .findFirst();
  }

  static Shape shape(List<Long> axes) {
    return new Shape(axes.stream().mapToLong(Long::longValue).toArray());
  }

  static List<Long> axes(Shape shape) {
    return Arrays.stream(shape.getShape()).boxed().toList();
  }

  /** The arrays that there have to be: type and shape by name, in the order of their file. */
  Map<String, String> arrays() {
    Map<String, String> arrays = new LinkedHashMap<>();
    for (String prefix : List.of(TicketArrays.START, TicketArrays.TRAINED)) {
      architecture.parameters.forEach(
          (name, parameter) -> arrays.put(prefix + name, "F32 " + parameter.shape));
    }
    layers.forEach((name, layer) -> arrays.put(TicketArrays.MASK + name, "U8 " + layer.shape));
    return arrays;
  }

  /** The layers that the mask covers. */
  List<Layer> masked() {
    return layers.entrySet().stream()
        .map(
            layer ->
                new Layer(
                    layer.getKey(),
                    shape(layer.getValue().shape),
                    kind(layer.getValue()).orElseThrow()))
        .toList();
  }
}
