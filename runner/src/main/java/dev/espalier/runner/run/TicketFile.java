// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Ticket;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Analysis.OfLayer;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Layer;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketRecord.Density;
import dev.espalier.runner.results.TicketRecord.Details;
import dev.espalier.runner.results.TicketRecord.Digests;
import dev.espalier.runner.results.TicketRecord.MaskedLayer;
import dev.espalier.runner.results.TicketRecord.Position;
import dev.espalier.runner.results.TicketRecord.Size;
import dev.espalier.runner.results.TicketRecord.Task;
import dev.espalier.runner.results.TicketRecord.Title;
import dev.espalier.runner.results.TicketRecord.Training;
import dev.espalier.runner.results.TicketRecord.Width;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Creates the {@link TicketRecord} of a published ticket. */
final class TicketFile {

  private TicketFile() {}

  static TicketRecord record(RunFolder folder, PublishedTicket published, Data data) {
    Ticket ticket = published.ticket();
    Network network = published.network();
    return new TicketRecord(
        new Title(
            published.name(),
            folder.path().getFileName().toString(),
            published.variant().isEmpty() ? null : published.variant()),
        Task.of(network, data, published.metrics()),
        size(published),
        new Position(
            ticket.branch(),
            published.isControl() ? true : null,
            ticket.round(),
            published.replicate()),
        new Density(
            published.density(),
            published.effectiveDensity().isPresent()
                ? published.effectiveDensity().getAsDouble()
                : null,
            ticket.analysis().empty().stream().map(Layer::name).toList(),
            ticket.mask().kept()),
        training(ticket),
        Digests.of(ticket.mask(), ticket.start(), ticket.trained().state()),
        details(published));
  }

  private static Training training(Ticket ticket) {
    long since = ticket.trained().history().since();
    return new Training(
        ticket.plan().from(),
        ticket.plan().until(),
        ticket.trained().iteration(),
        since == 0 ? null : since);
  }

  private static Size size(PublishedTicket published) {
    Network network = published.network();
    Cost cost = published.cost();
    return new Size(
        cost.macs(),
        Cost.macs(network, published.ticket().mask()),
        cost.parameters(),
        published.isOfWhole() ? null : channels(published.whole(), network));
  }

  private static Map<String, Width> channels(Network whole, Network network) {
    Map<String, Width> channels = new LinkedHashMap<>();
    for (int i = 0; i < network.groups().size(); i++) {
      int width = network.groups().get(i).size();
      channels.put(network.groups().get(i).name(), new Width(width, whole.groups().get(i).size()));
    }
    return channels;
  }

  private static Details details(PublishedTicket published) {
    Ticket ticket = published.ticket();
    return new Details(
        layers(published),
        ticket.findings(),
        published.account().finding().stream().map(TicketRecord.Step::of).toList(),
        published.account().training().stream().map(TicketRecord.Step::of).toList(),
        ticket.trained().history().points().stream()
            .map(point -> TicketRecord.Point.of(point, published.metrics()))
            .toList());
  }

  private static Map<String, MaskedLayer> layers(PublishedTicket published) {
    Ticket ticket = published.ticket();
    Map<String, Integer> whole = new HashMap<>();
    Stream.of(published.whole().layers(), published.whole().biases())
        .flatMap(List::stream)
        .forEach(layer -> whole.put(layer.name(), layer.size()));
    Map<String, MaskedLayer> layers = new LinkedHashMap<>();
    for (Layer layer : ticket.mask().layers()) {
      layers.put(
          layer.name(),
          MaskedLayer.of(
              layer, whole.getOrDefault(layer.name(), layer.size()), ticket.mask().kept(layer)));
    }
    for (OfLayer analysed : ticket.analysis().layers()) {
      layers.computeIfPresent(
          analysed.layer().name(),
          (name, layer) ->
              analysed.onPath().isEmpty()
                  ? layer.withoutPaths()
                  : layer.with(
                      analysed.onPath().getAsInt(),
                      analysed.effectiveDensity().getAsDouble(),
                      analysed.deadUnits().getAsInt()));
    }
    return layers;
  }
}
