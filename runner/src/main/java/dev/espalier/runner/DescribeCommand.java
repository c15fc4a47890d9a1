// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import dev.espalier.api.Training;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.runner.cluster.ClusterSettings;
import dev.espalier.runner.cluster.KubernetesSettings;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.DataSettings;
import dev.espalier.runner.config.Experiment;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.MethodChoice;
import dev.espalier.runner.config.ModelSettings;
import dev.espalier.runner.config.Seeds;
import dev.espalier.runner.config.StartingWeights;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.config.SweepSettings;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.run.Screen;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier describe}. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description = "Describes the settings of an id: key, type, default, range and meaning.")
final class DescribeCommand implements Callable<Integer> {

  private static final String CLUSTER = "cluster";
  private static final String KUBERNETES = "kubernetes";

  /** The sections that have no id, and the records that they are read into. */
  private static final Map<String, List<Class<? extends Record>>> SECTIONS =
      new TreeMap<>(
          Map.of(
              "experiment",
              List.of(Experiment.class, Sweep.class, SweepSettings.Section.class),
              "sweep",
              List.of(SweepSettings.class),
              "training",
              List.of(Training.class),
              "data",
              List.of(DataSettings.class),
              "model",
              List.of(ModelSettings.class),
              "weights",
              List.of(StartingWeights.class),
              "seed",
              List.of(Seeds.class),
              CLUSTER,
              List.of(ClusterSettings.class),
              KUBERNETES,
              List.of(KubernetesSettings.class)));

  @Parameters(
      paramLabel = "<id>",
      completionCandidates = Ids.Described.class,
      description =
          "an id or a kind that 'espalier list' names, or experiment, training, data,"
              + " model, weights, seed, sweep, cluster, kubernetes")
  private String id;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Registry registry = Registry.load();
    if (SECTIONS.containsKey(id)) {
      line(id + ", a section of " + place());
      SECTIONS.get(id).forEach(type -> settings(type, registry));
      return ExitCode.DONE;
    }
    List<PluginEntry> found = found(registry);
    String experiment = ExperimentReader.builtIn().get(id);
    if (experiment != null) {
      line(id + ", an experiment");
      line("  " + experiment);
      line("  Run it with 'espalier run " + id + "'; 'espalier show " + id + "' prints its file.");
    } else if (found.isEmpty()) {
      List<String> ids = Ids.described(registry).toList();
      throw new ConfigProblem(Nearest.unknown("no", id, ids) + registry.skippedHint());
    }
    for (PluginEntry named : found) {
      line(named.id() + ", " + article(registry.title(named.kind())));
      line("  " + named.summary());
      named.paper().ifPresent(paper -> line("  " + paper));
      line("  " + named.origin());
      settings(named.settings(), registry);
      findings(named);
    }
    return ExitCode.DONE;
  }

  /** Where a section without an id is. */
  private String place() {
    return id.equals(CLUSTER)
        ? "cluster.conf"
        : id.equals(KUBERNETES) ? "cluster in cluster.conf" : "an experiment";
  }

  /** The kind of an entry with its article. */
  private static String article(String word) {
    return ("aeiou".indexOf(word.charAt(0)) < 0 ? "a " : "an ") + word;
  }

  private void findings(PluginEntry named) {
    named
        .findings()
        .forEach(
            (key, finding) -> {
              line("");
              line("  " + key + ", a finding: " + finding.title());
              line("      " + finding.meaning());
            });
  }

  private void line(String text) {
    Screen screen = Terminal.screen(spec);
    int indent = text.length() - text.stripLeading().length();
    screen.out().println(screen.width().fold(text, indent));
  }

  /** Finds all entries with the id or, if there are none, all entries of the kind. */
  private List<PluginEntry> found(Registry registry) {
    List<PluginEntry> found = registry.find(id);
    return found.isEmpty()
        ? registry.kinds().stream()
            .filter(kind -> Ids.isKind(registry.word(kind), id))
            .flatMap(kind -> registry.all(kind).stream())
            .toList()
        : found;
  }

  private void settings(Class<? extends Record> type, Registry registry) {
    if (type.getRecordComponents().length == 0) {
      line("  no settings");
    }
    for (RecordComponent component : type.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      if (setting == null) {
        continue; // not a key
      }
      line("");
      line(
          "  "
              + (setting.inline() ? "id" : Names.key(component.getName()))
              + " : "
              + word(component.getGenericType(), registry)
              + (setting.range().isEmpty() ? "" : " in " + setting.range())
              + (component.getType() == Optional.class
                  ? ", optional"
                  : setting.defaults().equals(Setting.REQUIRED)
                      ? ", required"
                      : ", default " + setting.defaults()));
      line("      " + setting.value());
    }
  }

  private static String word(Type type, Registry registry) {
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == Map.class) {
        Type element = generic.getActualTypeArguments()[1];
        return element == Object.class
            ? "section of any keys"
            : element == String.class ? "section of texts" : "sections";
      }
      String element = word(generic.getActualTypeArguments()[0], registry);
      return generic.getRawType() == Optional.class ? element : "list of " + element;
    }
    Class<?> raw = (Class<?>) type;
    if (registry.isKind(raw)) {
      return registry.word(raw);
    } else if (raw == MethodChoice.class) {
      return "method";
    } else if (raw == Span.class) {
      return "iterations or epochs";
    } else if (raw.isEnum()) {
      List<String> words = new ArrayList<>();
      for (Object constant : raw.getEnumConstants()) {
        words.add(Names.word((Enum<?>) constant));
      }
      return String.join(" | ", words);
    } else if (raw.isRecord()) {
      return raw == Seeds.class ? "whole number or section" : "section";
    } else if (raw == String.class) {
      return "text";
    } else if (raw == boolean.class) {
      return "true | false";
    }
    return raw == double.class || raw == Double.class ? "number" : "whole number";
  }
}
