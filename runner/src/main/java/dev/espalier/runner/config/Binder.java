// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.espalier.api.Method;
import dev.espalier.api.settings.LaterSettings;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.config.Substitutes.Value;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads sections of a configuration into records, and writes records as sections. It collects all
 * problems, and substitutes other values for refused ones, so that later checks find further
 * problems.
 */
public final class Binder {

  /** Parsed defaults: variants by the thousand have the same ones. */
  private static final Map<String, ConfigValue> DEFAULTS = new ConcurrentHashMap<>();

  private final Registry registry;
  private final boolean isForDigest;
  private final Set<String> incomplete;
  private final Substitutes substitutes;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> unsure = new LinkedHashSet<>();
  private final Set<String> absent = new LinkedHashSet<>();

  /** Creates a binder that finds ids in a registry. */
  public Binder(Registry registry) {
    this(registry, Set.of());
  }

  /**
   * Creates a binder that finds ids in a registry.
   *
   * @param incomplete sections of which keys are unknown; the root is empty
   */
  Binder(Registry registry, Set<String> incomplete) {
    this(registry, incomplete, false);
  }

  private Binder(Registry registry, Set<String> incomplete, boolean isForDigest) {
    this.registry = registry;
    this.incomplete = incomplete;
    this.isForDigest = isForDigest;
    substitutes = new Substitutes(registry);
  }

  /** Creates a binder that writes what digests contain; see {@link LaterSettings}. */
  static Binder forDigest(Registry registry) {
    return new Binder(registry, Set.of(), true);
  }

  /**
   * Reads a section into a record.
   *
   * @param type the record
   * @param section the section
   * @param ignored keys that are allowed and not read
   * @throws ConfigProblem naming all problems of the section
   */
  public <R extends Record> R read(Class<R> type, ConfigObject section, Set<String> ignored) {
    Value value = record(type, section, "", ignored);
    refuse();
    return type.cast(value.low());
  }

  /**
   * Reads a section as far as possible; see {@link Reading}.
   *
   * @param type the record
   * @param section the section
   * @param ignored keys that are allowed and not read
   */
  <R extends Record> Reading<R> bind(Class<R> type, ConfigObject section, Set<String> ignored) {
    Value value = record(type, section, "", ignored);
    return new Reading<>(
        value == null ? null : type.cast(value.low()),
        value == null ? null : type.cast(value.high()),
        unsure,
        absent,
        new Places(section));
  }

  /** The problems so far. */
  List<Problem> problems() {
    return problems;
  }

  /** Throws if there are problems so far. */
  void refuse() {
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
  }

  /** Reads a section; null if no record can be made of it, not even with substitutes. */
  private Value record(
      Class<? extends Record> type, ConfigObject section, String path, Set<String> known) {
    Set<String> misspelt = refuseUnknown(keys(type, section), section, path, known);
    RecordComponent[] components = type.getRecordComponents();
    Value[] values = new Value[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = component(components[i], section, path, misspelt);
    }
    try {
      return make(type, values);
    } catch (RefusedException e) {
      for (Refusal refusal : e.refusals()) {
        if (!Reading.isRelated(within(path, refusal.key()), unsure)) {
          problems.add(Places.problem(section, path, refusal));
        }
        substitute(components, refusal.key(), values, path);
      }
    }
    try {
      return make(type, values);
    } catch (RefusedException e) {
      return null;
    }
  }

  /** Makes the record, and that of the other substitutes if it can be made. */
  private static Value make(Class<? extends Record> type, Value... values) {
    if (Arrays.asList(values).contains(null)) {
      return null;
    }
    Object[] lows = Arrays.stream(values).map(Value::low).toArray();
    Object[] highs = Arrays.stream(values).map(Value::high).toArray();
    if (Arrays.equals(lows, highs)) {
      return Value.of(Substitutes.construct(type, lows));
    }
    Object high;
    try {
      high = Substitutes.construct(type, highs);
    } catch (RefusedException e) {
      return Value.of(Substitutes.construct(type, lows));
    }
    try {
      return new Value(Substitutes.construct(type, lows), high);
    } catch (RefusedException e) {
      return Value.of(high);
    }
  }

