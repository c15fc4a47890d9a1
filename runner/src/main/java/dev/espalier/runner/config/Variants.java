// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The variants of an experiment's file in order. Sections lose the order of their keys, but values
 * have their lines.
 */
final class Variants {

  static final String KEY = "variants";

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private Variants() {}

  /**
   * Returns the variants in the order of their lines in the file, and then of the assignments that
   * add some; those on the same line by name.
   *
   * @param all the experiment with all assignments
   * @param layers the file, and each assignment
   * @param binder collects values that are no sections
   * @return the value under each name
   */
  static Map<String, ConfigValue> in(ConfigObject all, List<Config> layers, Binder binder) {
    ConfigValue found = all.get(KEY);
    if (isNull(found)) {
      return Map.of();
    }
    if (!(found instanceof ConfigObject variants)) {
      binder.wrong(found, KEY, "a section with a section for each variant");
      return Map.of();
    }
    Map<String, ConfigValue> ordered = new LinkedHashMap<>();
    Stream.concat(layers.stream().map(Config::root), Stream.of(all))
        .flatMap(layer -> byLine(layer).stream())
        .filter(name -> !isNull(variants.get(name)))
        .forEach(name -> ordered.put(name, variants.get(name)));
    return ordered;
  }

  static boolean isNull(ConfigValue value) {
    return value == null || value.valueType() == ConfigValueType.NULL;
  }

  private static List<String> byLine(ConfigObject layer) {
    try {
      return layer.get(KEY) instanceof ConfigObject variants
          ? variants.keySet().stream()
              .sorted(
                  Comparator.comparingInt((String name) -> variants.get(name).origin().lineNumber())
                      .thenComparing(Variants::byNumbers))
              .toList()
          : List.of();
    } catch (ConfigException.NotResolved e) {
      return List.of(); // merged from elsewhere: known when all is resolved
    }
  }

  /** A sort key for which k-2 comes before k-16. */
  private static String byNumbers(String name) {
    return NUMBER
        .matcher(name)
        .replaceAll(
            digits -> "0".repeat(Math.max(0, 20 - digits.group().length())) + digits.group());
  }
}
