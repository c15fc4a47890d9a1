// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The content of a compiled class and the classes it refers to, in the layout of the Java virtual
 * machine.
 */
final class ClassFile {

  /**
   * Packages of the API whose code is identified by the version number of {@code TrainingEngine},
   * and not by its bytes.
   */
  private static final Set<String> VERSIONED =
      Set.of(
          "dev.espalier.api.",
          "dev.espalier.api.settings.",
          "dev.espalier.api.state.",
          "dev.espalier.api.network.",
          "dev.espalier.api.data.",
          "dev.espalier.api.engine.");

  private ClassFile() {}

  /**
   * Collects the class files of a class's nest, and of all classes of its package that these refer
   * to, directly or not.
   *
   * @return their bytes by the classes' names
   */
  static SortedMap<String, byte[]> around(Class<?> type) {
    Class<?> host = type.getNestHost();
    String folder = host.getPackageName().isEmpty() ? "" : host.getPackageName() + ".";
    SortedMap<String, byte[]> files = new TreeMap<>();
    Deque<String> left = new ArrayDeque<>();
    left.add(host.getName());
    while (!left.isEmpty()) {
      String name = left.remove();
      if (files.containsKey(name)) {
        continue;
      }
      byte[] file = read(host, name.substring(folder.length()) + ".class");
      if (file == null) {
        continue; // a missing optional dependency
      }
      files.put(name, file);
      for (String other : references(file)) {
        boolean nested = other.startsWith(host.getName() + "$");
        boolean samePackage = other.startsWith(folder) && other.indexOf('.', folder.length()) < 0;
        if (nested || (samePackage && !VERSIONED.contains(folder))) {
          left.add(other);
        }
      }
    }
    if (!files.containsKey(type.getName())) {
      throw new IllegalArgumentException("the class file of " + type + " cannot be read");
    }
    return files;
  }

  private static byte[] read(Class<?> host, String file) {
    try (InputStream in = host.getResourceAsStream(file)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The classes in a constant pool (Java Virtual Machine Specification, 4.4), arrays left out. */
  private static Set<String> references(byte[] file) {
    Map<Integer, String> texts = new HashMap<>();
    Set<Integer> classes = new TreeSet<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(file))) {
      in.skipNBytes(8); // magic number and version
      int count = in.readUnsignedShort();
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        switch (tag) {
          case 1 -> texts.put(i, in.readUTF());
          case 7 -> classes.add(in.readUnsignedShort());
          case 8, 16, 19, 20 -> in.skipNBytes(2);
          case 15 -> in.skipNBytes(3);
          case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
          case 5, 6 -> {
            in.skipNBytes(8);
            i++; // long and double take two places
          }
          default -> throw new IllegalStateException("found constant of unknown sort " + tag);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Set<String> names = new TreeSet<>();
    for (int text : classes) {
      names.add(texts.get(text).replace('/', '.'));
    }
    return names;
  }
}