  /** Replaces the component that a refusal of the whole record names. */
  private void substitute(
      RecordComponent[] components, String refused, Value[] values, String path) {
    for (int i = 0; i < components.length; i++) {
      String key = Names.key(components[i].getName());
      if (refused.equals(key) || refused.startsWith(key + ".") || refused.startsWith(key + "[")) {
        values[i] = substitute(components[i], path + key);
      }
    }
  }

  private Value substitute(RecordComponent component, String path) {
    unsure.add(path);
    if (setting(component).defaults().equals(Setting.REQUIRED)) {
      absent.add(path);
    }
    return substitutes.of(component);
  }

  /** Refuses the unknown keys, and returns the known ones that they probably stand for. */
  private Set<String> refuseUnknown(
      Set<String> keys, ConfigObject section, String path, Set<String> known) {
    Set<String> all = both(keys, known);
    Set<String> misspelt = new LinkedHashSet<>();
    for (String key : section.keySet()) {
      if (!all.contains(key)) {
        Nearest.to(key, all).ifPresent(misspelt::add);
        refuse(
            section.get(key),
            new Refusal(
                path + Printable.cut(key),
                "an unknown key",
                keys.isEmpty() ? "none" : "one of " + String.join(", ", keys),
                Nearest.remedy(key, all)));
      }
    }
    return misspelt;
  }

  private static String within(String path, String key) {
    return key.isEmpty() && !path.isEmpty() ? path.substring(0, path.length() - 1) : path + key;
  }

  private static Set<String> both(Set<String> keys, Set<String> known) {
    Set<String> both = new LinkedHashSet<>(keys);
    both.addAll(known);
    return both;
  }

