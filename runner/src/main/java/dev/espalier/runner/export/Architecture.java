// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Networks put into words, as far as their blocks say anything, and built again. */
final class Architecture {

  private static final Gson GSON = new Gson();

  private Architecture() {}

  /**
   * Describes a network.
   *
   * @param model id and settings of what it was built by
   */
  static JsonObject of(Map<String, Object> model, Network network) {
    Map<String, Layer.Kind> kinds = new HashMap<>();
    network.layers().forEach(layer -> kinds.put(layer.name(), layer.kind()));
    Map<String, String> names = new HashMap<>();
    JsonObject parameters = new JsonObject();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              names.put(parameter.getId(), name);
              JsonObject described = new JsonObject();
              described.add("shape", axes(parameter.getShape()));
              described.addProperty("type", Names.word(parameter.getType()));
              if (kinds.containsKey(name)) {
                described.addProperty("kind", Names.word(kinds.get(name)));
              }
              parameters.add(name, described);
            });
    JsonObject architecture = new JsonObject();
    architecture.add("model", GSON.toJsonTree(model));
    architecture.add("widths", GSON.toJsonTree(widths(network)));
    architecture.add("parameters", parameters);
    architecture.add("blocks", block(network.block(), names));
    return architecture;
  }

  /** How many channels each group has. */
  static Map<String, Integer> widths(Network network) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Group group : network.groups()) {
      widths.put(group.name(), group.size());
    }
    return widths;
  }

  /** A block, what it owns, what it says of itself, and the blocks in it, in their order. */
  private static JsonObject block(Block block, Map<String, String> names) {
    JsonObject described = new JsonObject();
    described.addProperty(
        "block",
        block instanceof LambdaBlock function
            ? function.getName()
            : block.getClass().getSimpleName());
    List<String> own =
        block.getDirectParameters().values().stream()
            .map(Parameter::getId)
            .filter(names::containsKey)
            .map(names::get)
            .toList();
    if (!own.isEmpty()) {
      described.add("parameters", GSON.toJsonTree(own));
    }
    if (block instanceof Convolution convolution) {
      described.add("kernel", axes(convolution.getKernelShape()));
      described.add("stride", axes(convolution.getStride()));
      described.add("padding", axes(convolution.getPadding()));
      described.add("dilation", axes(convolution.getDilation()));
      described.addProperty("groups", convolution.getGroups());
    }
    if (!block.getChildren().isEmpty()) {
      JsonArray children = new JsonArray();
      block.getChildren().values().forEach(child -> children.add(block(child, names)));
      described.add("children", children);
    }
    return described;
  }

  private static JsonArray axes(Shape shape) {
    return GSON.toJsonTree(shape.getShape()).getAsJsonArray();
  }

  /**
   * Builds the network that a description is of.
   *
   * @throws ConfigProblem if there is no such model, or it cannot be built like that
   * @throws InvalidTicket if another network than the description's would come of it
   */
  static Network build(ExperimentReader reader, Description description) throws InvalidTicket {
    Network usual =
        built(
            () ->
                reader
                    .model(description.architecture().model(), "architecture")
                    .build(Description.shape(description.input()), description.classes()));
    Map<String, Integer> widths = description.architecture().widths();
    try {
      // Before it is built: what is described is no larger than its file, what is said may be.
      Map<String, Shape> shapes = built(() -> usual.shapes(Widths.of(widths)));
      ExportedTicket.check(description, usual.name(), shapes);
    } catch (InvalidTicket | ConfigProblem e) {
      usual.close();
      throw e;
    }
    return resized(usual, widths);
  }

  /**
   * Builds a network in other widths.
   *
   * @param widths how wide its groups are; those not named are as wide as usual
   * @throws ConfigProblem if the model cannot be built like that
   */
  static Network build(Model model, Shape input, int classes, Map<String, Integer> widths) {
    return resized(built(() -> model.build(input, classes)), widths);
  }

  private static Network resized(Network usual, Map<String, Integer> widths) {
    if (widths(usual).entrySet().containsAll(widths.entrySet())) {
      return usual;
    }
    try (usual) {
      return built(() -> usual.resized(Widths.of(widths)));
    }
  }

  /** What comes of settings that are somebody else's; whatever happens is no fault of ours. */
  private static <T> T built(Supplier<T> build) {
    try {
      return build.get();
    } catch (ConfigProblem e) {
      throw e;
    } catch (RuntimeException | OutOfMemoryError e) {
      throw new ConfigProblem("the model cannot be built (" + e.getMessage() + ")");
    }
  }
}
