// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.lang.invoke.MethodType;
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
   * Checks that each value of a list is lower than the one before.
   *
   * @param key the key of the list, which says what its values are
   * @param values the values
   * @throws RefusedException naming the first two that do not fall
   */
  public static void checkFalling(String key, List<Double> values) {
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i) >= values.get(i - 1)) {
        throw new RefusedException(
            key, values.get(i) + " after " + values.get(i - 1), "a list of falling " + key);
      }
    }
  }

  /**
   * Checks values against the ranges of a record's annotations. Compact constructors call it, so
   * that records from code and from files have the same checks.
   *
   * @param type the record
   * @param values its components in order
   * @throws RefusedException for every component out of range, with the found and the allowed
   *     values
   * @throws IllegalStateException if the number of values differs from the number of components, or
   *     a value has another type than its component
   */
  public static void check(Class<? extends Record> type, Object... values) {
    RecordComponent[] components = type.getRecordComponents();
    if (values.length != components.length) {
      throw new IllegalStateException(
          new Refusal(type.getName(), values.length + " values", components.length + " components")
              .toString());
    }
    List<Refusal> refusals = new ArrayList<>();
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      if (!MethodType.methodType(component.getType()).wrap().returnType().isInstance(values[i])) {
        throw new IllegalStateException(
            new Refusal(
                    type.getName() + "." + component.getName(),
                    values[i] == null ? "null" : "a " + values[i].getClass().getName(),
                    "a " + component.getType().getName())
                .toString());
      }
      problem(component.getAnnotation(Setting.class), values[i])
          .ifPresent(problem -> refusals.add(problem.within(Names.key(component.getName()))));
    }
    if (!refusals.isEmpty()) {
      throw new RefusedException(refusals);
    }
  }

  /**
   * Checks one value.
   *
   * @param setting the component's annotation
   * @param value the value, a list of values, or an optional one
   * @return a refusal without a key, or empty if the value is allowed
   */
  public static Optional<Refusal> problem(Setting setting, Object value) {
    if (setting == null) {
      return Optional.empty();
    }
    if (value instanceof Optional<?> optional) {
      return optional.flatMap(there -> problem(setting, there));
    }
    if (value instanceof String text) {
      return setting.pattern().isEmpty() || text.matches(setting.pattern())
          ? Optional.empty()
          : Optional.of(
              new Refusal(
                  "",
                  "\"" + text + "\"",
                  "text that matches " + setting.pattern(),
                  "It is " + setting.value()));
    }
    if (setting.range().isEmpty()) {
      return Optional.empty();
    }
    List<?> values = value instanceof List<?> list ? list : List.of(value);
    return values.stream()
        .filter(v -> !contains(setting.range(), ((Number) number(v)).doubleValue()))
        .findFirst()
        .map(v -> new Refusal("", v, setting.range()));
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
