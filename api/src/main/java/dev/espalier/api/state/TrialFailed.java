// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import org.apiguardian.api.API;

/** A trial cannot go on; the steps it has finished stay valid. */
@API(status = API.Status.STABLE, since = "0.1")
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
