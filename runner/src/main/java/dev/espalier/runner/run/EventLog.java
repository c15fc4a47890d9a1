// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.util.LinkedHashMap;
import java.util.Map;

/** Takes note of what happens. */
@FunctionalInterface
interface EventLog {

  /** Nobody takes note. */
  EventLog NONE = (name, details) -> {};

  /** Notes an event: its name, and what else there is to say. */
  void event(String name, Map<String, ?> details);

  /** These, each with the variant among its details, unless that has no name. */
  default EventLog of(String variant) {
    if (variant.isEmpty()) {
      return this;
    }
    return (name, details) -> {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("variant", variant);
      all.putAll(details);
      event(name, all);
    };
  }
}
