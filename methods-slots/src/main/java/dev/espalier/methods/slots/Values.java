// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.slots;

/** Who has K random values of its own, and whether they are stored. */
public enum Values {
  /** Every connection: the paper's. Stores K values a connection. */
  PER_CONNECTION,
  /** Every layer: its connections choose from the same K. */
  PER_LAYER,
  /** The network: all connections choose from the same K. */
  NETWORK,
  /**
   * Every connection, to the bit the values of {@link #PER_CONNECTION}; but none is stored, each is
   * computed from seed, layer, connection and k whenever it is needed.
   */
  REGENERATED
}
