// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.ToNumberPolicy;
import com.google.gson.annotations.SerializedName;
import dev.espalier.api.settings.Names;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes records as JSON objects. The key of a component is its name with hyphens, or the
 * name that {@link SerializedName} gives it; keys are in the order of the components. A component
 * that is null is left out.
 */
public final class RecordJson {

  private static final Gson GSON =
      new GsonBuilder()
          .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_DASHES)
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .setPrettyPrinting()
          .create();

  /** The components of records by type: reflection is slow, and large runs have many records. */
  private static final ClassValue<List<Component>> COMPONENTS =
      new ClassValue<>() {
        @Override
        protected List<Component> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents()).map(Component::of).toList();
        }
      };

  private static final ClassValue<Constructor<?>> CONSTRUCTORS =
      new ClassValue<>() {
        @Override
        protected Constructor<?> computeValue(Class<?> type) {
          try {
            Constructor<?> constructor =
                type.getDeclaredConstructor(
                    Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getType)
                        .toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor;
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName(), e);
          }
        }
      };

  private RecordJson() {}

  /** A component of a record, with its key. */
  private record Component(
      String key, Class<?> type, Type genericType, Method accessor, boolean mayBeMissing) {

    static Component of(RecordComponent component) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      SerializedName name = accessor.getAnnotation(SerializedName.class);
      return new Component(
          name == null ? Names.key(component.getName()) : name.value(),
          component.getType(),
          component.getGenericType(),
          accessor,
          component.isAnnotationPresent(MayBeMissing.class));
    }

    boolean isPart() {
      return Part.class.isAssignableFrom(type);
    }

    Object of(Object record) {
      try {
        return accessor.invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(accessor.toString(), e);
      }
    }
  }

  /** A record whose components are keys of the object that it is a part of. */
  public interface Part {}

  /** Marks a component whose key may be missing. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  public @interface MayBeMissing {}

  /** Writes a record and its parts as one object. */
  public static JsonObject write(Part record) {
    JsonObject object = new JsonObject();
    write(record, object);
    return object;
  }

  private static void write(Object record, JsonObject object) {
    for (Component component : COMPONENTS.get(record.getClass())) {
      Object value = component.of(record);
      if (value instanceof Part) {
        write(value, object);
      } else if (value != null) {
        object.add(component.key(), GSON.toJsonTree(value, component.genericType()));
      }
    }
  }

  /** The text of an object, as files have it. */
  public static byte[] text(JsonObject object) {
    return (GSON.toJson(object) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a record and its parts from one object. Keys that the record does not have are ignored.
   *
   * @throws IOException naming a value of another type, or all keys that are missing
   */
  public static <T extends Record & Part> T read(JsonObject json, Class<T> type)
      throws IOException {
    T record = type.cast(part(json, type));
    List<String> missing = new ArrayList<>();
    addMissing(record, "", missing);
    if (!missing.isEmpty()) {
      throw new IOException("found no " + String.join(", no ", missing) + " in its description");
    }
    return record;
  }

  private static Object part(JsonObject json, Class<?> type) throws IOException {
    List<Component> components = COMPONENTS.get(type);
    Object[] values = new Object[components.size()];
    for (int i = 0; i < values.length; i++) {
      Component component = components.get(i);
      values[i] =
          component.isPart()
              ? part(json, component.type())
              : value(json.get(component.key()), component);
    }
    try {
      return CONSTRUCTORS.get(type).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getName(), e);
    }
  }

  private static Object value(JsonElement json, Component component) throws IOException {
    try {
      return GSON.fromJson(json, component.genericType());
    } catch (JsonParseException | NumberFormatException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "its description is none of a ticket: "
              + component.key()
              + ": "
              + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""),
          e);
    }
  }

  private static void addMissing(Object value, String path, List<String> missing) {
    if (value == null) {
      missing.add(path);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, element) -> addMissing(element, path + "." + key, missing));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> addMissing(element, path + "[]", missing));
    } else if (value instanceof Record) {
      for (Component component : COMPONENTS.get(value.getClass())) {
        Object element = component.of(value);
        if (element instanceof Part) {
          addMissing(element, path, missing);
        } else if (element != null || !component.mayBeMissing()) {
          String key = component.key();
          addMissing(element, path.isEmpty() ? key : path + "." + key, missing);
        }
      }
    }
  }
}
