// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.espalier.api.data.Data;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.LaterSettings;
import dev.espalier.api.state.Digest;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Keys of remembered steps. A key is the SHA-256 of all that a step depends on: values, and the
 * compiled code of the classes that act on them.
 */
public final class StepKey {

  private StepKey() {}

  /**
   * The key of a step. Besides the values that {@link Digest#of} takes, the parts may be:
   *
   * <ul>
   *   <li>records: the class name and all components count, except settings that were added later
   *       and have their default. A record that implements an interface was chosen for what it
   *       does, so the code of its class counts too;
   *   <li>enum constants: the same rule;
   *   <li>a {@link Network}: its digest and the code of all block classes that are not DJL's;
   *   <li>{@link Data}: its digest, the augmentations and the deficit;
   *   <li>shapes, and lists, maps and optionals of all these.
   * </ul>
   *
   * @param kind the kind of step
   * @param parts all that it depends on
   * @return the key
   * @throws IllegalArgumentException for a value of any other type: its content is unknown
   */
  public static Digest of(String kind, Object... parts) {
    return Digest.of(kind, content(Arrays.asList(parts)));
  }

  /** Class files are read once per process: keys of many steps have the same classes. */
  private static final ClassValue<Digest> CODE =
      new ClassValue<>() {
        @Override
        protected Digest computeValue(Class<?> type) {
          return Digest.of(ClassFile.around(type));
        }
      };

  /**
   * The digest of a class's compiled code: of its nest and of all classes in its package that it
   * refers to, directly or not. Recompiled code that differs is a different step.
   *
   * @param type the class
   * @return the digest of its class files
   */
  public static Digest code(Class<?> type) {
    return CODE.get(type);
  }

  /** Converts a value to values that {@link Digest#of} takes. */
  private static Object content(Object value) {
    if (value instanceof Network network) {
      Map<String, Digest> code = new TreeMap<>();
      addCode(network.block(), code);
      return Digest.of("network", network, code);
    } else if (value instanceof Data data) {
      return Digest.of(
          "data",
          data,
          content(data.augmentations()),
          content(data.objective()),
          content(data.deficit()));
    } else if (value instanceof Digest || value instanceof Digest.Digested) {
      return value;
    } else if (value instanceof Record record) {
      return Digest.of("record", components(record), behaviour(record.getClass()));
    } else if (value instanceof Enum<?> constant) {
      return Digest.of("enum", constant, behaviour(constant.getDeclaringClass()));
    } else if (value instanceof Shape shape) {
      return Digest.of("shape", shape.toString());
    } else if (value instanceof List<?> list) {
      return list.stream().map(StepKey::content).toList();
    } else if (value instanceof Optional<?> optional) {
      return optional.map(StepKey::content);
    } else if (value instanceof Map<?, ?> map) {
      Map<Object, Object> contents = new TreeMap<>();
      map.forEach((key, element) -> contents.put(key, content(element)));
      return contents;
    }
    return value;
  }

  private static void addCode(Block block, Map<String, Digest> code) {
    String name = block.getClass().getName();
    if (!name.startsWith("ai.djl.")) {
      code.computeIfAbsent(name, unknown -> code(block.getClass()));
    }
    block.getChildren().values().forEach(child -> addCode(child, code));
  }

  /** The code of a class that implements an interface; none of one that only holds values. */
  private static Optional<Digest> behaviour(Class<?> type) {
    return type.getInterfaces().length == 0 ? Optional.empty() : Optional.of(code(type));
  }

  private static List<Object> components(Record record) {
    Class<?> type = record.getClass();
    List<Object> contents = new ArrayList<>(List.of(type.getName()));
    for (RecordComponent component : type.getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        Object value = component.getAccessor().invoke(record);
        if (!LaterSettings.isLeftOut(component, value)) {
          contents.add(component.getName());
          contents.add(content(value));
        }
      } catch (InaccessibleObjectException e) {
        throw new IllegalArgumentException(
            "found the record "
                + type.getName()
                + ", which "
                + type.getModule()
                + " hides, allowed is a public record in an exported package. Make it public, and"
                + " export "
                + type.getPackageName(),
            e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException("cannot read " + component, e);
      }
    }
    return contents;
  }
}
