// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import java.util.Iterator;
import java.util.stream.Stream;

/** The words that commands take as arguments; shells complete them. */
final class Ids {

  static final String EXPERIMENT = "experiment";

  private Ids() {}

  /** The names of the built-in experiments. */
  static final class Experiments implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ExperimentReader.builtIn().keySet().iterator();
    }
  }

  /** The plurals of the kinds. */
  static final class Kinds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return kinds(Registry.load()).map(Ids::plural).iterator();
    }
  }

  /** Everything that can be described. */
  static final class Described implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return described(Registry.load()).iterator();
    }
  }

  /** The kinds of ids, with the built-in experiments. */
  static Stream<String> kinds(Registry registry) {
    return Stream.concat(registry.kinds().stream().map(registry::word), Stream.of(EXPERIMENT));
  }

  /** The kinds, the ids of all kinds, the built-in experiments, and sections without an id. */
  static Stream<String> described(Registry registry) {
    return Stream.of(
            kinds(registry),
            Stream.of("training", "cluster", "kubernetes"),
            registry.kinds().stream()
                .flatMap(kind -> registry.all(kind).stream())
                .map(PluginEntry::id),
            ExperimentReader.builtIn().keySet().stream())
        .flatMap(ids -> ids)
        .distinct();
  }

  /** Whether a word is the name of a kind or its plural. */
  static boolean isKind(String kind, String word) {
    return word.equals(kind) || word.equals(plural(kind));
  }

  /** The plural of a kind. */
  static String plural(String kind) {
    return switch (kind) {
      case "criterion" -> "criteria";
      case "data" -> "data";
      default -> kind + "s";
    };
  }
}
