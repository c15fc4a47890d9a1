// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.lang.reflect.RecordComponent;
import org.apiguardian.api.API;

/**
 * The rule for settings that were added after results had been stored; see {@link Setting#later}.
 */
@API(status = API.Status.INTERNAL, since = "0.1")
public final class LaterSettings {

  private LaterSettings() {}

  /**
   * Returns whether digests and keys leave a component out.
   *
   * @param component a component of a settings record
   * @param value its value
   * @return true if its setting was added later and has its default
   */
  public static boolean isLeftOut(RecordComponent component, Object value) {
    Setting setting = component.getAnnotation(Setting.class);
    return setting != null && setting.later() && setting.defaults().equals(text(value));
  }

  private static String text(Object value) {
    return value instanceof Enum<?> constant ? Names.word(constant) : String.valueOf(value);
  }
}
