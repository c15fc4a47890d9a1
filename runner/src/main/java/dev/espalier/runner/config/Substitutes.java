// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import dev.espalier.api.Method;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Makes values for settings that cannot be read, so that the other settings can still be checked.
 * Each substitute is a pair of values that are far apart. A check counts only if it refuses both.
 */
final class Substitutes {

  /** The end of a range without an end. It exceeds every length, and products of it fit a long. */
  private static final long LARGE = 1_000_000_000;

  /** The depth of settings in settings, beyond which there is no substitute. */
  private static final int DEEPEST = 4;

  /**
   * A value of a setting, twice if it is a substitute.
   *
   * @param low the default, or the smallest value
   * @param high the largest value; equal to {@code low} for a value of the file
   */
  record Value(Object low, Object high) {
    static Value of(Object value) {
      return new Value(value, value);
    }
  }

  private final Registry registry;

  Substitutes(Registry registry) {
    this.registry = registry;
  }

  /** Returns a substitute; null if none can be made. */
  Value of(RecordComponent component) {
    Object low = of(component, false, 0);
    Object high = of(component, true, 0);
    return low == null ? null : new Value(low, high == null ? low : high);
  }

  private Object of(RecordComponent component, boolean high, int depth) {
    Setting setting = Binder.setting(component);
    boolean hasDefault = !setting.defaults().equals(Setting.REQUIRED);
    if (hasDefault && (!high || setting.range().isEmpty())) {
      return standard(component, setting);
    }
    Object value = of(component.getGenericType(), setting.range(), high, depth);
    return value == null || Ranges.problem(setting, value).isPresent() ? null : value;
  }

  /** The default of a component, read as if it were in a file. */
  private Object standard(RecordComponent component, Setting setting) {
    return new Binder(registry).convertDefault(component, setting);
  }

  private Object of(Type type, String range, boolean high, int depth) {
    if (depth > DEEPEST) {
      return null;
    }
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        return high && !range.isEmpty()
            ? Optional.ofNullable(of(element, range, false, depth))
            : Optional.empty();
      }
      Object one = of(element, range, high, depth);
      return one == null ? null : List.of(one);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == MethodChoice.class) {
      return made(Method.class, high, depth);
    } else if (registry.isKind(raw)) {
      // The largest network may exceed the memory.
      return made(raw, high && raw != Model.class && raw != DataSource.class, depth);
    } else if (raw == Span.class) {
      return Span.iterations((long) bound(range, high));
    } else if (raw.isRecord()) {
      return record(raw.asSubclass(Record.class), high, depth);
    } else if (raw.isEnum()) {
      Object[] constants = raw.getEnumConstants();
      return constants[high ? constants.length - 1 : 0];
    } else if (raw == boolean.class) {
      return high;
    } else if (raw == String.class) {
      return "x";
    }
    return number(raw, bound(range, high));
  }

  private static Object number(Class<?> raw, double bound) {
    if (raw == int.class || raw == Integer.class) {
      return (int) bound;
    }
    return raw == long.class ? (Object) (long) bound : (Object) bound;
  }

  /** A number near an end of an interval such as {@code [0, inf)}; 0 or 1 without an interval. */
  private static double bound(String range, boolean high) {
    if (range.isEmpty()) {
      return high ? 1 : 0;
    }
    int comma = range.indexOf(',');
    double first = end(range.substring(1, comma), -LARGE);
    double last = end(range.substring(comma + 1, range.length() - 1), LARGE);
    double inside = Math.min(1, (last - first) / 4);
    if (high) {
      return range.endsWith("]") || last == LARGE ? last : last - inside;
    }
    return range.startsWith("[") ? first : first + inside;
  }

  private static double end(String text, double infinite) {
    return text.strip().endsWith("inf") ? infinite : Double.parseDouble(text.strip());
  }

  /** The first or the last entry of a kind that can be made. */
  private Object made(Class<?> kind, boolean last, int depth) {
    List<Object> all = new ArrayList<>();
    for (PluginEntry entry : registry.all(kind)) {
      Object settings = record(entry.settings(), last, depth + 1);
      if (settings != null) {
        Object value = kind == Method.class ? MethodChoice.of(entry, settings) : settings;
        if (!last) {
          return value;
        }
        all.add(value);
      }
    }
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  private Object record(Class<? extends Record> type, boolean high, int depth) {
    Object[] values =
        Arrays.stream(type.getRecordComponents())
            .map(component -> of(component, high, depth + 1))
            .toArray();
    try {
      return Arrays.stream(values).allMatch(Objects::nonNull) ? construct(type, values) : null;
    } catch (RefusedException e) {
      return null;
    }
  }

  /**
   * Makes a record.
   *
   * @throws RefusedException if its constructor refuses the values
   */
  static Object construct(Class<? extends Record> type, Object... values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<? extends Record> constructor = type.getConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw new IllegalStateException(type + " cannot be made", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          type + " must be public, in an exported package, with a public constructor", e);
    }
  }
}
