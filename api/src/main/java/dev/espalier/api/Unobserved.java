// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;
import dev.espalier.api.state.State;

/** Leaves what is remembered as it is. */
record Unobserved() implements EpochMonitor {

  @Override
  public State look(Network network, Trained trained) {
    return trained.seen();
  }
}
