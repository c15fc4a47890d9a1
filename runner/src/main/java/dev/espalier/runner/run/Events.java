// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.util.Map;

/** Takes note of what happens. */
@FunctionalInterface
interface Events {

  /** Nobody takes note. */
  Events NONE = (name, details) -> {};

  /** Notes an event: its name, and what else there is to say. */
  void event(String name, Map<String, ?> details);
}
