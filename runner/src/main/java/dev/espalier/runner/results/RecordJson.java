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
import java.lang.reflect.RecordComponent;
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

  private RecordJson() {}

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
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(component, record);
      if (value instanceof Part) {
        write(value, object);
      } else if (value != null) {
        object.add(key(component), GSON.toJsonTree(value, component.getGenericType()));
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
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          Part.class.isAssignableFrom(components[i].getType())
              ? part(json, components[i].getType())
              : value(json.get(key(components[i])), components[i]);
    }
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getName(), e);
    }
  }

  private static Object value(JsonElement json, RecordComponent component) throws IOException {
    try {
      return GSON.fromJson(json, component.getGenericType());
    } catch (JsonParseException | NumberFormatException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "its description is none of a ticket: "
              + key(component)
              + ": "
              + String.valueOf(cause.getMessage()).lines().findFirst().orElse(""),
          e);
    }
  }

  private static Object value(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component.toString(), e);
    }
  }

  private static String key(RecordComponent component) {
    SerializedName name = component.getAccessor().getAnnotation(SerializedName.class);
    return name == null ? Names.key(component.getName()) : name.value();
  }

  private static void addMissing(Object value, String path, List<String> missing) {
    if (value == null) {
      missing.add(path);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, element) -> addMissing(element, path + "." + key, missing));
    } else if (value instanceof List<?> list) {
      list.forEach(element -> addMissing(element, path + "[]", missing));
    } else if (value instanceof Record) {
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        Object element = value(component, value);
        if (element instanceof Part) {
          addMissing(element, path, missing);
        } else if (element != null || !component.isAnnotationPresent(MayBeMissing.class)) {
          String key = key(component);
          addMissing(element, path.isEmpty() ? key : path + "." + key, missing);
        }
      }
    }
  }
}
