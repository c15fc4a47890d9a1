// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Criterion;
import dev.espalier.api.Method;
import dev.espalier.runner.plugin.PluginEntry;
import java.lang.reflect.RecordComponent;
import java.util.Optional;

/**
 * A method with its settings, not yet built: Guice builds it, once per run.
 *
 * @param id its id
 * @param type its class
 * @param settings the settings that its constructor takes
 */
public record MethodChoice(String id, Class<? extends Method> type, Record settings) {

  /** Creates the choice of an entry of kind method. */
  static MethodChoice of(PluginEntry entry, Object settings) {
    return new MethodChoice(entry.id(), entry.type().asSubclass(Method.class), (Record) settings);
  }

  /** The criterion among its settings, if it has one. */
  public Optional<Criterion> criterion() {
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      if (component.getType() == Criterion.class) {
        try {
          return Optional.of((Criterion) component.getAccessor().invoke(settings));
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(component + " cannot be read", e);
        }
      }
    }
    return Optional.empty();
  }
}
