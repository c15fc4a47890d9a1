// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDManager;
import dev.espalier.api.network.Network;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import java.util.Optional;

/** The parametrization w_eff = m_t * w of a mask that moves; {@link Masked} between two moves. */
record Moving(Mask mask, MovingMask rule) implements Parametrization {

  @Override
  public State variables(Network network, State start) {
    return new Masked(mask).variables(network, start);
  }

  @Override
  public Mask alive(Network network) {
    return mask;
  }

  @Override
  public Optional<MovingMask> moving() {
    return Optional.of(rule);
  }

  @Override
  public OnDevice on(Network network, State state, NDManager manager) {
    return new Masked(mask).on(network, state, manager);
  }
}
