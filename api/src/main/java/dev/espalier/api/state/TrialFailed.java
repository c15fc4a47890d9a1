// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

/** A trial cannot go on; the steps it has finished stay valid. */
public final class TrialFailed extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Says why.
   *
   * @param message what happened, where, and one thing to do
   */
  public TrialFailed(String message) {
    super(message);
  }
}
