// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Ticket;
import dev.espalier.api.network.Network;
import dev.espalier.api.structure.Cost;
import dev.espalier.runner.results.Account;
import dev.espalier.runner.results.Metrics;
import dev.espalier.runner.results.TicketResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A ticket with its place in a run. Densities of a network other than the experiment's, such as a
 * narrower one, are relative to the weights of the experiment's network.
 *
 * @param variant its variant; empty for an experiment without variants
 * @param replicate its replicate
 * @param whole the experiment's network
 * @param network the network of the ticket
 * @param metrics the metrics of its history
 * @param ticket the ticket
 * @param account the steps behind it
 * @param isControl whether a control of the experiment trained it
 */
record PublishedTicket(
    String variant,
    int replicate,
    Network whole,
    Network network,
    Metrics metrics,
    Ticket ticket,
    Account account,
    boolean isControl) {

  /** Its name. */
  String name() {
    return TicketResult.name(variant, replicate, ticket.round(), ticket.branch());
  }

  /** All data about it except its weights. */
  TicketResult row() {
    return new TicketResult(
        variant,
        replicate,
        ticket.round(),
        ticket.branch(),
        isControl,
        density(),
        ticket.mask().kept(),
        effectiveDensity(),
        ticket.analysis(),
        sizes(),
        cost(),
        Cost.macs(network, ticket.mask()),
        ticket.mask().digest().prefix(TicketResult.MASK_DIGITS),
        ticket.trained().iteration(),
        metrics,
        ticket.trained().history(),
        ticket.findings(),
        account);
  }

  /** Whether its network is the experiment's. */
  boolean isOfWhole() {
    return network == whole;
  }

  double density() {
    return share() * ticket.mask().density();
  }

  OptionalDouble effectiveDensity() {
    OptionalDouble effective = ticket.analysis().effectiveDensity();
    return effective.isPresent() ? OptionalDouble.of(share() * effective.getAsDouble()) : effective;
  }

  Cost cost() {
    return Cost.of(network);
  }

  /** The number of weights of each layer of the experiment's network. */
  private Map<String, Integer> sizes() {
    Map<String, Integer> sizes = new LinkedHashMap<>();
    whole.layers().forEach(layer -> sizes.put(layer.name(), layer.size()));
    return sizes;
  }

  private double share() {
    return (double) network.weights() / whole.weights();
  }
}
