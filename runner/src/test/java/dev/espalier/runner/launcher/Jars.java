// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Makes plugin jars from source, as their authors do: without this project's build. */
final class Jars {

  private Jars() {}

  /**
   * Compiles the Java sources and jars them with all other files.
   *
   * @param work an empty folder
   * @param files texts by path
   * @param path the jars to compile against
   * @param asModule whether those are on the module path
   * @param jar the jar to write
   */
  static void make(
      Path work, Map<String, String> files, List<Path> path, boolean asModule, Path jar)
      throws IOException {
    Path sources = work.resolve("src");
    Path classes = Files.createDirectories(work.resolve("classes"));
    List<File> java = new ArrayList<>();
    for (Map.Entry<String, String> file : files.entrySet()) {
      boolean source = file.getKey().endsWith(".java");
      Path target = (source ? sources : classes).resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.writeString(target, file.getValue());
      if (source) {
        java.add(target.toFile());
      }
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    String jars = path.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      List<String> options =
          List.of(
              "-d",
              classes.toString(),
              "--release",
              "17",
              "-proc:none",
              asModule ? "--module-path" : "--class-path",
              jars);
      boolean compiled =
          compiler
              .getTask(
                  messages, manager, null, options, null, manager.getJavaFileObjectsFromFiles(java))
              .call();
      assertThat(compiled).as("compiles: %s", messages).isTrue();
    }
    Map<String, byte[]> entries = new TreeMap<>();
    try (Stream<Path> made = Files.walk(classes)) {
      for (Path file : made.filter(Files::isRegularFile).toList()) {
        entries.put(
            classes.relativize(file).toString().replace(File.separatorChar, '/'),
            Files.readAllBytes(file));
      }
    }
    write(jar, entries);
  }

  /** Writes a jar of the given entries. */
  static void write(Path jar, Map<String, byte[]> entries) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
  }
}
