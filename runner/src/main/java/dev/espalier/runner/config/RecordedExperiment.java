// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.plugin.Registry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The content of the {@code experiment.conf} of a run: maps, lists, text, numbers and booleans. It
 * can be read without the plugins that it names.
 *
 * @param common the settings that all variants share
 * @param variants the rest of each variant, in order; none of an experiment without variants
 * @param provenance the other facts that its results depend on
 */
public record RecordedExperiment(
    Map<String, Object> common,
    Map<String, Map<String, Object>> variants,
    Map<String, Object> provenance) {

  /**
   * Reads a file that {@link #render} wrote.
   *
   * @throws ConfigProblem if it is missing, or cannot be read
   */
  public static RecordedExperiment read(Path file) {
    try {
      Config config =
          Files.isRegularFile(file)
              ? ConfigFile.read(file).config().resolve()
              : ConfigFactory.empty();
      if (config.isEmpty()) {
        throw ConfigProblem.of(
            List.of(
                new Refusal(
                    file.toString(), "no experiment", "what every run writes", "Put it back")));
      }
      Binder binder = new Binder(Registry.of());
      Map<String, Object> variants = new LinkedHashMap<>();
      Variants.in(config.root(), List.of(config), binder)
          .forEach((name, section) -> variants.put(name, sorted(section.unwrapped())));
      binder.refuse();
      Map<String, Object> all = section(sorted(config.root().unwrapped()));
      Map<String, Object> provenance = section(all.remove(ExperimentReader.PROVENANCE));
      all.remove(Variants.KEY);
      if (!variants.isEmpty()) {
        all.put(Variants.KEY, variants);
      }
      return of(all, provenance);
    } catch (ConfigException e) {
      throw ConfigFile.unresolved(e, file.toString());
    }
  }

  /**
   * Splits the result of {@link #experiment} into its parts.
   *
   * @throws ConfigProblem if a section is expected and another value found
   */
  public static RecordedExperiment of(
      Map<String, Object> experiment, Map<String, Object> provenance) {
    Map<String, Object> common = new LinkedHashMap<>(experiment);
    Map<String, Map<String, Object>> variants = new LinkedHashMap<>();
    section(common.remove(Variants.KEY))
        .forEach((name, value) -> variants.put(name, section(value)));
    return new RecordedExperiment(common, variants, provenance);
  }

  /** All but the provenance, with the variants under a separate key. */
  public Map<String, Object> experiment() {
    Map<String, Object> all = new LinkedHashMap<>(common);
    if (!variants.isEmpty()) {
      all.put(Variants.KEY, variants);
    }
    return all;
  }

  /**
   * The settings of one variant.
   *
   * @param variant its name; empty for an experiment without variants
   */
  public Map<String, Object> of(String variant) {
    Map<String, Object> all = new LinkedHashMap<>(common);
    all.putAll(variants.getOrDefault(variant, Map.of()));
    return all;
  }

  /** Writes the whole as a configuration file. */
  public String render() {
    Map<String, Object> all = new LinkedHashMap<>(common);
    all.put(ExperimentReader.PROVENANCE, provenance);
    // Each variant has a separate section: within one they would be sorted.
    return Stream.concat(
            Stream.of(all),
            variants.entrySet().stream()
                .map(entry -> Map.of(Variants.KEY, Map.of(entry.getKey(), entry.getValue()))))
        .map(
            part ->
                ConfigValueFactory.fromMap(part)
                    .withOrigin(ConfigOriginFactory.newSimple(String.valueOf(common.get("name"))))
                    .render(ConfigRenderOptions.defaults().setOriginComments(false).setJson(false)))
        .collect(Collectors.joining());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> section(Object value) {
    if (value == null) {
      return new LinkedHashMap<>();
    }
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw ConfigProblem.of(List.of(new Refusal("experiment", value, "a section { ... }")));
  }

  /** Sorts a value, so that its order does not depend on hashes. */
  private static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, element) -> sorted.put((String) key, sorted(element)));
      return sorted;
    }
    return value instanceof List<?> list
        ? list.stream().map(RecordedExperiment::sorted).toList()
        : value;
  }
}
