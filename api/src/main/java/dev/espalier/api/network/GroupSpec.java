// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.nn.Parameter;
import dev.espalier.api.settings.RefusedException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The declaration of a group: the names of the blocks that compute and read its channels, and of
 * the block that a factor on a channel multiplies; that one follows from the others if it is empty.
 */
record GroupSpec(String name, List<String> from, List<String> to, Optional<String> gate) {

  /**
   * Builds the groups in the order of their declaration; they must not overlap.
   *
   * @param grouped the number of groups of each grouped convolution, by the ids of its parameters
   */
  static List<Group> groups(
      List<GroupSpec> declared, Map<String, Parameter> parameters, Map<String, Integer> grouped) {
    List<Group> groups = new ArrayList<>();
    Map<String, String> taken = new HashMap<>();
    for (GroupSpec ends : declared) {
      Group group = ends.group(parameters, grouped);
      if (groups.stream().anyMatch(other -> other.name().equals(group.name()))) {
        throw new RefusedException(
            "group." + group.name(),
            "two groups of that name",
            "one",
            "Name the blocks of a group together");
      }
      for (Group.Slice slice : group.slices()) {
        String other = taken.put(slice.parameter() + " " + slice.axis(), group.name());
        if (other != null) {
          throw new RefusedException(
              "group." + group.name(),
              "axis " + slice.axis() + " of " + slice.parameter() + ", in group " + other + " too",
              "one group for each axis",
              "Put channels that are added up into one group");
        }
      }
      groups.add(group);
    }
    return List.copyOf(groups);
  }

  private Group group(Map<String, Parameter> parameters, Map<String, Integer> grouped) {
    List<Group.Slice> slices = new ArrayList<>();
    int size = 0;
    if (from.isEmpty()) {
      throw new RefusedException(
          "group." + name, "no block that makes its channels", "at least one");
    }
    for (String block : from) {
      for (String parameter : of(block, parameters)) {
        if (!isDepthwise(parameter, parameters, grouped)) {
          requireUngrouped(parameter, parameters, grouped);
        }
        int rows = Math.toIntExact(parameters.get(parameter).getShape().get(0));
        if (!slices.isEmpty() && rows != size) {
          throw new RefusedException(
              "group." + name,
              rows + " channels in " + parameter,
              "the " + size + " of " + slices.get(0).parameter());
        }
        size = rows;
        slices.add(new Group.Slice(parameter, 0, 1));
      }
    }
    List<String> readers = new ArrayList<>();
    for (String block : to) {
      List<String> weights =
          of(block, parameters).stream().filter(name -> reads(name, parameters)).toList();
      if (weights.isEmpty()) {
        throw new RefusedException(
            "group." + name,
            "no weights in block " + block + ", which is to read it",
            "a convolution or a linear layer");
      }
      readers.addAll(weights);
    }
    for (String parameter : readers) {
      requireUngrouped(parameter, parameters, grouped);
      long columns = parameters.get(parameter).getShape().get(1);
      if (columns % size != 0) {
        throw new RefusedException(
            "group." + name,
            columns + " inputs in " + parameter,
            "a multiple of its " + size + " channels");
      }
      slices.add(new Group.Slice(parameter, 1, Math.toIntExact(columns / size)));
    }
    return new Group(name, size, slices, gated(readers.size(), parameters));
  }

  /** Returns the gated parameters: of the given block, or where only one place is possible. */
  private List<String> gated(int readers, Map<String, Parameter> parameters) {
    if (gate.isPresent() && !from.contains(gate.get())) {
      throw new RefusedException("group." + name, "a gate at " + gate.get(), "one of " + from);
    }
    List<String> places =
        gate.map(List::of).orElse(from).stream()
            .flatMap(block -> of(block, parameters).stream())
            .toList();
    List<String> layers =
        of(places, parameters, EnumSet.of(Parameter.Type.WEIGHT, Parameter.Type.BIAS));
    List<String> norms =
        of(places, parameters, EnumSet.of(Parameter.Type.GAMMA, Parameter.Type.BETA));
    boolean isGated =
        gate.isPresent()
            || (readers == 1
                && of(layers, parameters, EnumSet.of(Parameter.Type.WEIGHT)).size() == 1
                && of(norms, parameters, EnumSet.of(Parameter.Type.GAMMA)).size() <= 1);
    return isGated ? (norms.isEmpty() ? layers : norms) : List.of();
  }

  /** Whether a parameter is of a convolution that transforms each channel by itself. */
  private static boolean isDepthwise(
      String parameter, Map<String, Parameter> parameters, Map<String, Integer> grouped) {
    Parameter of = parameters.get(parameter);
    return Objects.equals(grouped.get(of.getId()), Math.toIntExact(of.getShape().get(0)));
  }

  private void requireUngrouped(
      String parameter, Map<String, Parameter> parameters, Map<String, Integer> grouped) {
    if (grouped.containsKey(parameters.get(parameter).getId())) {
      throw new RefusedException(
          "group." + name,
          "the grouped convolution of "
              + parameter
              + ", where each output reads a part of the channels",
          "convolutions with groups = 1, linear layers and, to transform each channel by itself,"
              + " convolutions with as many groups as inputs and outputs",
          "Take this optGroup out. Its channels cannot be removed, but the weights can be pruned");
    }
  }

  private static boolean reads(String parameter, Map<String, Parameter> parameters) {
    return parameters.get(parameter).getType() == Parameter.Type.WEIGHT
        && parameters.get(parameter).getShape().dimension() > 1;
  }

  private static List<String> of(
      List<String> names, Map<String, Parameter> parameters, Set<Parameter.Type> types) {
    return names.stream().filter(name -> types.contains(parameters.get(name).getType())).toList();
  }

  private List<String> of(String block, Map<String, Parameter> parameters) {
    List<String> own =
        parameters.keySet().stream()
            .filter(parameter -> parameter.startsWith(block + "."))
            .toList();
    if (own.isEmpty()) {
      Set<String> blocks = new TreeSet<>();
      parameters
          .keySet()
          .forEach(name -> blocks.add(name.substring(0, Math.max(0, name.lastIndexOf('.')))));
      throw new RefusedException("group." + name, "block " + block, "one of " + blocks);
    }
    return own;
  }
}
