// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

/** Leaves what is remembered as it is. */
record Unobserved() implements Observer {

  @Override
  public State look(Network network, Trained trained) {
    return trained.seen();
  }
}
