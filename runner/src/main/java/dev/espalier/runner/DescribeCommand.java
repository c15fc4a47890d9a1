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
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
      arity = "0..1",
      completionCandidates = Ids.Described.class,
      description =
          "an id or a kind that 'espalier list' names, or experiment, training, data,"
              + " model, weights, seed, sweep, cluster, kubernetes")
  private String id;

  @Option(names = "--all", description = "describes all sections, ids and experiments")
  private boolean all;

  @Option(names = "--markdown", description = "prints Markdown, as in docs/reference.md")
  private boolean markdown;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (all == (id != null)) {
      throw new ParameterException(spec.commandLine(), "allowed is an <id> or --all");
    }
    Registry registry = Registry.load();
    if (all) {
      all(registry);
    } else {
      describe(registry);
    }
    return ExitCode.DONE;
  }

  private void all(Registry registry) {
    title("# Reference", "Written by `espalier describe --all --markdown`.");
    title("\n## sections", "Settings without an id.");
    SECTIONS.keySet().forEach(section -> section(section, registry));
    for (Class<?> kind : registry.kinds()) {
      title("\n## " + Ids.plural(registry.word(kind)), "Each is a plugin.");
      registry.all(kind).forEach(named -> entry(named, registry));
    }
    title("\n## experiments", "`espalier show <experiment>` prints the file.");
    ExperimentReader.builtIn().forEach(this::experiment);
  }

  private void describe(Registry registry) {
    if (SECTIONS.containsKey(id)) {
      section(id, registry);
      return;
    }
    List<PluginEntry> found = found(registry);
    String experiment = ExperimentReader.builtIn().get(id);
    if (experiment != null) {
      experiment(id, experiment);
    } else if (found.isEmpty()) {
      List<String> ids = Ids.described(registry).toList();
      throw new ConfigProblem(Nearest.unknown("no", id, ids) + registry.skippedHint());
    }
    found.forEach(named -> entry(named, registry));
  }

  private void section(String name, Registry registry) {
    heading(name, "a section of " + place(name));
    SECTIONS.get(name).forEach(type -> settings(type, registry));
  }

  private void experiment(String name, String sentence) {
    heading(name, "an experiment");
    text(sentence);
    if (!all) {
      text(
          "Run it with 'espalier run " + name + "'; 'espalier show " + name + "' prints its file.");
    }
  }

  private void entry(PluginEntry named, Registry registry) {
    heading(named.id(), article(registry.title(named.kind())));
    text(named.summary());
    named.paper().ifPresent(this::text);
    if (!all) {
      text(named.origin());
    }
    settings(named.settings(), registry);
    findings(named);
  }

  /** Where a section without an id is. */
  private static String place(String section) {
    return section.equals(CLUSTER)
        ? "cluster.conf"
        : section.equals(KUBERNETES) ? "cluster in cluster.conf" : "an experiment";
  }

  /** The kind of an entry with its article. */
  private static String article(String word) {
    return ("aeiou".indexOf(word.charAt(0)) < 0 ? "a " : "an ") + word;
  }

  private void findings(PluginEntry named) {
    named
        .findings()
        .forEach(
            (key, finding) -> item(key + ", a finding: " + finding.title(), finding.meaning()));
  }

  /** A title of several entries, in Markdown only. */
  private void title(String title, String sentence) {
    if (markdown) {
      line(title + "\n\n" + sentence + "\n");
    }
  }

  private void heading(String name, String what) {
    line(markdown ? "\n### `" + name + "`, " + what + "\n" : name + ", " + what);
  }

  private void text(String sentence) {
    line(markdown ? sentence + "\n" : "  " + sentence);
  }

  private void item(String signature, String meaning) {
    if (markdown) {
      line("- `" + signature + "`<br>\n  " + meaning);
    } else {
      line("");
      line("  " + signature);
      line("      " + meaning);
    }
  }

  private void line(String text) {
    Screen screen = Terminal.screen(spec);
    if (markdown) {
      screen.out().println(text);
      return;
    }
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
      text("no settings");
    }
    for (RecordComponent component : type.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      if (setting == null) {
        continue; // not a key
      }
      item(
          (setting.inline() ? "id" : Names.key(component.getName()))
              + " : "
              + word(component.getGenericType(), registry)
              + (setting.range().isEmpty() ? "" : " in " + setting.range())
              + (component.getType() == Optional.class
                  ? ", optional"
                  : setting.defaults().equals(Setting.REQUIRED)
                      ? ", required"
                      : ", default " + setting.defaults()),
          setting.value());
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
