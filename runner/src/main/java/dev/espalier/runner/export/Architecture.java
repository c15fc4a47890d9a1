// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Names;
import dev.espalier.api.state.Layer;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.results.RecordJson.MayBeMissing;
import dev.espalier.runner.results.TicketRecord;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The architecture of a network, as described by its blocks. Components are the keys of the JSON.
 *
 * @param model id and settings of the model that built it
 * @param widths the number of channels of each group
 * @param parameters in the network's order
 * @param blocks its outermost block
 */
record Architecture(
    Map<String, Object> model,
    Map<String, Integer> widths,
    Map<String, Sized> parameters,
    @MayBeMissing Described blocks) {

  /**
   * A parameter.
   *
   * @param kind of the layer; null for a parameter that is no layer's weight
   */
  record Sized(List<Long> shape, String type, @MayBeMissing String kind) {}

  /**
   * A block.
   *
   * @param block its class, or the name of its function
   * @param parameters the names of those that the block itself owns
   * @param kernel of a convolution, as the next four are
   * @param children the blocks in it, in their order
   */
  record Described(
      @MayBeMissing String block,
      @MayBeMissing List<String> parameters,
      @MayBeMissing List<Long> kernel,
      @MayBeMissing List<Long> stride,
      @MayBeMissing List<Long> padding,
      @MayBeMissing List<Long> dilation,
      @MayBeMissing Integer groups,
      @MayBeMissing List<Described> children) {

    private static Described of(Block block, Map<String, String> names) {
      String title =
          block instanceof LambdaBlock function
              ? function.getName()
              : block.getClass().getSimpleName();
      List<String> own =
          block.getDirectParameters().values().stream()
              .map(Parameter::getId)
              .filter(names::containsKey)
              .map(names::get)
              .toList();
      List<Described> children =
          block.getChildren().values().stream().map(child -> of(child, names)).toList();
      Optional<Convolution> convolution =
          Optional.of(block).filter(Convolution.class::isInstance).map(Convolution.class::cast);
      return new Described(
          title,
          own.isEmpty() ? null : own,
          axes(convolution, Convolution::getKernelShape),
          axes(convolution, Convolution::getStride),
          axes(convolution, Convolution::getPadding),
          axes(convolution, Convolution::getDilation),
          convolution.map(Convolution::getGroups).orElse(null),
          children.isEmpty() ? null : children);
    }

    private static List<Long> axes(
        Optional<Convolution> convolution, Function<Convolution, Shape> shape) {
      return convolution.map(shape).map(TicketRecord::axes).orElse(null);
    }
  }

  /**
   * Describes a network.
   *
   * @param model id and settings of the model that built it
   */
  static Architecture of(Map<String, Object> model, Network network) {
    Map<String, Layer.Kind> kinds = new HashMap<>();
    network.layers().forEach(layer -> kinds.put(layer.name(), layer.kind()));
    Map<String, String> names = new HashMap<>();
    Map<String, Sized> parameters = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              names.put(parameter.getId(), name);
              parameters.put(
                  name,
                  new Sized(
                      TicketRecord.axes(parameter.getShape()),
                      Names.word(parameter.getType()),
                      kinds.containsKey(name) ? Names.word(kinds.get(name)) : null));
            });
    return new Architecture(
        model, widths(network), parameters, Described.of(network.block(), names));
  }

  /** The number of channels of each group. */
  static Map<String, Integer> widths(Network network) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Group group : network.groups()) {
      widths.put(group.name(), group.size());
    }
    return widths;
  }

  /**
   * Builds the network of a description.
   *
   * @throws ConfigProblem if the model does not exist, or refuses these settings
   * @throws InvalidTicket if the network differs from the description
   */
  static Network build(ExperimentReader reader, Description description) throws InvalidTicket {
    Network usual =
        built(
            () ->
                reader
                    .model(description.export().architecture().model(), "architecture")
                    .build(description.ticket().task().ofModel()));
    Map<String, Integer> widths = description.export().architecture().widths();
    try {
      // Checked first: the described network is as small as its file, the claimed one may not be.
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
   * @param widths the widths of its groups; groups without a name here keep their default width
   * @throws ConfigProblem if the model cannot be built with these widths
   */
  static Network build(Model model, Task task, Map<String, Integer> widths) {
    return resized(built(() -> model.build(task)), widths);
  }

  private static Network resized(Network usual, Map<String, Integer> widths) {
    if (widths(usual).entrySet().containsAll(widths.entrySet())) {
      return usual;
    }
    try (usual) {
      return built(() -> usual.resized(Widths.of(widths)));
    }
  }

  /** Builds a value from foreign settings: every failure is a mistake in them. */
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
