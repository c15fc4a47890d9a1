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
import dev.espalier.runner.store.Safetensors.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Fits the arrays of a file to the parameters of a network. Names of the file are renamed first;
 * those of PyTorch's batch norm and embeddings are then those of DJL's.
 */
public final class StartingState {

  /** The last parts of names in PyTorch, and in DJL where these differ. */
  private static final Map<String, List<String>> PYTORCH =
      Map.of(
          "weight", List.of("gamma", "embedding"),
          "bias", List.of("beta"),
          "running_mean", List.of("runningMean"),
          "running_var", List.of("runningVar"));

  /** A counter of PyTorch's batch norm, which has no meaning here. */
  private static final String COUNTER = "num_batches_tracked";

  /** The largest number of blocks of a stage in torchvision's ResNets. */
  private static final int BLOCKS = 36;

  private final StartingWeights settings;
  private final Network network;
  private final Map<String, Array> arrays;
  private final Map<String, String> rename;
  private final Refusals refusals;
  private final Map<String, String> sources = new LinkedHashMap<>();
  private final List<String> unused = new ArrayList<>();

  private StartingState(
      StartingWeights settings, Network network, Map<String, Array> arrays, Refusals refusals) {
    this.settings = settings;
    this.network = network;
    this.arrays = arrays;
    this.refusals = refusals;
    rename =
        new TreeMap<>(Comparator.comparingInt(String::length).reversed().thenComparing(x -> x));
    rename.putAll(settings.rename().isEmpty() ? torchvision() : settings.rename());
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
    Optional<State> state =
        inner
            .collect(() -> WeightsFile.read(Path.of(settings.file()), settings.ticket()))
            .map(arrays -> new StartingState(settings, network, arrays, inner).state());
    inner.all().forEach(refusals::add);
    inner.warnings().forEach(refusals::add);
    return inner.isEmpty() ? state : Optional.empty();
  }

  private State state() {
    refuseUnknownPrefixes();
    arrays.keySet().forEach(this::place);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (sources.containsKey(name)) {
                fit(name, parameter.getShape()).ifPresent(tensor -> tensors.put(name, tensor));
              }
            });
    refuseMissing();
    if (!unused.isEmpty()) {
      refusals.warn(
          "file",
          "arrays of no parameter: " + String.join(", ", unused),
          "which are not used",
          "Rename them if the network needs them");
    }
    return State.of(tensors);
  }

  private void refuseUnknownPrefixes() {
    refuseUnknown("rename", settings.rename().keySet(), "names in the file", arrays.keySet());
    refuseUnknown("draw", settings.draw(), "parameters", network.parameters().keySet());
  }

  private void refuseUnknown(
      String key, Collection<String> prefixes, String whose, Set<String> names) {
    TreeSet<String> firsts = new TreeSet<>();
    names.forEach(name -> firsts.add(name.replaceFirst("\\..*", "")));
    for (String prefix : prefixes) {
      if (names.stream().noneMatch(name -> isWithin(name, prefix))) {
        refusals.add(
            key, "\"" + prefix + "\"", "a prefix of " + whose + ", which begin with " + firsts);
      }
    }
  }

  /** Finds the parameter of an array. */
  private void place(String array) {
    String renamed = renamed(array);
    String last = renamed.substring(renamed.lastIndexOf('.') + 1);
    String block = renamed.substring(0, renamed.length() - last.length());
    Optional<String> parameter =
        Stream.concat(
                Stream.of(renamed),
                PYTORCH.getOrDefault(last, List.of()).stream().map(name -> block + name))
            .map(name -> network.aliases().getOrDefault(name, name))
            .filter(network.parameters()::containsKey)
            .findFirst();
    if (parameter.isEmpty()) {
      if (!last.equals(COUNTER)) {
        String other = renamed.equals(array) ? "" : ", renamed to " + renamed;
        unused.add(array + " " + arrays.get(array).shape() + other);
      }
    } else if (!isDrawn(parameter.get())) {
      String other = sources.put(parameter.get(), array);
      // A tied parameter has two names, and a file may have its values under both.
      boolean isTied = network.aliases().containsValue(parameter.get());
      if (other != null && !(isTied && arrays.get(other).equals(arrays.get(array)))) {
        refusals.add(
            "rename",
            other + " and " + array + " for " + parameter.get(),
            "one array for each parameter");
      }
    }
  }

  /** Replaces the longest prefix; one that is replaced by nothing is removed with its dot. */
  private String renamed(String array) {
    for (Map.Entry<String, String> entry : rename.entrySet()) {
      String from = entry.getKey();
      if (isWithin(array, from)) {
        String rest = from.isEmpty() ? "." + array : array.substring(from.length());
        String renamed = entry.getValue() + rest;
        return renamed.startsWith(".") ? renamed.substring(1) : renamed;
      }
    }
    return array;
  }

  private static boolean isWithin(String name, String prefix) {
    return prefix.isEmpty() || name.equals(prefix) || name.startsWith(prefix + ".");
  }

  private boolean isDrawn(String parameter) {
    return settings.draw().stream().anyMatch(prefix -> isWithin(parameter, prefix));
  }

  private Optional<Tensor> fit(String parameter, Shape shape) {
    String source = sources.get(parameter);
    Array array = arrays.get(source);
    if (!array.shape().equals(shape)) {
      refusals.add(
          "file",
          source + " of shape " + array.shape(),
          "shape " + shape + " for parameter " + parameter);
      return Optional.empty();
    }
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
              if (!sources.containsKey(name) && !isDrawn(name) && !isConstant(name, parameter)) {
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

  /**
   * The prefixes of torchvision's ResNets, if the file has them and the network has those of
   * Espalier's: {@code layer1.0.downsample.0} is {@code stage1.block1.shortcut}.
   */
  private Map<String, String> torchvision() {
    Map<String, String> prefixes = new LinkedHashMap<>();
    boolean isKnown =
        arrays.containsKey("layer1.0.conv1.weight")
            && network.parameters().containsKey("stage1.block1.conv1.weight");
    for (int stage = 1; isKnown && stage <= 4; stage++) {
      for (int block = 0; block < BLOCKS; block++) {
        String theirs = "layer" + stage + "." + block;
        String name = "stage" + stage + ".block" + (block + 1);
        prefixes.put(theirs, name);
        prefixes.put(theirs + ".downsample.0", name + ".shortcut");
        prefixes.put(theirs + ".downsample.1", name + ".shortcutBn");
      }
    }
    return prefixes;
  }
}
