// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

/** The exit codes of commands. */
final class ExitCode {

  /** Success. */
  static final int DONE = 0;

  /** An internal error. */
  static final int FAULT = 1;

  /** A mistake of the user. */
  static final int MISTAKE = 2;

  /** Interrupted, with the state kept. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
