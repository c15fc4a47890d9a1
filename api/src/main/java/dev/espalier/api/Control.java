// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import java.util.Optional;
import org.apiguardian.api.API;

/**
 * A network for comparison with tickets, at equal cost of training. An experiment chooses controls
 * by their ids: {@code controls = [dense, reinit, shuffle]}.
 *
 * <p>Implement it as a record with {@link dev.espalier.api.settings.Setting}s. The branch of its
 * tickets must differ from those of other controls.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public interface Control {

  /**
   * Trains a control of one replicate, such as the dense network. It is called once: when the
   * method publishes its first ticket, or when it ends without one.
   *
   * @param first the first ticket of the replicate, of this or a narrower network
   * @param trial a trial of the experiment's network
   * @return the control, or empty if this control belongs to single tickets
   * @throws dev.espalier.api.state.TrialFailed if training fails
   */
  default Optional<Ticket> ofReplicate(Optional<Ticket> first, Trial trial) {
    return Optional.empty();
  }

  /**
   * Trains a control of one sparse ticket. It is called after each ticket of the branch {@link
   * Ticket#TICKET} whose mask prunes weights.
   *
   * @param ticket the ticket
   * @param trial a trial of the ticket's network
   * @return the control, or empty if this control belongs to whole replicates
   * @throws dev.espalier.api.state.TrialFailed if training fails
   */
  default Optional<Ticket> ofTicket(Ticket ticket, Trial trial) {
    return Optional.empty();
  }
}
