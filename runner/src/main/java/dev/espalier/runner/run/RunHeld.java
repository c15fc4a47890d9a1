// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

/** Thrown if another process holds a run, a worker's folder or a step. */
public final class RunHeld extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Creates an exception.
   *
   * @param what what is held
   * @param holder the process
   */
  RunHeld(String what, String holder) {
    super(what + " is held by " + holder + "; wait for it, or stop it and start again");
  }
}
