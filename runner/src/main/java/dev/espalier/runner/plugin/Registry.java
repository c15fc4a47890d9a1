// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import dev.espalier.api.Catalog;
import dev.espalier.api.Control;
import dev.espalier.api.Criterion;
import dev.espalier.api.LearningRateSchedule;
import dev.espalier.api.Method;
import dev.espalier.api.Optimizer;
import dev.espalier.api.Pattern;
import dev.espalier.api.Plugin;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scope;
import dev.espalier.api.Split;
import dev.espalier.api.TieRule;
import dev.espalier.api.Tracker;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.data.Deficit;
import dev.espalier.api.data.Objective;
import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.PluginFailed;
import java.lang.module.ResolvedModule;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
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
import java.util.Set;
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
    KINDS.put(Scope.class, "scope");
    KINDS.put(Pattern.class, "pattern");
    KINDS.put(TieRule.class, "tie-rule");
    KINDS.put(Split.class, "split");
    KINDS.put(Control.class, "control");
    KINDS.put(Model.class, "model");
    KINDS.put(Initialiser.class, "initialiser");
    KINDS.put(DataSource.class, "data");
    KINDS.put(Objective.class, "objective");
    KINDS.put(Tokenizer.class, "tokenizer");
    KINDS.put(Augmentation.class, "augmentation");
    KINDS.put(Deficit.class, "deficit");
    KINDS.put(Optimizer.class, "optimizer");
    KINDS.put(LearningRateSchedule.class, "learning-rate-schedule");
    KINDS.put(Tracker.class, "tracker");
  }

  private static final Set<Class<?>> SCALARS =
      Set.of(
          int.class,
          long.class,
          double.class,
          boolean.class,
          Integer.class,
          Double.class,
          String.class);

  private static final String NUMBER = "\\s*(-?inf|[-+0-9.eE]+)\\s*";

  /** The form of a range; see {@link Setting#range}. */
  private static final String INTERVAL = "[\\[(]" + NUMBER + "," + NUMBER + "[\\])]";

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
    registry.skipped.addAll(JarProblems.ofLauncher());
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
        registry.skipped.add(jar(layer, e.getMessage()) + JarProblems.text(e));
      }
    }
    if (layer != null) {
      registry.skipped.addAll(JarProblems.undeclared(layer));
    }
    plugins.sort(Comparator.comparing(plugin -> plugin.getClass().getName()));
    plugins.forEach(registry::add);
    return registry;
  }

  private Optional<Plugin> make(ServiceLoader.Provider<Plugin> provider) {
    try {
      return Optional.of(provider.get());
    } catch (ServiceConfigurationError | LinkageError e) {
      skipped.add(origin(provider.type()) + ": " + JarProblems.text(e));
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
      skipped.add(contribution.origin + ": " + JarProblems.text(e));
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
          word(entry.kind())
              + " \""
              + entry.id()
              + "\": found in "
              + other.origin()
              + " and "
              + entry.origin()
              + ", allowed is one plugin. Remove one of the jars");
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
        throw new PluginProblem(origin + ": " + id + ": found " + type + ", allowed is a record");
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
            origin + ": " + id + ": found kind " + kind + ", allowed is one of " + KINDS.keySet());
      }
      if (!id.matches(Names.PATTERN)) {
        throw new PluginProblem(
            origin + ": found id \"" + id + "\", allowed is lower-case words and hyphens");
      }
      checkReachable(type, id, origin);
      checkReachable(settings, id, origin);
      checkSettings(settings, id, origin);
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

  /** Refuses a record with a component that has no description, or a wrong default or range. */
  private static void checkSettings(Class<?> type, String id, String origin) {
    for (RecordComponent component : type.getRecordComponents()) {
      String name = origin + ": " + id + ": " + type.getName() + "." + component.getName() + ": ";
      Setting setting = component.getAnnotation(Setting.class);
      if (setting == null) {
        throw new PluginProblem(
            name + "found no @Setting, allowed is a component with one. Add its meaning");
      }
      if (!setting.range().isEmpty() && !setting.range().matches(INTERVAL)) {
        throw new PluginProblem(
            name
                + "found the range \""
                + setting.range()
                + "\", allowed is an interval such as [0, 1) or (0, inf)");
      }
      if (!isReadable(component.getGenericType())) {
        throw new PluginProblem(
            name
                + "found type "
                + component.getGenericType().getTypeName()
                + ", allowed is a type that @Setting lists");
      }
      if (component.getType().isRecord() && component.getType() != Span.class) {
        checkSettings(component.getType(), id, origin);
      }
    }
  }

  /** Whether the binder reads values of this type. */
  private static boolean isReadable(Type type) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == Map.class
          ? List.of(Object.class, String.class).contains(generic.getActualTypeArguments()[1])
          : (generic.getRawType() == Optional.class || generic.getRawType() == List.class)
              && isReadable(generic.getActualTypeArguments()[0]);
    }
    return type instanceof Class<?> raw
        && (SCALARS.contains(raw) || raw.isEnum() || raw.isRecord() || KINDS.containsKey(raw));
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

  /**
   * Replaces the class names of plugins in a message by their ids.
   *
   * @param message names classes as {@link PluginFailed#name} does
   */
  public String withIds(String message) {
    String text = message;
    for (PluginEntry entry : KINDS.keySet().stream().flatMap(kind -> all(kind).stream()).toList()) {
      String word = word(entry.kind()) + " ";
      text =
          text.replace(word + entry.type().getName() + " of ", word + "\"" + entry.id() + "\" of ");
    }
    return text;
  }

  /**
   * Names the third-party plugin whose code threw an exception or one of its causes: no code of the
   * runner was called in between.
   *
   * @return such as {@code criterion "mine" of mine.jar threw java.lang.X: message}; empty if it is
   *     a fault of Espalier
   */
  public Optional<String> culprit(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      List<Class<?>> frames = framesOfPlugins(cause);
      if (!frames.isEmpty()) {
        return Optional.of(
            frames.stream()
                    .flatMap(type -> named(type).stream())
                    .findFirst()
                    .orElseGet(() -> PluginFailed.name("class", frames.get(0)))
                + " threw "
                + cause);
      }
    }
    return Optional.empty();
  }

  private Optional<String> named(Class<?> type) {
    return KINDS.keySet().stream()
        .flatMap(kind -> all(kind).stream())
        .filter(entry -> entry.type() == type)
        .map(entry -> withIds(PluginFailed.name(word(entry.kind()), type)))
        .findFirst();
  }

  /** The outermost classes of third-party plugins in a trace, up to the first of the runner. */
  private List<Class<?>> framesOfPlugins(Throwable thrown) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    List<Class<?>> types = new ArrayList<>();
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getClassName().startsWith("dev.espalier.runner.")) {
        break;
      }
      try {
        Class<?> type = Class.forName(frame.getClassName(), false, loader).getNestHost();
        if (!isBuiltIn(type) && origins.contains(origin(type))) {
          types.add(type);
        }
      } catch (ClassNotFoundException | LinkageError e) {
        // A class of the JVM without a name, such as a lambda's.
      }
    }
    return types;
  }

  /** Whether a class comes with Espalier. */
  public static boolean isBuiltIn(Class<?> type) {
    return type.getName().startsWith("dev.espalier.");
  }

  private static String origin(Class<?> type) {
    String jar = PluginFailed.jar(type);
    return type.getModule().isNamed() ? jar + " (" + type.getModule().getName() + ")" : jar;
  }
}
