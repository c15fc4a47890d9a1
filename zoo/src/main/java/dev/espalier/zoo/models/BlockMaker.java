// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.nn.Block;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes blocks of a class by reflection, from settings by name; see {@link Djl}. */
final class BlockMaker {

  private final Class<?> type;

  private BlockMaker(Class<?> type) {
    this.type = type;
  }

  /**
   * Finds a class.
   *
   * @throws RefusedException if it cannot be loaded or reached
   */
  static BlockMaker of(String name) {
    Class<?> type;
    try {
      // All modules of lib and plugins have one loader.
      type = Class.forName(name, true, BlockMaker.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new RefusedException(
          "block",
          name + ", a class that is not there or fails to load (" + e + ")",
          "the full name of a class",
          "Put its jar into the folder plugins, with the jars that it needs. DJL's model zoo is"
              + " model-zoo-<version>.jar");
    }
    if (!Modifier.isPublic(type.getModifiers())
        || !type.getModule().isExported(type.getPackageName(), BlockMaker.class.getModule())) {
      throw new RefusedException(
          "block", name + ", which is hidden", "a public class in an exported package");
    }
    return new BlockMaker(type);
  }

  /**
   * Makes a block.
   *
   * @param settings the values by name
   * @param task has defaults of usual names
   * @throws RefusedException naming all settings that are unknown, missing or of another form
   */
  Block make(Map<String, Object> settings, Task task) {
    Object made =
        Arrays.stream(type.getMethods())
            .filter(method -> method.getName().equals("builder"))
            .filter(method -> Modifier.isStatic(method.getModifiers()))
            .filter(method -> method.getParameterCount() == 0)
            .findFirst()
            .map(builder -> built(invoke(builder, null), settings, task))
            .orElseGet(() -> constructed(settings, task));
    if (made instanceof Block block) {
      return block;
    }
    throw new RefusedException(
        "block", type.getName() + ", which makes a " + made.getClass().getName(), "a DJL block");
  }

  private Object built(Object builder, Map<String, Object> settings, Task task) {
    Map<String, Method> setters = new TreeMap<>();
    for (Method method : builder.getClass().getMethods()) {
      if (method.getName().matches("(set|opt)[A-Z].*")
          && method.getParameterCount() == 1
          && !method.isBridge()
          && Conversion.isPossible(method.getParameterTypes()[0])) {
        setters.put(Names.key(method.getName().substring(3)), method);
      }
    }
    Map<String, Class<?>> types = new TreeMap<>();
    setters.forEach((key, setter) -> types.put(key, setter.getParameterTypes()[0]));
    Refusals.require(all -> refuseUnknown(settings, types.keySet(), all));
    arguments(settings, types, task)
        .forEach((key, argument) -> invoke(setters.get(key), builder, argument));
    try {
      return invoke(builder.getClass().getMethod("build"), builder);
    } catch (NoSuchMethodException e) {
      throw new RefusedException(
          "block", type.getName() + ", whose builder has no build()", "a builder with one");
    }
  }

  private static void refuseUnknown(
      Map<String, Object> settings, Set<String> known, Refusals refusals) {
    for (String key : new TreeSet<>(settings.keySet())) {
      if (!known.contains(key)) {
        refusals.add(
            "settings." + key,
            "an unknown setting",
            known.isEmpty() ? "none" : "one of " + String.join(", ", known));
      }
    }
  }

  /** Converts the settings, and adds the defaults that a task has. */
  private static Map<String, Object> arguments(
      Map<String, Object> settings, Map<String, Class<?>> types, Task task) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    Refusals.require(
        refusals ->
            types.forEach(
                (key, target) -> {
                  if (!settings.containsKey(key)) {
                    Conversion.fromTask(key, target, task)
                        .ifPresent(value -> arguments.put(key, value));
                    return;
                  }
                  Conversion.of(target, settings.get(key))
                      .ifPresentOrElse(
                          value -> arguments.put(key, value),
                          () ->
                              refusals.add(
                                  "settings." + key, settings.get(key), Conversion.form(target)));
                }));
    return arguments;
  }

  private Object constructed(Map<String, Object> settings, Task task) {
    List<Map<String, Class<?>>> all =
        Arrays.stream(type.getConstructors()).map(BlockMaker::types).toList();
    if (all.isEmpty()) {
      throw new RefusedException(
          "block",
          type.getName() + ", which has neither builder() nor a public constructor",
          "a class with one of them");
    }
    // The constructor with the fewest settings too many or too few.
    Map<String, Class<?>> types =
        all.stream()
            .min(
                Comparator.comparingLong(
                    one -> missing(one, settings, task) + excess(one, settings)))
            .orElseThrow();
    Refusals.require(
        refusals -> {
          refuseUnknown(settings, types.keySet(), refusals);
          types.forEach(
              (key, target) -> {
                if (!settings.containsKey(key)
                    && Conversion.fromTask(key, target, task).isEmpty()) {
                  refusals.add("settings." + key, "nothing", Conversion.form(target));
                }
              });
        });
    Collection<Object> arguments = arguments(settings, types, task).values();
    try {
      return type.getConstructor(types.values().toArray(Class<?>[]::new))
          .newInstance(arguments.toArray());
    } catch (ReflectiveOperationException e) {
      throw failed(e);
    }
  }

  private static long excess(Map<String, Class<?>> types, Map<String, Object> settings) {
    return settings.keySet().stream().filter(key -> !types.containsKey(key)).count();
  }

  private static long missing(
      Map<String, Class<?>> types, Map<String, Object> settings, Task task) {
    return types.entrySet().stream()
        .filter(each -> !settings.containsKey(each.getKey()))
        .filter(each -> Conversion.fromTask(each.getKey(), each.getValue(), task).isEmpty())
        .count();
  }

  /** The types of a constructor's parameters by name, in order. */
  private static Map<String, Class<?>> types(Executable constructor) {
    Map<String, Class<?>> types = new LinkedHashMap<>();
    for (Parameter parameter : constructor.getParameters()) {
      types.put(Names.key(parameter.getName()), parameter.getType());
    }
    return types;
  }

  private Object invoke(Method method, Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (ReflectiveOperationException e) {
      throw failed(e);
    }
  }

  private RefusedException failed(ReflectiveOperationException e) {
    Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
    return new RefusedException(
        "settings",
        "settings that " + type.getName() + " refuses (" + cause.getMessage() + ")",
        "what it accepts");
  }
}
