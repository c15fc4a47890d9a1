// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.IOException;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Encodes a monitor's memory as JSON and arrays, and decodes it, bit for bit. The declared types of
 * its record define the encoding. Numbers, booleans and strings are text, so that no number is
 * rounded. Bit sets and tensors are the name of an array; an optional is a list of none or one.
 */
final class MemoryCodec {

  /** The prefix of the names of arrays, followed by a number. */
  private static final String PREFIX = "memory/";

  private static final Map<Class<?>, Function<String, Object>> SCALARS =
      Map.of(
          String.class, text -> text,
          Boolean.class, Boolean::valueOf,
          Integer.class, Integer::valueOf,
          Long.class, Long::valueOf,
          Float.class, Float::valueOf,
          Double.class, Double::valueOf);

  private static final Set<Class<?>> VALUES = Set.of(BitSet.class, Tensor.class, State.class);

  private final Map<String, Array> arrays;
  private final Set<String> unread = new HashSet<>();

  private MemoryCodec(Map<String, Array> arrays) {
    this.arrays = arrays;
    arrays.keySet().stream().filter(name -> name.startsWith(PREFIX)).forEach(unread::add);
  }

  /**
   * Encodes a memory.
   *
   * @param arrays receives its arrays
   * @return its JSON
   * @throws IllegalArgumentException if a component is of a type that is not stored
   */
  static String encode(Record memory, Map<String, Array> arrays) {
    return new MemoryCodec(arrays).write(memory.getClass(), memory).toString();
  }

