// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.state;

import org.apiguardian.api.API;

/** An exception that ends a trial; its completed steps stay valid. */
@API(status = API.Status.STABLE, since = "0.1")
public final class TrialFailed extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Whether a repetition can succeed. */
  private final boolean isOfMachine;

  /**
   * Creates an exception for a failure that every repetition has.
   *
   * @param message the failure, its place, and a remedy
   */
  public TrialFailed(String message) {
    this(message, false);
  }

  private TrialFailed(String message, boolean isOfMachine) {
    super(message);
    this.isOfMachine = isOfMachine;
  }

  /**
   * Creates an exception for a failure of the machine, such as full memory. A repetition can
   * succeed.
   *
   * @param message the failure and a remedy
   * @return the exception
   */
  public static TrialFailed ofMachine(String message) {
    return new TrialFailed(message, true);
  }

  /**
   * Returns whether the machine failed.
   *
   * @return true if a repetition can succeed
   */
  public boolean isOfMachine() {
    return isOfMachine;
  }
}
