// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.espalier.api.Method;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.plugin.PluginEntry;
import dev.espalier.runner.plugin.Registry;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
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

/**
 * Reads sections of a configuration into records, and writes records as sections. It collects all
 * problems before it throws.
 */
public final class Binder {

  private final Registry registry;
  private final List<Problem> problems = new ArrayList<>();

  /** Creates a binder that finds ids in a registry. */
  public Binder(Registry registry) {
    this.registry = registry;
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
    Object value = record(type, section, "", ignored);
    refuse();
    return type.cast(value);
  }

  /** Throws if there are problems so far. */
  void refuse() {
    if (!problems.isEmpty()) {
      throw new ConfigProblem(problems);
    }
  }

  /** Reads a value; null if there were problems, which are then added. */
  private Object record(
      Class<? extends Record> type, ConfigObject section, String path, Set<String> known) {
    int before = problems.size();
    Set<String> keys = keys(type, section);
    for (String key : section.keySet()) {
      if (!keys.contains(key) && !known.contains(key)) {
        refuse(
            section.get(key),
            new Refusal(
                path + key,
                "an unknown key",
                keys.isEmpty() ? "none" : "one of " + String.join(", ", keys),
                Nearest.remedy(key, both(keys, known))));
      }
    }
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = component(components[i], section, path);
    }
    if (problems.size() > before) {
      return null;
    }
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<? extends Record> constructor = type.getConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RefusedException refused) {
        refused.refusals().forEach(it -> problems.add(Places.problem(section, path, it)));
        return null;
      }
      throw new IllegalStateException(type + " cannot be made", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          type + " must be public, in an exported package, with a public constructor", e);
    }
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

  private Object component(RecordComponent component, ConfigObject section, String path) {
    Setting setting = setting(component);
    if (setting.inline()) {
      // The record that owns the section checks all its keys.
      return choose(component.getType(), section, path, section.keySet());
    }
    String key = Names.key(component.getName());
    ConfigValue found = section.get(key);
    if (found == null || found.valueType() == ConfigValueType.NULL) {
      if (component.getType() == Optional.class) {
        return Optional.empty();
      }
      if (setting.defaults().equals(Setting.REQUIRED)) {
        refuse(
            section,
            new Refusal(
                path + key,
                "nothing",
                setting.range().isEmpty() ? form(component.getType()) : setting.range(),
                "It is " + setting.value()));
        return null;
      }
      found = ConfigFactory.parseString("it = " + setting.defaults()).getValue("it");
    }
    int before = problems.size();
    Object value = convert(component.getGenericType(), found, path + key);
    if (problems.size() == before) {
      ConfigValue place = found;
      Ranges.problem(setting, value)
          .ifPresent(problem -> refuse(place, problem.within(path + key)));
    }
    return value;
  }

  private Object convert(Type type, ConfigValue value, String path) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        return Optional.ofNullable(convert(element, value, path));
      }
      if (!(value instanceof ConfigList list)) {
        return wrong(value, path, form(List.class));
      }
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        values.add(convert(element, list.get(i), path + "[" + i + "]"));
      }
      return values.contains(null) ? null : values;
    }
    Class<?> raw = (Class<?>) type;
    if (raw == MethodChoice.class) {
      return choose(Method.class, value, path);
    }
    if (registry.isKind(raw)) {
      return choose(raw, value, path);
    }
    if (raw.isRecord() && raw != Span.class) {
      return value instanceof ConfigObject section
          ? record(raw.asSubclass(Record.class), section, path + ".", Set.of())
          : wrong(value, path, form(raw));
    }
    if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
      return wrong(value, path, "a single value");
    }
    return scalar(raw, value, path);
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
      } else if (raw == int.class) {
        return Math.toIntExact(whole(text));
      } else if (raw == long.class) {
        return whole(text);
      } else if (raw == double.class || raw == Double.class) {
        return Double.parseDouble(text);
      } else if (raw == Integer.class) {
        return Math.toIntExact(whole(text));
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
    } else if (type.isRecord()) {
      return "a section { ... }";
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

  private Object choose(Class<?> kind, ConfigValue value, String path) {
    if (value instanceof ConfigObject section) {
      return choose(kind, section, path + ".", Set.of());
    }
    if (value.valueType() == ConfigValueType.STRING) {
      ConfigObject section =
          ConfigFactory.empty().root().withValue("id", value).withOrigin(value.origin());
      return choose(kind, section, path + ".", Set.of());
    }
    return wrong(value, path, form(kind));
  }

  private Object choose(Class<?> kind, ConfigObject section, String path, Set<String> siblings) {
    ConfigValue id = section.get("id");
    if (id == null) {
      refuse(section, new Refusal(path + "id", "nothing", ids(kind)));
      return null;
    }
    Optional<PluginEntry> chosen = chosen(kind, id);
    if (chosen.isEmpty()) {
      String text = String.valueOf(id.unwrapped());
      List<String> all = registry.all(kind).stream().map(PluginEntry::id).toList();
      refuse(
          id,
          new Refusal(
              path + "id",
              "the unknown " + registry.title(kind) + " \"" + text + "\"",
              ids(kind) + registry.skippedHint(),
              Nearest.remedy(text, all)));
      return null;
    }
    Set<String> known = new LinkedHashSet<>(siblings);
    known.add("id");
    Object settings = record(chosen.get().settings(), section, path, known);
    return settings == null || kind != Method.class
        ? settings
        : new MethodChoice(
            chosen.get().id(), chosen.get().type().asSubclass(Method.class), (Record) settings);
  }

  private Optional<PluginEntry> chosen(Class<?> kind, ConfigValue id) {
    return id == null ? Optional.empty() : registry.find(kind, String.valueOf(id.unwrapped()));
  }

  private String ids(Class<?> kind) {
    List<String> ids = registry.all(kind).stream().map(PluginEntry::id).toList();
    return ids.isEmpty() ? "none, as no plugin brings one" : "one of " + String.join(", ", ids);
  }

  /** Adds a problem: the value is not allowed. */
  Object wrong(ConfigValue value, String path, String allowed) {
    return refuse(value, new Refusal(path, shown(value), allowed));
  }

  /** Adds a problem for a refusal of the value at a place. */
  Object refuse(ConfigValue place, Refusal refusal) {
    problems.add(
        new Problem(Place.file(place.origin()), Place.line(place.origin()), refusal.toString()));
    return null;
  }

  private static String shown(ConfigValue value) {
    return value.render(ConfigRenderOptions.concise());
  }

  private static Setting setting(RecordComponent component) {
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
