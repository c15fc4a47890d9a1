// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.results.RecordedRun;
import dev.espalier.runner.results.VariantRanking;
import dev.espalier.runner.store.RunLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The settings that differ between many variants, with the rank of each variant; as data of a page.
 */
final class SweepTable {

  private SweepTable() {}

  /**
   * The data of a sweep: the best variants, the keys that differ, and for each variant, the best
   * one first, its name, its validation value and its values.
   */
  static Map<String, Object> of(RecordedRun run, VariantRanking ranking) {
    RecordedExperiment experiment =
        RecordedExperiment.read(run.folder().resolve(RunLayout.EXPERIMENT));
    Map<String, Map<String, Object>> settings = new LinkedHashMap<>();
    for (String variant : ranking.variants()) {
      Map<String, Object> flat = new TreeMap<>();
      flatten("", experiment.of(variant), flat);
      settings.put(variant, flat);
    }
    List<String> keys = different(settings.values().stream().toList());
    Map<String, Object> sweep = new LinkedHashMap<>();
    sweep.put("best", ranking.best());
    sweep.put("keys", keys);
    List<Map<String, Object>> rows = new ArrayList<>();
    settings.forEach(
        (variant, values) -> {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("variant", variant);
          ranking.validation(variant).ifPresent(value -> row.put("validation", value));
          row.put("values", keys.stream().map(key -> values.getOrDefault(key, "")).toList());
          rows.add(row);
        });
    sweep.put("rows", rows);
    return sweep;
  }

  /** The keys whose values differ; those with the most values first. */
  private static List<String> different(List<Map<String, Object>> all) {
    Map<String, Set<Object>> values = new TreeMap<>();
    for (Map<String, Object> one : all) {
      one.forEach(
          (key, value) -> values.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(value));
    }
    for (Map.Entry<String, Set<Object>> entry : values.entrySet()) {
      if (all.stream().anyMatch(one -> !one.containsKey(entry.getKey()))) {
        entry.getValue().add("");
      }
    }
    values.values().removeIf(of -> of.size() < 2);
    return values.entrySet().stream()
        .filter(entry -> !followsId(entry.getKey(), values.keySet(), all))
        .sorted(
            Comparator.comparing(
                (Map.Entry<String, Set<Object>> entry) -> -entry.getValue().size()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether an id determines a value: that of a default of the chosen plugin. */
  private static boolean followsId(
      String key, Set<String> different, List<Map<String, Object>> all) {
    for (int dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
      String id = key.substring(0, dot) + ".id";
      if (different.contains(id) && !key.equals(id)) {
        Map<Object, Object> byId = new HashMap<>();
        if (all.stream()
            .allMatch(
                one -> {
                  Object value = one.getOrDefault(key, "");
                  return value.equals(
                      Objects.requireNonNullElse(byId.putIfAbsent(one.get(id), value), value));
                })) {
          return true;
        }
      }
    }
    return false;
  }

  /** Adds the values of a section by their whole keys; a list is one value. */
  private static void flatten(String prefix, Object value, Map<String, Object> into) {
    if (value instanceof Map<?, ?> section) {
      section.forEach(
          (key, inner) -> flatten(prefix.isEmpty() ? "" + key : prefix + "." + key, inner, into));
    } else {
      into.put(prefix, value instanceof Number ? value : Objects.toString(value));
    }
  }
}
