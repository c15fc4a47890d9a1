// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

/** The reaction to a mask under which a layer has lost all its weights, before it is trained. */
public enum OnCollapse {
  /** Print a warning and train. */
  WARN,
  /** End the run, or its variant, as failed; other failures then end it too. */
  FAIL,
  /** End the replicate with the tickets so far, and continue with the others. */
  STOP
}