  /**
   * Decodes a memory.
   *
   * @param json its JSON
   * @param arrays contains its arrays
   * @throws IllegalArgumentException if it is not exactly a memory of that type
   */
  static Record decode(String json, Class<? extends Record> type, Map<String, Array> arrays) {
    MemoryCodec codec = new MemoryCodec(arrays);
    try {
      JsonObject object = StrictJson.object(json.getBytes(StandardCharsets.UTF_8));
      Record memory = (Record) codec.read(type, object);
      if (!codec.unread.isEmpty()) {
        throw new IllegalArgumentException("found arrays that it does not name: " + codec.unread);
      }
      return memory;
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          "memory of type " + type.getName() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Checks that memories of a type can be stored.
   *
   * @throws RefusedException naming the type of component that cannot
   */
  static void check(Class<? extends Record> type) {
    check(type, new HashSet<>());
  }

  private static void check(Type declared, Set<Class<?>> checked) {
    Class<?> type = raw(declared);
    if (type == Optional.class || type == List.class) {
      check(argument(declared, 0), checked);
    } else if (type == Map.class && argument(declared, 0) == String.class) {
      check(argument(declared, 1), checked);
    } else if (type.isRecord()) {
      if (checked.add(type)) {
        call(() -> type.getConstructor(types(type)));
        for (RecordComponent component : type.getRecordComponents()) {
          check(component.getGenericType(), checked);
        }
      }
    } else if (!(SCALARS.containsKey(type) || VALUES.contains(type) || type.isEnum())) {
      throw unknown(declared);
    }
  }

  private static Class<?>[] types(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordComponent::getType)
        .toArray(Class<?>[]::new);
  }

  private JsonElement write(Type declared, Object value) {
    Class<?> type = raw(declared);
    if (SCALARS.containsKey(type)) {
      return new JsonPrimitive(value.toString());
    } else if (type.isEnum()) {
      return new JsonPrimitive(((Enum<?>) value).name());
    } else if (type == BitSet.class) {
      byte[] bits = ((BitSet) value).toByteArray();
      return array(new Array("U8", new Shape(bits.length), ByteBuffer.wrap(bits)));
    } else if (type == Tensor.class) {
      return array(Array.of((Tensor) value));
    } else if (type == State.class) {
      return members(((State) value).tensors(), Tensor.class);
    } else if (type == Optional.class) {
      return list(((Optional<?>) value).stream().toList(), argument(declared, 0));
    } else if (type == List.class) {
      return list((List<?>) value, argument(declared, 0));
    } else if (type == Map.class && argument(declared, 0) == String.class) {
      return members((Map<?, ?>) value, argument(declared, 1));
    } else if (type.isRecord()) {
      JsonObject object = new JsonObject();
      for (RecordComponent component : type.getRecordComponents()) {
        Object own = call(() -> component.getAccessor().invoke(value));
        object.add(component.getName(), write(component.getGenericType(), own));
      }
      return object;
    }
    throw unknown(declared);
  }

  private JsonElement array(Array array) {
    String name = PREFIX + arrays.keySet().stream().filter(n -> n.startsWith(PREFIX)).count();
    arrays.put(name, array);
    return new JsonPrimitive(name);
  }

  private JsonElement list(Collection<?> values, Type declared) {
    JsonArray list = new JsonArray();
    values.forEach(value -> list.add(write(declared, value)));
    return list;
  }

  private JsonElement members(Map<?, ?> values, Type declared) {
    JsonObject object = new JsonObject();
    values.forEach((name, value) -> object.add((String) name, write(declared, value)));
    return object;
  }

  private Object read(Type declared, JsonElement json) {
    Class<?> type = raw(declared);
    if (SCALARS.containsKey(type)) {
      Object value = SCALARS.get(type).apply(text(json));
      if (!value.toString().equals(text(json))) {
        throw new IllegalArgumentException(
            "found \"" + text(json) + "\" as " + type.getSimpleName() + ", allowed is " + value);
      }
      return value;
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> ((Enum<?>) constant).name().equals(text(json)))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("found no " + type + " in " + json));
    } else if (type == BitSet.class) {
      return BitSet.valueOf(array(json, "U8").bytes());
    } else if (type == Tensor.class) {
      return array(json, "F32").tensor();
    } else if (type == State.class) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      members(json, Tensor.class).forEach((name, tensor) -> tensors.put(name, (Tensor) tensor));
      return State.of(tensors);
    } else if (type == Optional.class) {
      List<Object> values = list(json, argument(declared, 0));
      if (values.size() > 1) {
        throw new IllegalArgumentException("found " + json + ", allowed is none or one");
      }
      return values.stream().findFirst();
    } else if (type == List.class) {
      return list(json, argument(declared, 0));
    } else if (type == Map.class && argument(declared, 0) == String.class) {
      return members(json, argument(declared, 1));
    } else if (type.isRecord()) {
      return record(type, object(json));
    }
    throw unknown(declared);
  }

  private Object record(Class<?> type, JsonObject json) {
    RecordComponent[] components = type.getRecordComponents();
    Set<String> names = new TreeSet<>();
    Arrays.stream(components).map(RecordComponent::getName).forEach(names::add);
    if (!json.keySet().equals(names)) {
      throw new IllegalArgumentException("found " + json.keySet() + ", allowed are " + names);
    }
    Object[] values =
        Arrays.stream(components)
            .map(component -> read(component.getGenericType(), json.get(component.getName())))
            .toArray();
    return call(() -> type.getConstructor(types(type)).newInstance(values));
  }

  private Array array(JsonElement json, String type) {
    String name = text(json);
    Array array = arrays.get(name);
    if (!unread.remove(name) || !array.type().equals(type)) {
      throw new IllegalArgumentException(
          "found the name " + name + ", allowed is that of an array of " + type + ", once");
    }
    return array;
  }

  private List<Object> list(JsonElement json, Type declared) {
    if (!(json instanceof JsonArray array)) {
      throw new IllegalArgumentException("found " + json + ", allowed is a list");
    }
    List<Object> values = new ArrayList<>();
    array.forEach(value -> values.add(read(declared, value)));
    return List.copyOf(values);
  }

  private Map<String, Object> members(JsonElement json, Type declared) {
    Map<String, Object> values = new LinkedHashMap<>();
    object(json).asMap().forEach((name, value) -> values.put(name, read(declared, value)));
    return values;
  }

  private static JsonObject object(JsonElement json) {
    if (json instanceof JsonObject object) {
      return object;
    }
    throw new IllegalArgumentException("found " + json + ", allowed is an object");
  }

  private static String text(JsonElement json) {
    if (json instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw new IllegalArgumentException("found " + json + ", allowed is a text");
  }

  /** The class of a type; of a primitive one its wrapper. */
  private static Class<?> raw(Type declared) {
    if (declared instanceof ParameterizedType generic) {
      return (Class<?>) generic.getRawType();
    }
    return declared instanceof Class<?> type
        ? MethodType.methodType(type).wrap().returnType()
        : Object.class;
  }

  private static Type argument(Type declared, int index) {
    return declared instanceof ParameterizedType generic
        ? generic.getActualTypeArguments()[index]
        : Object.class;
  }

  private static RefusedException unknown(Type declared) {
    return new RefusedException(
        "",
        "a component of type " + declared.getTypeName(),
        "a number, boolean, string, enum, BitSet, Tensor, State or record, or an Optional, List or"
            + " Map by string of these");
  }

  /** A call by reflection. */
  @FunctionalInterface
  private interface Call {
    Object run() throws ReflectiveOperationException;
  }

  private static Object call(Call call) {
    try {
      return call.run();
    } catch (ReflectiveOperationException e) {
      throw new RefusedException(
          "", "a record that is not accessible (" + e + ")", "a public one in an exported package");
    }
  }
}
