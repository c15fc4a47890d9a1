// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/** Checks settings records against their {@link Setting} annotations. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Ranges {

  private Ranges() {}

  /**
   * Refuses values outside the ranges that a record's annotations state; called from compact
   * constructors, so that a record made by hand is as valid as one read from a file.
   *
   * @param type the record
   * @param values its components in order
   * @throws IllegalArgumentException naming every component out of range, what was found and what
   *     is allowed
   */
  public static void check(Class<? extends Record> type, Object... values) {
    List<String> problems = new ArrayList<>();
    RecordComponent[] components = type.getRecordComponents();
    for (int i = 0; i < components.length; i++) {
      String key = Names.key(components[i].getName());
      problem(components[i].getAnnotation(Setting.class), values[i])
          .ifPresent(problem -> problems.add(key + ": " + problem));
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  /**
   * Says what is wrong with one value.
   *
   * @param setting the component's annotation
   * @param value the value, or a list of values
   * @return what was found and what is allowed, or empty if the value is allowed
   */
  public static Optional<String> problem(Setting setting, Object value) {
    if (setting == null) {
      return Optional.empty();
    }
    if (value instanceof String text) {
      return setting.pattern().isEmpty() || text.matches(setting.pattern())
          ? Optional.empty()
          : Optional.of("found \"" + text + "\"; it is " + setting.value());
    }
    if (setting.range().isEmpty()) {
      return Optional.empty();
    }
    List<?> values =
        value instanceof List<?> list
            ? list
            : value instanceof Optional<?> optional ? optional.stream().toList() : List.of(value);
    return values.stream()
        .filter(v -> !contains(setting.range(), ((Number) number(v)).doubleValue()))
        .findFirst()
        .map(v -> "found " + v + ", allowed is " + setting.range());
  }

  /**
   * Checks something that lies under a key: what is wrong with it is said with that key in front.
   *
   * @param key the key, such as {@code criterion}
   * @param check throws IllegalArgumentException if something is wrong
   * @throws IllegalArgumentException if it did, with a message that begins with the key and a dot
   */
  public static void within(String key, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(key + "." + e.getMessage(), e);
    }
  }

  private static Object number(Object value) {
    return value instanceof Span span ? span.count() : value;
  }

  private static boolean contains(String interval, double x) {
    int comma = interval.indexOf(',');
    double low = end(interval.substring(1, comma));
    double high = end(interval.substring(comma + 1, interval.length() - 1));
    return (interval.startsWith("[") ? x >= low : x > low)
        && (interval.endsWith("]") ? x <= high : x < high);
  }

  private static double end(String text) {
    return switch (text.trim()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text.trim());
    };
  }
}
