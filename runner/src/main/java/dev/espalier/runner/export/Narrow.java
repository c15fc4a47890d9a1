// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import dev.espalier.api.network.Group;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.RecordCheck;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketRecord.Density;
import dev.espalier.runner.results.TicketRecord.Details;
import dev.espalier.runner.results.TicketRecord.Digests;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.results.TicketRecord.Size;
import dev.espalier.runner.results.TicketRecord.Title;
import dev.espalier.runner.results.TicketRecord.Width;
import dev.espalier.runner.store.TicketArrays;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Removes the channels that no living weight reads. The outputs of the network under its mask stay
 * the same. Where a mask keeps whole channels, the smaller network is dense.
 */
final class Narrow {

  private Narrow() {}

  /**
   * Creates the smaller ticket.
   *
   * @param network the ticket's network
   * @return the ticket of the narrow network under the name {@code ...-narrow}; this one if it
   *     keeps everything, and is as narrow as possible
   * @throws InvalidTicket if no channel can be removed, naming the layers whose mask divides
   *     channels
   */
  static ExportedTicket of(ExportedTicket ticket, Network network) throws IOException {
    Mask mask = ticket.mask();
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
      Description wide = ticket.description();
      TicketRecord record = wide.ticket();
      String name = wide.name() + RecordCheck.NARROW;
      Details details = record.details();
      return ExportedTicket.of(
          new TicketRecord(
              new Title(name, record.title().run(), record.title().variant()),
              record.task(),
              size(record.size(), network, narrow, rest),
              record.position(),
              density(record.density(), share(network, narrow, mask, rest), rest),
              record.training(),
              Digests.of(rest, start, trained),
              new Details(
                  layers(details.layers(), rest),
                  details.findings(),
                  details.foundBy(),
                  details.trainedBy(),
                  details.history())),
          new Description.Export(
              Architecture.of(wide.export().architecture().model(), narrow),
              wide.export().experiment(),
              wide.export().provenance(),
              wide.export().sha256()),
          TicketArrays.of(name, rest, start, trained),
          ticket.json());
    }
  }

  /** The ratio of weights kept in the narrow network to those in the wide one, in its densities. */
  private static double share(Network wide, Network narrow, Mask mask, Mask rest) {
    return (double) narrow.weights() / wide.weights() * rest.density() / mask.density();
  }

  private static Size size(Size before, Network wide, Network narrow, Mask rest) {
    Map<String, Width> channels = new LinkedHashMap<>();
    for (int i = 0; i < wide.groups().size(); i++) {
      Group group = narrow.groups().get(i);
      Width width = before.channels() == null ? null : before.channels().get(group.name());
      int whole = width == null ? wide.groups().get(i).size() : width.whole();
      channels.put(group.name(), new Width(group.size(), whole));
    }
    Cost cost = Cost.of(narrow);
    return new Size(cost.macs(), Cost.macs(narrow, rest), cost.parameters(), channels);
  }

  private static Density density(Density before, double share, Mask rest) {
    return new Density(
        before.density() * share,
        before.effectiveDensity(),
        rest.layers().stream()
            .filter(layer -> layer.kind() != Layer.Kind.BIAS && rest.kept(layer) == 0)
            .map(Layer::name)
            .toList(),
        rest.kept());
  }

  private static Map<String, Integer> widths(Channels channels, Network network) {
    Map<String, Integer> widths = new LinkedHashMap<>();
    for (Group group : network.groups()) {
      widths.put(group.name(), channels.kept(group).cardinality());
    }
    return widths;
  }

  /** The layers without the units that nothing reads, all of which are dead. */
  private static Map<String, MaskedLayer> layers(Map<String, MaskedLayer> before, Mask rest) {
    Map<String, MaskedLayer> layers = new LinkedHashMap<>(before);
    for (Layer layer : rest.layers()) {
      MaskedLayer wide = before.get(layer.name());
      MaskedLayer narrow = MaskedLayer.of(layer, wide.size(), rest.kept(layer));
      if (wide.onPath() != null) {
        int onPath = wide.onPath();
        long gone = wide.shape().get(0) - layer.shape().get(0);
        narrow =
            narrow.with(
                onPath, (double) onPath / layer.size(), Math.toIntExact(wide.deadUnits() - gone));
      } else if (wide.units() != null) {
        narrow = narrow.withoutPaths();
      }
      layers.put(layer.name(), narrow);
    }
    return layers;
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
