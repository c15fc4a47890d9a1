// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.Control;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.state.State;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The control that trains the ticket's mask from draw 1 + round of the stream {@code init}, on the
 * ticket's stretch.
 */
@API(status = API.Status.STABLE, since = "0.1")
public record ReinitControl() implements Control {

  @Override
  public Optional<Ticket> ofTicket(Ticket ticket, Trial trial) {
    State redrawn = trial.initial(1 + ticket.round());
    return Optional.of(
        trial.ticket(ticket.round(), "reinit", ticket.mask(), redrawn, ticket.plan()));
  }
}
