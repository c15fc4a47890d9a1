// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import org.apiguardian.api.API;

/** An exception that ends a trial; its completed steps stay valid. */
@API(status = API.Status.STABLE, since = "0.1")
public final class TrialFailed extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Creates an exception.
   *
   * @param message the failure, its place, and a remedy
   */
  public TrialFailed(String message) {
    super(message);
  }
}
