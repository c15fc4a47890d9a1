// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.weights;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.config.StartingWeights;
import dev.espalier.runner.config.StartingWeights.TicketWeights;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketArrays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fits the arrays of a file to the parameters of a network. */
public final class StartingState {

  private final StartingWeights settings;
  private final Network network;
  private final NamedArrays arrays;
  private final Refusals refusals;

  private StartingState(
      StartingWeights settings, Network network, Map<String, Array> all, Refusals refusals) {
    this.settings = settings;
    this.network = network;
    this.refusals = refusals;
    Map<String, Shape> shapes = new LinkedHashMap<>();
    network.parameters().forEach((name, parameter) -> shapes.put(name, parameter.getShape()));
    arrays = new NamedArrays(all, settings.rename(), network, shapes, refusals);
  }

  /**
   * Reads the starting weights of a network.
   *
   * @param settings the file, and how its names are read
   * @param network the network
   * @param refusals collects everything that does not fit, and warnings about unused arrays
   * @return the values of the parameters that are not drawn; empty if there are refusals
   */
  public static Optional<State> read(StartingWeights settings, Network network, Refusals refusals) {
    Refusals inner = new Refusals();
    String prefix =
        settings.ticket() == TicketWeights.TRAINED ? TicketArrays.TRAINED : TicketArrays.START;
    Optional<State> state =
        inner
            .collect(() -> WeightsFile.read(Path.of(settings.file()), prefix))
            .map(all -> new StartingState(settings, network, all, inner).state());
    inner.all().forEach(refusals::add);
    inner.warnings().forEach(refusals::add);
    return inner.isEmpty() ? state : Optional.empty();
  }

  private State state() {
    arrays.refuseUnknown("draw", settings.draw(), "parameters", network.parameters().keySet());
    arrays.place(this::isDrawn);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network
        .parameters()
        .keySet()
        .forEach(
            name ->
                arrays
                    .find(name)
                    .flatMap(array -> fit(name, array))
                    .ifPresent(tensor -> tensors.put(name, tensor)));
    refuseMissing();
    arrays.warnOfUnused();
    return State.of(tensors);
  }

  private boolean isDrawn(String parameter) {
    return settings.draw().stream().anyMatch(prefix -> NamedArrays.isWithin(parameter, prefix));
  }

  private Optional<Tensor> fit(String parameter, Array array) {
    String source = arrays.source(parameter);
    Optional<Tensor> tensor =
        refusals.collect(
            () ->
                array
                    .asFloats()
                    .orElseThrow(
                        () ->
                            new RefusedException(
                                "file",
                                source + " of type " + array.type(),
                                "floating-point numbers for parameter " + parameter)));
    if (tensor.filter(StartingState::hasOther).isPresent()) {
      refusals.add("file", source + " with a value that is not finite", "finite numbers");
    }
    return tensor;
  }

  /** Whether a value is infinite or not a number. */
  private static boolean hasOther(Tensor tensor) {
    for (int i = 0; i < tensor.size(); i++) {
      if (!Float.isFinite(tensor.get(i))) {
        return true;
      }
    }
    return false;
  }

  private void refuseMissing() {
    List<String> missing = new ArrayList<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (arrays.source(name) == null && !isDrawn(name) && !isConstant(name, parameter)) {
                missing.add(name + " " + parameter.getShape());
              }
            });
    if (!missing.isEmpty()) {
      refusals.add(
          "file",
          "no array for the parameters " + String.join(", ", missing),
          "one for each parameter",
          "Rename arrays of the file, or list prefixes of these parameters in draw");
    }
  }

  /** Whether a parameter stays as it is drawn: gamma 1 or beta 0 of a batch norm without them. */
  private boolean isConstant(String name, Parameter parameter) {
    return !network.trains(name)
        && (parameter.getType() == Parameter.Type.GAMMA
            || parameter.getType() == Parameter.Type.BETA);
  }
}
