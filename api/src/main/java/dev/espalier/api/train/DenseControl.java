// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.train;

import dev.espalier.api.Control;
import dev.espalier.api.Ticket;
import dev.espalier.api.Trial;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/**
 * The control that trains all weights of the experiment's network on the whole timetable: round 0.
 */
@API(status = API.Status.STABLE, since = "0.1")
public record DenseControl() implements Control {

  @Override
  public Optional<Ticket> ofReplicate(Optional<Ticket> first, Trial trial) {
    if (first.isPresent() && first.get().round() == 0 && first.get().mask().isDense()) {
      return Optional.empty(); // the method trains the dense network itself
    }
    List<Layer> own = trial.network().layers();
    // A method's layers may include more than the network's weights, such as biases.
    List<Layer> prunable =
        first.map(ticket -> ticket.mask().layers()).filter(all -> all.containsAll(own)).orElse(own);
    return Optional.of(trial.ticket(0, Mask.dense(prunable), trial.initial(), trial.plan()));
  }
}
