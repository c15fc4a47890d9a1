// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.api.Plugin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.example.broken.BrokenPlugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JarProblemsTest {

  private static final String SERVICES = "META-INF/services/" + Plugin.class.getName();
  private static final String CLASS = "org/example/broken/BrokenPlugin.class";

  @TempDir private Path folder;

  private static byte[] code(Class<?> type) throws IOException {
    try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      return in.readAllBytes();
    }
  }

  private Path jar(String name, Map<String, byte[]> entries) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Map.Entry<String, byte[]> entry : new TreeMap<>(entries).entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
      }
    }
    return jar;
  }

  private Path plugin(String name, String services) throws IOException {
    return jar(
        name,
        Map.of(
            SERVICES, services.getBytes(StandardCharsets.UTF_8), CLASS, code(BrokenPlugin.class)));
  }

  @ParameterizedTest
  @CsvSource({
    "p-const.jar, pluginpconst.jar",
    "3d.jar, plugin3d.jar",
    "p-throws-1.0.jar, pluginpthrows10.jar"
  })
  void aNameThatGivesNoModuleNameIsToBeChanged(String name, String better) throws IOException {
    Path jar = plugin(name, BrokenPlugin.class.getName());
    assertThat(JarProblems.reason(jar))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains("derives no module name", "Rename the jar, such as to " + better));
    Path renamed = Files.move(jar, folder.resolve(better));
    assertThat(JarProblems.reason(renamed)).isEmpty();
  }

  @Test
  void aWrongLineOfADeclarationIsNamed() throws IOException {
    Path jar = plugin("mine.jar", "# mine\n\nnot a class\n");
    assertThat(JarProblems.reason(jar))
        .contains(
            SERVICES
                + ":3: found \"not a class\", allowed is the name of a class in a package. Mend that"
                + " line");
  }

  @Test
  void aDeclaredClassThatIsNotThereIsNamed() throws IOException {
    Path jar = plugin("mine.jar", "org.example.Gone");
    assertThat(JarProblems.reason(jar))
        .contains(
            SERVICES
                + ":1: found \"org.example.Gone\", allowed is the name of a class of this jar. Mend"
                + " that line");
  }

  @Test
  void aClassOfANewerJavaIsNamed() throws IOException {
    byte[] newer = code(BrokenPlugin.class);
    newer[7] = 99; // the major version
    Path jar = jar("mine.jar", Map.of(CLASS, newer));
    assertThat(JarProblems.reason(jar))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith(
                        "found class version 99 (Java 55) of org.example.broken.BrokenPlugin")
                    .endsWith("Compile it with --release 17"));
  }

  @Test
  void anErrorForAClassOfANewerJavaIsNamed() {
    Error found =
        new UnsupportedClassVersionError(
            "mine/Thing has been compiled by a more recent version of the Java Runtime (class file"
                + " version 99.0), this version of the Java Runtime only recognizes class file"
                + " versions up to 61.0");
    Error thrown = new ServiceConfigurationError("Unable to load mine.Thing", found);
    assertThat(JarProblems.text(thrown)).contains("class version 99 (Java 55) of mine.Thing");
  }

  @ParameterizedTest
  @CsvSource({"''", "this is no jar"})
  void aFileThatIsNoJarIsToBeRemoved(String content) throws IOException {
    Path jar = Files.writeString(folder.resolve("mine.jar"), content);
    assertThat(JarProblems.reason(jar))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith("Error reading")
                    .contains("Remove it, or build it again"));
  }

  @Test
  void aPluginThatIsNotDeclaredIsNamed() throws IOException {
    Path jar = jar("mine.jar", Map.of(CLASS, code(BrokenPlugin.class)));
    assertThat(JarProblems.undeclared(jar))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains(
                        "found org.example.broken.BrokenPlugin and no declaration", SERVICES));
  }

  @Test
  void aLibraryNeedsNoDeclaration() throws IOException {
    String library = "org/example/broken/WrongMethod$Memory.class";
    Path jar;
    try (InputStream in = BrokenPlugin.class.getResourceAsStream("WrongMethod$Memory.class")) {
      jar = jar("mine.jar", Map.of(library, in.readAllBytes()));
    }
    assertThat(JarProblems.undeclared(jar)).isEmpty();
    assertThat(JarProblems.reason(jar)).isEmpty();
  }
}
