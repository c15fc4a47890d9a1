// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.export.Description.MaskedLayer;
import dev.espalier.runner.store.TicketArrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tickets of really smaller networks: without the channels that no living weight reads, which
 * changes nothing of what the network says under its mask. Of a mask that keeps whole channels,
 * what is left is dense.
 */
final class Narrow {

  private Narrow() {}

  /**
   * Makes the smaller ticket.
   *
   * @param network the ticket's network
   * @return the ticket of the narrow network under the name {@code ...-narrow}; this one if it
   *     keeps everything, which is as narrow as can be
   * @throws InvalidTicket if no channel can be taken out, naming the layers whose mask divides
   *     channels
   */
  static ExportedTicket of(ExportedTicket ticket, Network network) throws InvalidTicket {
    Description description = Description.of(ticket.json());
    Mask mask = ticket.mask(description);
    if (mask.isDense()) {
      return ticket;
    }
    Channels channels = Channels.read(network.groups(), mask);
    if (Architecture.widths(network).equals(widths(channels, network))) {
      throw new InvalidTicket(divided(network, mask));
    }
    try (Network narrow = network.resized(channels.widths())) {
      Mask rest = channels.narrow(mask);
      State start = channels.narrow(ticket.arrays().state(TicketArrays.START));
      State trained = channels.narrow(ticket.arrays().state(TicketArrays.TRAINED));
      Cost cost = Cost.of(narrow);
      double share = (double) weights(narrow) / weights(network) * rest.density() / mask.density();
      JsonObject json = ticket.json().deepCopy();
      json.addProperty("ticket", ticket.name() + "-narrow");
      json.addProperty("kept", rest.kept());
      json.addProperty("macs", cost.macs());
      json.addProperty("effective-macs", Cost.macs(narrow, rest));
      json.addProperty("parameters", cost.parameters());
      json.add("channels", channels(description, network, narrow));
      json.addProperty("density", description.density() * share);
      JsonArray empty = new JsonArray();
      rest.layers().stream()
          .filter(layer -> layer.kind() != Layer.Kind.BIAS && rest.kept(layer) == 0)
          .forEach(layer -> empty.add(layer.name()));
      json.add("empty-layers", empty);
      json.addProperty("mask-sha256", rest.digest().hex());
      json.addProperty("start-sha256", start.digest().hex());
      json.addProperty("trained-sha256", trained.digest().hex());
      rest.layers()
          .forEach(
              layer ->
                  narrow(
                      json.getAsJsonObject("layers").getAsJsonObject(layer.name()),
                      description.layers().get(layer.name()),
                      layer,
                      rest));
      json.add("architecture", Architecture.of(description.architecture().model(), narrow));
      return ExportedTicket.of(json, rest, start, trained);
    }
  }

  private static Map<String, Integer> widths(Channels channels, Network network) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Group group : network.groups()) {
      widths.put(group.name(), channels.kept(group).cardinality());
    }
    return widths;
  }

  private static long weights(Network network) {
    return network.layers().stream().mapToLong(Layer::size).sum();
  }

  /** How wide each group is, and how wide in the experiment's network. */
  private static JsonObject channels(Description before, Network network, Network narrow) {
    JsonObject channels = new JsonObject();
    for (int i = 0; i < network.groups().size(); i++) {
      Group group = narrow.groups().get(i);
      int wide = network.groups().get(i).size();
      JsonObject widths = new JsonObject();
      widths.addProperty("width", group.size());
      widths.addProperty(
          "of",
          before.channels() == null || !before.channels().containsKey(group.name())
              ? wide
              : before.channels().get(group.name()).of());
      channels.add(group.name(), widths);
    }
    return channels;
  }

  /** What a layer's record says when the units that nothing reads are gone: dead ones, all. */
  private static void narrow(JsonObject record, MaskedLayer before, Layer layer, Mask mask) {
    JsonArray shape = new JsonArray();
    Description.axes(layer.shape()).forEach(shape::add);
    record.add("shape", shape);
    record.addProperty("kept", mask.kept(layer));
    record.addProperty("density", mask.density(layer));
    if (before.onPath() != null) {
      long units = layer.shape().get(0);
      record.addProperty("effective-density", (double) before.onPath() / layer.size());
      record.addProperty("dead-units", before.deadUnits() - (before.shape().get(0) - units));
      record.addProperty("units", units);
    }
  }

  private static String divided(Network network, Mask mask) {
    List<String> layers =
        mask.layers().stream()
            .filter(layer -> mask.kept(layer) < layer.size())
            .map(layer -> layer.name() + " (" + mask.kept(layer) + " of " + layer.size() + ")")
            .toList();
    return network.groups().isEmpty()
        ? "found the network "
            + network.name()
            + ", which names no groups of channels, allowed is one that can be had in other widths;"
            + " leave out --narrow"
        : "found a mask that divides channels in "
            + String.join(", ", layers)
            + " and leaves none that no living weight reads, allowed is one that does; leave out"
            + " --narrow";
  }
}
