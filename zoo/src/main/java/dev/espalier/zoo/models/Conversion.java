// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Names;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Converts values of a configuration file to parameters of Java methods. */
final class Conversion {

  private static final Set<Class<?>> WHOLE = Set.of(Integer.class, Long.class);
  private static final Set<Class<?>> SCALARS =
      Set.of(Integer.class, Long.class, Float.class, Double.class, Boolean.class, String.class);
  private static final Set<String> INPUTS =
      Set.of("image-shape", "input-shape", "input", "input-dim");
  private static final Set<String> OUTPUTS =
      Set.of("out-size", "out-dim", "output", "classes", "num-classes");

  private Conversion() {}

  /** Returns whether there are values of a type. */
  static boolean isPossible(Class<?> type) {
    return type.isArray()
        ? isPossible(type.getComponentType())
        : type == Shape.class || type.isEnum() || SCALARS.contains(boxed(type));
  }

  /** Converts a value; empty if it has another form. */
  static Optional<Object> of(Class<?> type, Object value) {
    if (type == Shape.class) {
      return of(long[].class, value).map(axes -> new Shape((long[]) axes));
    } else if (type.isArray()) {
      return value instanceof List<?> list
          ? array(type.getComponentType(), list)
          : Optional.empty();
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> Names.word((Enum<?>) constant).equals(value))
          .findFirst()
          .map(Object.class::cast);
    } else if (value instanceof Number number) {
      return number(boxed(type), number);
    }
    return boxed(type).isInstance(value) ? Optional.of(value) : Optional.empty();
  }

  private static Optional<Object> array(Class<?> element, List<?> list) {
    Object array = Array.newInstance(element, list.size());
    for (int i = 0; i < list.size(); i++) {
      Optional<Object> value = of(element, list.get(i));
      if (value.isEmpty()) {
        return value;
      }
      Array.set(array, i, value.get());
    }
    return Optional.of(array);
  }

  private static Optional<Object> number(Class<?> type, Number number) {
    double value = number.doubleValue();
    if (WHOLE.contains(type) && value != Math.rint(value)) {
      return Optional.empty();
    } else if (type == Integer.class) {
      return value == number.intValue() ? Optional.of(number.intValue()) : Optional.empty();
    } else if (type == Long.class) {
      return Optional.of(number.longValue());
    } else if (type == Float.class) {
      return Optional.of(number.floatValue());
    }
    return type == Double.class ? Optional.of(value) : Optional.empty();
  }

  /** Returns the value of a usual name in a task; empty for other names and types. */
  static Optional<Object> fromTask(String key, Class<?> type, Task task) {
    if (INPUTS.contains(key)) {
      return type == Shape.class
          ? Optional.of(task.input())
          : Optional.of(task.input().size()).flatMap(size -> of(type, size));
    }
    return OUTPUTS.contains(key) && task.output().dimension() == 1
        ? of(type, task.output().get(0))
        : Optional.empty();
  }

  /** Describes the values of a type. */
  static String form(Class<?> type) {
    if (type == Shape.class) {
      return "a shape such as [3, 32, 32]";
    } else if (type.isArray()) {
      return "a list, each element " + form(type.getComponentType());
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> Names.word((Enum<?>) constant))
          .collect(Collectors.joining(" or "));
    } else if (boxed(type) == Boolean.class) {
      return "true or false";
    } else if (type == String.class) {
      return "a text";
    } else if (!SCALARS.contains(boxed(type))) {
      return "a " + type.getName() + ", which a file cannot have";
    }
    return WHOLE.contains(boxed(type)) ? "a whole number" : "a number";
  }

  private static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }
}
