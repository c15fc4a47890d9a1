// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.Control;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.state.Mask;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The control that trains the ticket's weights under its mask, shuffled by the stream {@code
 * shuffle} of the round.
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ShuffleControl() implements Control {

  @Override
  public Optional<Ticket> ofTicket(Ticket ticket, Trial trial) {
    Mask shuffled = ticket.mask().shuffled(trial.seed().stream("shuffle", ticket.round()));
    return Optional.of(
        trial.ticket(ticket.round(), "shuffle", shuffled, ticket.start(), ticket.plan()));
  }
}