  /**
   * The keys of a record's section, with those of a component that shares the section. While the
   * class of that component is unknown, any key may be one of its settings.
   */
  private Set<String> keys(Class<? extends Record> type, ConfigObject section) {
    Set<String> keys = new LinkedHashSet<>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (setting(component).inline()) {
        keys.add("id");
        chosen(component.getType(), section.get("id"))
            .ifPresentOrElse(
                named -> keys.addAll(keys(named.settings(), section)),
                () -> keys.addAll(section.keySet()));
      } else {
        keys.add(Names.key(component.getName()));
      }
    }
    return keys;
  }

  private Value component(
      RecordComponent component, ConfigObject section, String path, Set<String> misspelt) {
    Setting setting = setting(component);
    if (setting.inline()) {
      // The record that owns the section checks all its keys.
      Value chosen = choose(component.getType(), section, path, section.keySet());
      return chosen == null ? substitute(component, path + "id") : chosen;
    }
    String key = Names.key(component.getName());
    ConfigValue found = section.get(key);
    if (found == null || found.valueType() == ConfigValueType.NULL) {
      if (misspelt.contains(key) || isIncomplete(path + key)) { // named already
        return substitute(component, path + key);
      }
      if (component.getType() == Optional.class) {
        return Value.of(Optional.empty());
      }
      if (setting.defaults().equals(Setting.REQUIRED)) {
        refuse(
            section,
            new Refusal(
                path + key,
                "nothing",
                setting.range().isEmpty() ? form(component.getType()) : setting.range(),
                "It is " + setting.value()));
        return substitute(component, path + key);
      }
      found = byDefault(setting);
    }
    int before = problems.size();
    Value value = convert(component.getGenericType(), found, path + key);
    if (problems.size() == before) {
      ConfigValue place = found;
      Optional<Refusal> refusal = outOfRange(setting, value.low());
      if (refusal.isPresent()) {
        refuse(place, asWritten(refusal.get(), place).within(path + key));
        return substitute(component, path + key);
      }
    }
    return value == null ? substitute(component, path + key) : value;
  }

  private static ConfigValue byDefault(Setting setting) {
    return DEFAULTS.computeIfAbsent(
        setting.defaults(), text -> ConfigFactory.parseString("it = " + text).getValue("it"));
  }

  private boolean isIncomplete(String path) {
    return incomplete.stream()
        .anyMatch(
            section -> section.isEmpty() || path.equals(section) || path.startsWith(section + "."));
  }

  /** Finds the type of a setting of an experiment; empty for a key that it does not have. */
  Optional<Class<?>> type(ConfigObject experiment, List<String> path) {
    return type(Experiment.class, experiment, path);
  }

  private Optional<Class<?>> type(
      Class<? extends Record> record, ConfigObject section, List<String> path) {
    for (RecordComponent component : record.getRecordComponents()) {
      if (setting(component).inline()) {
        Optional<Class<?>> found = typeOfChosen(component.getType(), section, path);
        if (found.isPresent()) {
          return found;
        }
      } else if (Names.key(component.getName()).equals(path.get(0))) {
        Class<?> type =
            component.getType() == Optional.class
                ? (Class<?>)
                    ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
                : component.getType();
        return path.size() == 1
            ? Optional.of(type)
            : typeInside(type, section.get(path.get(0)), path.subList(1, path.size()));
      }
    }
    return Optional.empty();
  }

  private Optional<Class<?>> typeInside(Class<?> type, ConfigValue found, List<String> path) {
    ConfigObject section =
        found instanceof ConfigObject object
            ? object
            : found == null ? ConfigFactory.empty().root() : section("id", found);
    if (type == Map.class) {
      return Optional.of(Object.class);
    }
    Class<?> kind = type == MethodChoice.class ? Method.class : type;
    if (registry.isKind(kind)) {
      return typeOfChosen(kind, section, path);
    }
    return type.isRecord() ? type(type.asSubclass(Record.class), section, path) : Optional.empty();
  }

  private Optional<Class<?>> typeOfChosen(Class<?> kind, ConfigObject section, List<String> path) {
    return path.equals(List.of("id"))
        ? Optional.of(String.class)
        : chosen(kind, section.get("id")).flatMap(entry -> type(entry.settings(), section, path));
  }

  /** Reads the default of a component that has one. */
  Object convertDefault(RecordComponent component, Setting setting) {
    ConfigValue value = byDefault(setting);
    Value read = convert(component.getGenericType(), value, "");
    return read == null ? null : read.low();
  }

  /** Checks the range of a value; without one a number is finite. */
  private static Optional<Refusal> outOfRange(Setting setting, Object value) {
    return setting.range().isEmpty() && value instanceof Double number && !Double.isFinite(number)
        ? Optional.of(new Refusal("", number, "a finite number"))
        : Ranges.problem(setting, value);
  }

  /** Shows a number as the file has it, such as 1e400 instead of Infinity, and cuts a long text. */
  private static Refusal asWritten(Refusal refusal, ConfigValue value) {
    String found =
        value.valueType() == ConfigValueType.NUMBER ? shown(value) : Printable.cut(refusal.found());
    return new Refusal(refusal.key(), found, refusal.allowed(), refusal.remedy());
  }

  /** Reads a value; null if it has another form. */
  private Value convert(Type type, ConfigValue value, String path) {
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == Map.class) {
        return value instanceof ConfigObject section
            ? map(generic.getActualTypeArguments()[1], section, path)
            : wrong(value, path, form(Map.class));
      }
      Type element = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        Value there = convert(element, value, path);
        return there == null
            ? null
            : new Value(Optional.of(there.low()), Optional.of(there.high()));
      }
      return value instanceof ConfigList list
          ? list(element, list, path)
          : wrong(value, path, form(List.class));
    }
    Class<?> raw = (Class<?>) type;
    if (raw == MethodChoice.class) {
      return choose(Method.class, value, path);
    }
    if (registry.isKind(raw)) {
      return choose(raw, value, path);
    }
    if (raw == Seeds.class && !(value instanceof ConfigObject)) {
      return seed(value, path);
    }
    if (raw.isRecord() && raw != Span.class) {
      Optional<String> single = single(raw);
      return value instanceof ConfigObject section
          ? record(raw.asSubclass(Record.class), section, path + ".", Set.of())
          : value.valueType() == ConfigValueType.STRING && single.isPresent()
              ? convert(raw, section(single.get(), value), path)
              : wrong(value, path, form(raw));
    }
    if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
      return wrong(value, path, "a single value");
    }
    Object scalar = scalar(raw, value, path);
    return scalar == null ? null : Value.of(scalar);
  }

  private Value seed(ConfigValue value, String path) {
    try {
      return Value.of(Seeds.of(whole(String.valueOf(value.unwrapped()))));
    } catch (NumberFormatException | ArithmeticException e) {
      return wrong(value, path, Seeds.FORM);
    }
  }

  /** The key for which a text may stand in place of a section: an id, or the first text. */
  private static Optional<String> single(Class<?> record) {
    return Arrays.stream(record.getRecordComponents())
        .limit(1)
        .filter(first -> setting(first).inline() || first.getType() == String.class)
        .map(first -> setting(first).inline() ? "id" : Names.key(first.getName()))
        .findFirst();
  }

  private static ConfigObject section(String key, ConfigValue value) {
    return ConfigFactory.empty().root().withValue(key, value).withOrigin(value.origin());
  }

  /** Reads a section of any keys, of texts or of any values. */
  private Value map(Type element, ConfigObject section, String path) {
    if (element != String.class) {
      return Value.of(section.unwrapped());
    }
    Map<String, String> texts = new LinkedHashMap<>();
    section.forEach(
        (key, value) -> {
          if (value.valueType() == ConfigValueType.STRING) {
            texts.put(key, (String) value.unwrapped());
          } else {
            String name = Printable.cut(key);
            wrong(value, path + "." + name, "a text; put a name with dots between quotes");
            unsure.add(path);
          }
        });
    return Value.of(texts);
  }

  /** Reads a list, without the elements that have another form. */
  private Value list(Type element, ConfigList list, String path) {
    List<Object> lows = new ArrayList<>();
    List<Object> highs = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String place = path + "[" + i + "]";
      Value there = convert(element, list.get(i), place);
      if (there == null) {
        unsure.add(place);
      } else {
        lows.add(there.low());
        highs.add(there.high());
      }
    }
    return new Value(lows, highs);
  }

  private Object scalar(Class<?> raw, ConfigValue value, String path) {
    String text = String.valueOf(value.unwrapped());
    if (raw.isEnum()) {
      List<String> words = words(raw);
      int index = words.indexOf(text);
      return index >= 0
          ? raw.getEnumConstants()[index]
          : refuse(value, new Refusal(path, shown(value), form(raw), Nearest.remedy(text, words)));
    }
    try {
      if (raw == String.class) {
        return text;
      } else if (raw == Span.class) {
        return Span.parse(text);
      } else if (raw == boolean.class) {
        return switch (text) {
          case "true", "yes", "on" -> true;
          case "false", "no", "off" -> false;
          default -> wrong(value, path, form(raw));
        };
      } else if (raw == int.class || raw == Integer.class) {
        return Math.toIntExact(whole(text));
      } else if (raw == long.class) {
        return whole(text);
      } else if (raw == double.class || raw == Double.class) {
        return Double.parseDouble(text);
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      return wrong(value, path, form(raw));
    }
    throw new IllegalStateException("settings of type " + raw + " cannot be read");
  }

  private static List<String> words(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> Names.word((Enum<?>) constant))
        .toList();
  }

  /** Describes the form of a value of a type. */
  private String form(Class<?> type) {
    if (type == MethodChoice.class || registry.isKind(type)) {
      return "an id, or a section { id = ... }";
    } else if (type == Span.class) {
      return "iterations such as 500, or epochs such as \"40 epochs\"";
    } else if (type == List.class) {
      return "a list such as [ ... ]";
    } else if (type == Map.class) {
      return "a section { ... }";
    } else if (type.isRecord()) {
      return single(type)
          .map(
              key ->
                  (key.equals("id") ? "an id" : "a " + key)
                      + ", or a section { "
                      + key
                      + " = ... }")
          .orElse("a section { ... }");
    } else if (type.isEnum()) {
      return String.join(" or ", words(type));
    } else if (type == boolean.class) {
      return "true or false";
    } else if (type == String.class) {
      return "a text";
    }
    return type == double.class || type == Double.class ? "a number" : "a whole number";
  }

  /** Parses a whole number: 50000 and 5e4 are whole; 0.5 is not. */
  private static long whole(String text) {
    return new BigDecimal(text).longValueExact();
  }

  private Value choose(Class<?> kind, ConfigValue value, String path) {
    if (value instanceof ConfigObject section) {
      return choose(kind, section, path + ".", Set.of());
    }
    if (value.valueType() == ConfigValueType.STRING) {
      return choose(kind, section("id", value), path + ".", Set.of());
    }
    return wrong(value, path, form(kind));
  }

  /** Reads the settings of an id; null if there is no such id. */
  private Value choose(Class<?> kind, ConfigObject section, String path, Set<String> siblings) {
    ConfigValue id = section.get("id");
    if (id == null) {
      return refuse(section, new Refusal(path + "id", "nothing", ids(kind)));
    }
    Optional<PluginEntry> chosen = chosen(kind, id);
    if (chosen.isEmpty()) {
      String text = String.valueOf(id.unwrapped());
      List<String> all = registry.all(kind).stream().map(PluginEntry::id).toList();
      return refuse(
          id,
          new Refusal(
              path + "id",
              "the unknown " + registry.title(kind) + " \"" + Printable.cut(text) + "\"",
              ids(kind) + registry.skippedHint(),
              Nearest.remedy(text, all)));
    }
    Set<String> known = new LinkedHashSet<>(siblings);
    known.add("id");
    Value settings = record(chosen.get().settings(), section, path, known);
    return settings == null || kind != Method.class
        ? settings
        : new Value(
            MethodChoice.of(chosen.get(), settings.low()),
            MethodChoice.of(chosen.get(), settings.high()));
  }

  private Optional<PluginEntry> chosen(Class<?> kind, ConfigValue id) {
    return id == null ? Optional.empty() : registry.find(kind, String.valueOf(id.unwrapped()));
  }

  private String ids(Class<?> kind) {
    List<String> ids = registry.all(kind).stream().map(PluginEntry::id).toList();
    return ids.isEmpty() ? "none, as no plugin brings one" : "one of " + String.join(", ", ids);
  }

  /** Adds a problem: the value is not allowed. Returns null. */
  Value wrong(ConfigValue value, String path, String allowed) {
    return refuse(value, new Refusal(path, shown(value), allowed));
  }

  /** Adds a problem for a refusal of the value at a place. Returns null. */
  Value refuse(ConfigValue place, Refusal refusal) {
    problems.add(
        new Problem(Place.file(place.origin()), Place.line(place.origin()), refusal.toString()));
    return null;
  }

  static String shown(ConfigValue value) {
    return Printable.cut(
        value.valueType() == ConfigValueType.NUMBER
            ? value.atKey("it").getString("it") // rendered, 1e400 would be Infinity
            : value.render(ConfigRenderOptions.concise()));
  }

  static Setting setting(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    if (setting == null) {
      throw new IllegalStateException(
          component.getDeclaringRecord() + "." + component.getName() + " has no @Setting");
    }
    return setting;
  }

  /**
   * Writes a value as in a configuration, with every default explicit.
   *
   * @return maps, lists, strings, numbers and booleans
   */
  public Object write(Object value) {
    if (value instanceof MethodChoice choice) {
      Map<String, Object> section = new LinkedHashMap<>(Map.of("id", choice.id()));
      section.putAll(section(choice.settings()));
      return section;
    }
    Optional<Class<?>> kind =
        registry.kinds().stream().filter(k -> k.isInstance(value)).findFirst();
    if (kind.isPresent()) {
      Map<String, Object> section = new LinkedHashMap<>();
      section.put("id", registry.idOf(kind.get(), value.getClass()));
      section.putAll(section((Record) value));
      return section;
    }
    if (value instanceof List<?> list) {
      return list.stream().map(this::write).toList();
    }
    if (value instanceof Enum<?> constant) {
      return Names.word(constant);
    }
    if (value instanceof Span span) {
      return span.epochs() ? span.toString() : (Object) span.count();
    }
    if (value instanceof Seeds seeds && seeds.init() == seeds.order()) {
      return seeds.init();
    }
    return value instanceof Record record ? section(record) : value;
  }

  private Map<String, Object> section(Record record) {
    Map<String, Object> section = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value;
      try {
        value = component.getAccessor().invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(component + " cannot be read", e);
      }
      if (isForDigest && LaterSettings.isLeftOut(component, value)) {
        continue;
      }
      if (value instanceof Optional<?> optional) {
        if (optional.isEmpty()) {
          continue;
        }
        value = optional.get();
      }
      if (setting(component).inline()) {
        section.putAll(uncheckedMap(write(value)));
      } else {
        section.put(Names.key(component.getName()), write(value));
      }
    }
    return section;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> uncheckedMap(Object map) {
    return (Map<String, Object>) map;
  }
}
