// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import dev.espalier.api.Catalog;
import dev.espalier.api.Control;
import dev.espalier.api.Criterion;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Method;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Plugin;
import dev.espalier.api.Schedule;
import dev.espalier.api.Split;
import dev.espalier.api.TieRule;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Names;
import java.lang.module.ResolvedModule;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** All entries of plugins, by kind and id. */
public final class Registry {

  /** The kinds, with the word for each, in the order of listing. */
  private static final Map<Class<?>, String> KINDS = new LinkedHashMap<>();

  static {
    KINDS.put(Method.class, "method");
    KINDS.put(Criterion.class, "criterion");
    KINDS.put(Schedule.class, "schedule");
    KINDS.put(TieRule.class, "tie-rule");
    KINDS.put(Split.class, "split");
    KINDS.put(Control.class, "control");
    KINDS.put(Model.class, "model");
    KINDS.put(Initialiser.class, "initialiser");
    KINDS.put(DataSource.class, "data");
    KINDS.put(Augmentation.class, "augmentation");
    KINDS.put(Deficit.class, "deficit");
    KINDS.put(Optimizer.class, "optimizer");
    KINDS.put(LearningRateSchedule.class, "learning-rate-schedule");
  }

  private final Map<Class<?>, TreeMap<String, PluginEntry>> named = new LinkedHashMap<>();
  private final List<String> origins = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  private Registry() {
    KINDS.keySet().forEach(kind -> named.put(kind, new TreeMap<>()));
  }

  /**
   * Loads every plugin, in the order of their class names. One that cannot be loaded is skipped
   * with a reason.
   *
   * @throws PluginProblem if two plugins claim one id, naming both jars
   */
  public static Registry load() {
    Registry registry = new Registry();
    String launcher = System.getProperty("espalier.skipped", "");
    launcher.lines().forEach(registry.skipped::add);
    ModuleLayer layer = Registry.class.getModule().getLayer();
    ServiceLoader<Plugin> loader =
        layer == null ? ServiceLoader.load(Plugin.class) : ServiceLoader.load(layer, Plugin.class);
    List<Plugin> plugins = new ArrayList<>();
    Iterator<ServiceLoader.Provider<Plugin>> providers = loader.stream().iterator();
    boolean more = true;
    while (more) {
      try {
        more = providers.hasNext();
        if (more) {
          registry.make(providers.next()).ifPresent(plugins::add);
        }
      } catch (ServiceConfigurationError e) {
        // One that cannot be read at all; the loader continues with the next.
        registry.skipped.add(jar(layer, e.getMessage()) + e.getMessage());
      }
    }
    plugins.sort(Comparator.comparing(plugin -> plugin.getClass().getName()));
    plugins.forEach(registry::add);
    return registry;
  }

