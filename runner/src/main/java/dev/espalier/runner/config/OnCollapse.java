// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

/** What to do about a mask under which a layer has lost all its weights, before it is trained. */
public enum OnCollapse {
  /** Say so and train. */
  WARN,
  /** End the run, or its variant, as failed; other failures then end it too. */
  FAIL,
  /** End the replicate with the tickets so far, and go on with the others. */
  STOP
}
