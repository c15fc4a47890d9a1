// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import dev.espalier.api.network.Network;

/** The no-op monitor; the engine never calls it. */
record Unobserved() implements EpochMonitor {

  @Override
  public Class<Unobserved> memoryType() {
    return Unobserved.class;
  }

  @Override
  public Unobserved observe(Network network, Trained trained) {
    return this;
  }
}
