// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.weights;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusals;
import dev.espalier.runner.store.Safetensors.Array;
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
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Assigns the arrays of a file to parameters of a network. Names of the file are renamed first;
 * those of PyTorch's batch norm and embeddings are then those of DJL's.
 */
final class NamedArrays {

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

  private final Map<String, Array> arrays;
  private final Network network;
  private final Map<String, Shape> wanted;
  private final Refusals refusals;
  private final Map<String, String> rename;
  private final Map<String, String> sources = new LinkedHashMap<>();
  private final List<String> unused = new ArrayList<>();

  /**
   * Creates an assignment without sources.
   *
   * @param arrays the arrays of the file
   * @param prefixes replaces prefixes of their names
   * @param network the network
   * @param wanted the shapes of the parameters that need an array
   * @param refusals collects everything that does not fit
   */
  NamedArrays(
      Map<String, Array> arrays,
      Map<String, String> prefixes,
      Network network,
      Map<String, Shape> wanted,
      Refusals refusals) {
    this.arrays = arrays;
    this.network = network;
    this.wanted = wanted;
    this.refusals = refusals;
    rename =
        new TreeMap<>(Comparator.comparingInt(String::length).reversed().thenComparing(x -> x));
    rename.putAll(prefixes.isEmpty() ? torchvision() : prefixes);
    refuseUnknown("rename", prefixes.keySet(), "names in the file", arrays.keySet());
  }

  void refuseUnknown(String key, Collection<String> prefixes, String whose, Set<String> names) {
    TreeSet<String> firsts = new TreeSet<>();
    names.forEach(name -> firsts.add(name.replaceFirst("\\..*", "")));
    for (String prefix : prefixes) {
      if (names.stream().noneMatch(name -> isWithin(name, prefix))) {
        refusals.add(
            key, "\"" + prefix + "\"", "a prefix of " + whose + ", which begin with " + firsts);
      }
    }
  }

  /**
   * Finds the parameter of each array.
   *
   * @param ignored the parameters whose arrays are not read
   */
  void place(Predicate<String> ignored) {
    arrays.keySet().forEach(array -> place(array, ignored));
  }

  private void place(String array, Predicate<String> ignored) {
    String renamed = renamed(array);
    String last = renamed.substring(renamed.lastIndexOf('.') + 1);
    String block = renamed.substring(0, renamed.length() - last.length());
    Optional<String> parameter =
        Stream.concat(
                Stream.of(renamed),
                PYTORCH.getOrDefault(last, List.of()).stream().map(name -> block + name))
            .map(name -> network.aliases().getOrDefault(name, name))
            .filter(wanted::containsKey)
            .findFirst();
    if (parameter.isEmpty()) {
      if (!last.equals(COUNTER)) {
        String other = renamed.equals(array) ? "" : ", renamed to " + renamed;
        unused.add(array + " " + arrays.get(array).shape() + other);
      }
    } else if (!ignored.test(parameter.get())) {
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

  static boolean isWithin(String name, String prefix) {
    return prefix.isEmpty() || name.equals(prefix) || name.startsWith(prefix + ".");
  }

  /** The name of a parameter's array; null if it has none. */
  String source(String parameter) {
    return sources.get(parameter);
  }

  /** Finds the array of a parameter, and refuses one of another shape. */
  Optional<Array> find(String parameter) {
    String source = sources.get(parameter);
    if (source == null) {
      return Optional.empty();
    }
    Array array = arrays.get(source);
    if (!array.shape().equals(wanted.get(parameter))) {
      refusals.add(
          "file",
          source + " of shape " + array.shape(),
          "shape " + wanted.get(parameter) + " for parameter " + parameter);
      return Optional.empty();
    }
    return Optional.of(array);
  }

  /** Warns about arrays of no parameter. */
  void warnOfUnused() {
    if (!unused.isEmpty()) {
      refusals.warn(
          "file",
          "arrays of no parameter: " + String.join(", ", unused),
          "which are not used",
          "Rename them if the network needs them");
    }
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