  private Optional<Plugin> make(ServiceLoader.Provider<Plugin> provider) {
    try {
      return Optional.of(provider.get());
    } catch (ServiceConfigurationError | LinkageError e) {
      skipped.add(origin(provider.type()) + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * The jar of the plugin class that a message names; empty on the class path, where it is missing.
   */
  private static String jar(ModuleLayer layer, String message) {
    if (layer == null) {
      return "";
    }
    return layer.configuration().modules().stream()
        .map(ResolvedModule::reference)
        .filter(
            module ->
                module.descriptor().provides().stream()
                    .filter(provides -> provides.service().equals(Plugin.class.getName()))
                    .flatMap(provides -> provides.providers().stream())
                    .anyMatch(message::contains))
        .flatMap(module -> module.location().stream())
        .map(location -> Path.of(location).getFileName() + ": ")
        .findFirst()
        .orElse("");
  }

  /** Creates a registry of the given plugins alone, for tests. */
  public static Registry of(Plugin... plugins) {
    Registry registry = new Registry();
    List.of(plugins).forEach(registry::add);
    return registry;
  }

  private void add(Plugin plugin) {
    Contribution contribution = new Contribution(origin(plugin.getClass()));
    try {
      plugin.contribute(contribution);
    } catch (LinkageError e) {
      skipped.add(contribution.origin + ": " + e + "; it was made for another version of the api");
      return;
    } catch (PluginProblem e) {
      throw e;
    } catch (RuntimeException e) {
      skipped.add(contribution.origin + ": " + e);
      return;
    }
    contribution.entries.forEach(this::add);
    origins.add(contribution.origin);
  }

  private void add(PluginEntry entry) {
    PluginEntry other = named.get(entry.kind()).putIfAbsent(entry.id(), entry);
    if (other != null) {
      throw new PluginProblem(
          "two plugins bring the "
              + word(entry.kind())
              + " \""
              + entry.id()
              + "\": "
              + other.origin()
              + " and "
              + entry.origin()
              + "; remove one of the jars");
    }
  }

  /** Collects the entries of one plugin. */
  private static final class Contribution implements Catalog {

    private final String origin;
    private final List<PluginEntry> entries = new ArrayList<>();

    Contribution(String origin) {
      this.origin = origin;
    }

    @Override
    public <T> Entry add(Class<T> kind, String id, Class<? extends T> type) {
      if (!type.isRecord()) {
        throw new PluginProblem(origin + ": " + id + " is " + type + ", allowed is a record");
      }
      return entry(kind, id, type, type.asSubclass(Record.class));
    }

    @Override
    public Entry method(String id, Class<? extends Method> type, Class<? extends Record> settings) {
      return entry(Method.class, id, type, settings);
    }

    private Entry entry(Class<?> kind, String id, Class<?> type, Class<? extends Record> settings) {
      if (!KINDS.containsKey(kind)) {
        throw new PluginProblem(
            origin + ": " + id + " is of kind " + kind + ", allowed are " + KINDS.keySet());
      }
      if (!id.matches(Names.PATTERN)) {
        throw new PluginProblem(
            origin + ": found id \"" + id + "\", allowed are lower-case words and hyphens");
      }
      checkReachable(type, id, origin);
      checkReachable(settings, id, origin);
      PluginEntry entry = new PluginEntry(kind, id, type, settings, origin);
      entries.add(entry);
      return entry;
    }
  }

  /**
   * Refuses a class that the runner cannot access, and a record with a component of such a class.
   * Settings are read into it, and its components are part of the keys of steps.
   */
  private static void checkReachable(Class<?> type, String id, String origin) {
    Module module = type.getModule();
    if (!Modifier.isPublic(type.getModifiers())
        || !module.isExported(type.getPackageName(), Registry.class.getModule())) {
      throw new PluginProblem(
          origin
              + ": "
              + id
              + ": found "
              + type.getName()
              + ", which the runner cannot reach, allowed is a public class in an exported package."
              + " Make it public"
              + (module.isNamed()
                  ? ", and export " + type.getPackageName() + " in its module"
                  : ""));
    }
    if (type.isRecord()) {
      Arrays.stream(type.getRecordComponents())
          .map(RecordComponent::getType)
          .filter(Class::isRecord)
          .forEach(component -> checkReachable(component, id, origin));
    }
  }

  /** Whether values of this type are chosen by id. */
  public boolean isKind(Class<?> type) {
    return KINDS.containsKey(type);
  }

  /** The word for a kind, such as {@code criterion}. */
  public String word(Class<?> kind) {
    return KINDS.get(kind);
  }

  /** The name of a kind in a sentence, such as {@code data set}. */
  public String title(Class<?> kind) {
    return kind == DataSource.class ? "data set" : word(kind);
  }

  /** The kinds. */
  public Collection<Class<?>> kinds() {
    return KINDS.keySet();
  }

  /** All entries of a kind, by id. */
  public Collection<PluginEntry> all(Class<?> kind) {
    return named.get(kind).values();
  }

  /** The entry of a kind with an id. */
  public Optional<PluginEntry> find(Class<?> kind, String id) {
    return Optional.ofNullable(named.get(kind).get(id));
  }

  /** All entries of any kind with an id. */
  public List<PluginEntry> find(String id) {
    return KINDS.keySet().stream().flatMap(kind -> find(kind, id).stream()).toList();
  }

  /** The id of a class in this registry. */
  public String idOf(Class<?> kind, Class<?> type) {
    return all(kind).stream()
        .filter(entry -> entry.type().equals(type))
        .map(PluginEntry::id)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no plugin brings " + type));
  }

  /** The jars of the plugins. */
  public List<String> origins() {
    return List.copyOf(origins);
  }

  /** The jars that could not be loaded, each with the reason. */
  public List<String> skipped() {
    return List.copyOf(skipped);
  }

  /** A hint for messages about missing ids: the jars that were skipped. */
  public String skippedHint() {
    return skipped.isEmpty()
        ? ""
        : skipped.stream().collect(Collectors.joining("; ", " (not loaded: ", ")"));
  }

  private static String origin(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    String jar = type.getName();
    if (source != null && source.getLocation() != null) {
      Path file = Path.of(URI.create(source.getLocation().toString())).getFileName();
      jar = String.valueOf(file);
    }
    return type.getModule().isNamed() ? jar + " (" + type.getModule().getName() + ")" : jar;
  }
}
