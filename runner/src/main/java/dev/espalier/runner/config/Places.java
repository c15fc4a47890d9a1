// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Warning;
import dev.espalier.runner.config.ConfigProblem.Problem;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The file and the line of each key of an experiment. */
public final class Places {

  /** A key between dots, or an index in brackets. */
  private static final Pattern STEP = Pattern.compile("[^.\\[\\]]+|\\[\\d+\\]");

  private final ConfigObject root;

  Places(ConfigObject root) {
    this.root = root;
  }

  /** Creates the problem of a refused key. */
  Problem problem(Refusal refusal) {
    return problem(root, refusal.key(), refusal.toString());
  }

  /** Creates the problem of a key that a warning is about. */
  Problem problem(Warning warning) {
    return problem(root, warning.key(), warning.toString());
  }

  /** Creates the problem of a key with a text. */
  Problem problem(String key, String text) {
    return problem(root, key, key + ": " + text);
  }

  /** Creates the problem of a key of a section, whose path is the key from the root on. */
  static Problem problem(ConfigObject section, String path, Refusal refusal) {
    String inner = path.isEmpty() ? "" : path.substring(0, path.length() - 1);
    return problem(section, refusal.key(), refusal.within(inner).toString());
  }

  private static Problem problem(ConfigObject section, String key, String message) {
    return problem(nearest(section, key), message);
  }

  /** Creates the problem of a value. */
  static Problem problem(ConfigValue value, String message) {
    return new Problem(Place.file(value.origin()), Place.line(value.origin()), message);
  }

  /** Finds the value under a key, or the innermost existing section around it. */
  private static ConfigValue nearest(ConfigObject section, String key) {
    ConfigValue value = section;
    for (String step : STEP.matcher(key).results().map(MatchResult::group).toList()) {
      ConfigValue next = next(value, step);
      if (next == null || next.valueType() == ConfigValueType.NULL) {
        return value;
      }
      value = next;
    }
    return value;
  }

  private static ConfigValue next(ConfigValue value, String step) {
    if (value instanceof ConfigObject section) {
      return section.get(step);
    }
    if (value instanceof ConfigList list && step.startsWith("[")) {
      int index = Integer.parseInt(step.substring(1, step.length() - 1));
      return index < list.size() ? list.get(index) : null;
    }
    return null;
  }
}
