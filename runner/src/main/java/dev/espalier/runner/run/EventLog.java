// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import java.util.LinkedHashMap;
import java.util.Map;

/** A log of events. */
@FunctionalInterface
interface EventLog {

  /** No-op. */
  EventLog NONE = (name, details) -> {};

  /** Appends an event with its name and details. */
  void event(String name, Map<String, ?> details);

  /** Returns a log that adds the variant to the details, unless its name is empty. */
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
