// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A setting that differs between contenders, or an entry of their provenance.
 *
 * @param key its key, such as {@code training.batch-size}
 * @param values by contender, empty where an experiment lacks the setting
 */
record SettingDifference(String key, List<Optional<String>> values) {

  private static final String PROVENANCE = "provenance.";

  /** The settings that differ, by key, and the entries of provenance after them. */
  static List<SettingDifference> of(List<Contender> contenders) {
    List<Map<String, String>> all = contenders.stream().map(SettingDifference::settings).toList();
    TreeSet<String> keys = new TreeSet<>();
    all.forEach(settings -> keys.addAll(settings.keySet()));
    List<SettingDifference> settings = new ArrayList<>();
    List<SettingDifference> provenance = new ArrayList<>();
    for (String key : keys) {
      List<Optional<String>> values =
          all.stream().map(one -> Optional.ofNullable(one.get(key))).toList();
      if (values.stream().distinct().count() > 1) {
        (key.startsWith(PROVENANCE) ? provenance : settings)
            .add(new SettingDifference(key, values));
      }
    }
    settings.addAll(provenance);
    return settings;
  }

  boolean isTraining() {
    return key.startsWith("training.");
  }

  /** Whether a contender has another value than the first. */
  boolean isOf(int contender) {
    return !values.get(contender).equals(values.get(0));
  }

  /** The values of a contender and of the first, in words. */
  String words(int contender) {
    return key
        + " "
        + values.get(contender).orElse("none")
        + ", not "
        + values.get(0).orElse("none");
  }

  /** All settings but names, the variants of the whole run, and the checksums of data. */
  private static Map<String, String> settings(Contender contender) {
    Map<String, String> settings = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : contender.settings().entrySet()) {
      String key = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      if (!key.equals("name")
          && !key.startsWith("variants.")
          && !key.startsWith(PROVENANCE + "data-digests")) {
        settings.put(key, text(entry.getValue()));
      }
    }
    return settings;
  }

  private static String text(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING
        ? value.unwrapped().toString()
        : value.render(ConfigRenderOptions.concise());
  }
}
