// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The names of the points of a sweep: the last word of each key and its value, such as {@code
 * rewind-to-100-learning-rate-0-001}.
 */
final class PointNames {

  /** The longest value that is spelt out; longer ones have the number of their place. */
  private static final int LONGEST_VALUE = 40;

  /** The longest number without an exponent. */
  private static final int LONGEST_NUMBER = 12;

  private static final String ID = "id";

  private final List<String> names;

  /** Creates the names of points, each a value per axis. */
  PointNames(List<Axis> axes, List<List<ConfigValue>> points) {
    List<String> words = words(axes);
    List<Map<ConfigValue, String>> values = new ArrayList<>();
    for (int i = 0; i < axes.size(); i++) {
      int axis = i;
      values.add(spelt(points.stream().map(point -> point.get(axis)).distinct().toList()));
    }
    List<String> spelt = new ArrayList<>();
    for (List<ConfigValue> point : points) {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < point.size(); i++) {
        parts.add(words.get(i) + "-" + values.get(i).get(point.get(i)));
      }
      spelt.add(String.join("-", parts));
    }
    names = new HashSet<>(spelt).size() == spelt.size() ? spelt : numbered(spelt.size());
  }

  /** The name of a variant at a point; the variant is empty if there is none. */
  String of(String variant, int point) {
    String prefix = variant.isEmpty() ? "" : variant + "-";
    String name = prefix + names.get(point);
    return name.length() <= Experiment.LONGEST_NAME
        ? name
        : prefix + numbered(names.size()).get(point);
  }

  /** Numbers with a leading zero, which no axis to scale takes for a quantity. */
  private static List<String> numbered(int size) {
    int digits = String.valueOf(size).length() + 1;
    List<String> all = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      all.add(String.format(Locale.ROOT, "point-%0" + digits + "d", i));
    }
    return all;
  }

  /** The last word of each key, with words before it where two keys end with the same. */
  private static List<String> words(List<Axis> axes) {
    List<List<String>> paths =
        axes.stream()
            .map(Axis::path)
            .map(
                path ->
                    path.size() > 1 && path.get(path.size() - 1).equals(ID)
                        ? path.subList(0, path.size() - 1)
                        : path)
            .toList();
    List<String> words = new ArrayList<>();
    for (List<String> path : paths) {
      int length = 1;
      while (length < path.size() && isShared(path, length, paths)) {
        length++;
      }
      words.add(word(String.join("-", last(path, length))));
    }
    return words;
  }

  private static boolean isShared(List<String> path, int length, List<List<String>> paths) {
    return paths.stream().filter(other -> last(other, length).equals(last(path, length))).count()
        > 1;
  }

  private static List<String> last(List<String> path, int length) {
    return path.subList(Math.max(0, path.size() - length), path.size());
  }

  /** The words of the values of an axis: their places where two have the same, or a long one. */
  private static Map<ConfigValue, String> spelt(List<ConfigValue> values) {
    List<String> words = values.stream().map(PointNames::spelt).toList();
    boolean isClear =
        new HashSet<>(words).size() == words.size()
            && words.stream().allMatch(word -> word.length() <= LONGEST_VALUE);
    Map<ConfigValue, String> all = new HashMap<>();
    for (int i = 0; i < values.size(); i++) {
      all.put(values.get(i), isClear ? words.get(i) : String.valueOf(i + 1));
    }
    return all;
  }

  private static String spelt(ConfigValue value) {
    if (value instanceof ConfigList list) {
      return or(list.stream().map(PointNames::spelt).collect(Collectors.joining("-")));
    }
    if (value instanceof ConfigObject section) {
      return or(
          section.entrySet().stream()
              .sorted(
                  Map.Entry.comparingByKey(
                      Comparator.comparing((String key) -> !key.equals(ID))
                          .thenComparing(Comparator.naturalOrder())))
              .map(
                  entry ->
                      (entry.getKey().equals(ID) ? "" : word(entry.getKey()) + "-")
                          + spelt(entry.getValue()))
              .collect(Collectors.joining("-")));
    }
    return value.valueType() == ConfigValueType.NUMBER
        ? number(new BigDecimal(value.atKey("it").getString("it")))
        : or(word(String.valueOf(value.unwrapped())));
  }

  private static String or(String text) {
    return text.isEmpty() ? "none" : text;
  }

  /** A text as lower-case words joined by hyphens. */
  private static String word(String text) {
    return text.equals("null")
        ? ""
        : text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }

  private static String number(BigDecimal number) {
    BigDecimal exact = number.stripTrailingZeros();
    String plain = exact.abs().toPlainString();
    String text =
        plain.length() <= LONGEST_NUMBER
            ? plain
            : exact.abs().round(MathContext.DECIMAL64).toString();
    return (exact.signum() < 0 ? "minus-" : "") + word(text);
  }
}
