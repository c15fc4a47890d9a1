// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import dev.espalier.api.Plugin;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;

/** The reasons why jars in the folder of plugins are not loaded, each with a remedy. */
final class JarProblems {

  private static final String SERVICES = "META-INF/services/" + Plugin.class.getName();
  private static final String PLUGIN = Plugin.class.getName().replace('.', '/');
  private static final Pattern CLASS_NAME =
      Pattern.compile("\\p{javaJavaIdentifierStart}[\\p{javaJavaIdentifierPart}.]*");

  /** The class version of Java n is n + 44. */
  private static final int CLASS_VERSION = 44;

  private JarProblems() {}

  /** The jars that the launcher left out, each with the reason. */
  static List<String> ofLauncher() {
    Path plugins = Path.of(System.getProperty("espalier.home", "")).resolve("plugins");
    return System.getProperty("espalier.skipped", "")
        .lines()
        .map(
            line -> {
              String jar = line.substring(0, Math.max(0, line.indexOf(": ")));
              return jar.isEmpty()
                  ? line
                  : reason(plugins.resolve(jar)).map(found -> jar + ": " + found).orElse(line);
            })
        .toList();
  }

  /** The jars of a layer in the folder of plugins that have a plugin and do not declare it. */
  static List<String> undeclared(ModuleLayer layer) {
    List<String> undeclared = new ArrayList<>();
    layer.configuration().modules().stream()
        .map(ResolvedModule::reference)
        .filter(JarProblems::providesNothing)
        .flatMap(module -> module.location().stream())
        .map(Path::of)
        .filter(jar -> jar.getParent() != null && jar.getParent().endsWith("plugins"))
        .sorted()
        .forEach(
            jar ->
                undeclared(jar)
                    .ifPresent(found -> undeclared.add(jar.getFileName() + ": " + found)));
    return undeclared;
  }

  private static boolean providesNothing(ModuleReference module) {
    return module.descriptor().provides().stream()
        .noneMatch(provides -> provides.service().equals(Plugin.class.getName()));
  }

  /** The reason why a jar without a declared plugin is none; empty if it is a mere library. */
  static Optional<String> undeclared(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      for (ZipEntry entry : classes(file)) {
        try (InputStream in = file.getInputStream(entry)) {
          // The name of the interface is in the constants of a class that implements it.
          if (new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).contains(PLUGIN)) {
            return Optional.of(
                "found "
                    + className(entry)
                    + " and no declaration of it, allowed is a jar that names its plugin in "
                    + SERVICES
                    + " or, if it has one, in module-info. Add that");
          }
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(broken(e));
    }
  }

  /** The reason why a jar is no module; empty if none is known here. */
  static Optional<String> reason(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      Optional<String> problem = wrongLine(file).or(() -> wrongClass(file));
      return problem.isPresent() || isModule(jar) || file.getEntry("module-info.class") != null
          ? problem
          : Optional.of(
              "found a name from which Java derives no module name, allowed are words that are no"
                  + " keywords of Java. Rename the jar, such as to plugin"
                  + jar.getFileName().toString().replaceAll("jar$|[^A-Za-z0-9]", "")
                  + ".jar, or set Automatic-Module-Name in its manifest");
    } catch (IOException e) {
      return Optional.of(broken(e));
    }
  }

  private static String broken(IOException e) {
    return "Error reading it as a jar (" + e.getMessage() + "). Remove it, or build it again";
  }

  /** The first class that this Java cannot read. */
  private static Optional<String> wrongClass(JarFile file) {
    for (ZipEntry entry : classes(file)) {
      try (DataInputStream in = new DataInputStream(file.getInputStream(entry))) {
        in.skipNBytes(6); // magic number and minor version
        int version = in.readUnsignedShort();
        if (version > newest()) {
          return Optional.of(tooNew(className(entry), version));
        }
      } catch (IOException e) {
        return Optional.of(className(entry) + " is damaged. Build the jar again");
      }
    }
    return Optional.empty();
  }

  private static boolean isModule(Path jar) {
    try {
      return !ModuleFinder.of(jar).findAll().isEmpty();
    } catch (FindException e) {
      return false;
    }
  }

  /** The first line of the declaration that is not the name of a class. */
  private static Optional<String> wrongLine(JarFile file) throws IOException {
    ZipEntry services = file.getEntry(SERVICES);
    if (services == null) {
      return Optional.empty();
    }
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(file.getInputStream(services), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        String name = line.replaceFirst("#.*", "").strip();
        String problem = SERVICES + ":" + number + ": found \"" + name + "\", ";
        if (name.isEmpty()) {
          continue;
        }
        if (!CLASS_NAME.matcher(name).matches() || !name.contains(".")) {
          return Optional.of(
              problem + "allowed is the name of a class in a package. Mend that line");
        }
        if (file.getEntry(name.replace('.', '/') + ".class") == null) {
          return Optional.of(
              problem + "allowed is the name of a class of this jar. Mend that line");
        }
      }
    }
    return Optional.empty();
  }

  private static List<ZipEntry> classes(JarFile file) {
    return file.stream()
        .filter(entry -> entry.getName().endsWith(".class"))
        .filter(entry -> !entry.getName().startsWith("META-INF/"))
        .map(ZipEntry.class::cast)
        .toList();
  }

  private static String className(ZipEntry entry) {
    return entry.getName().replace(".class", "").replace('/', '.');
  }

  /** The reason of an error that is thrown when a plugin is loaded. */
  static String text(Error error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnsupportedClassVersionError) {
        Matcher found =
            Pattern.compile("(\\S+) .*class file version (\\d+)").matcher(cause.getMessage());
        return found.find()
            ? tooNew(found.group(1).replace('/', '.'), Integer.parseInt(found.group(2)))
            : cause.getMessage();
      }
    }
    return error instanceof LinkageError
        ? error + "; it was made for another version of the api. Build it again"
        : error.getMessage() + (error.getCause() == null ? "" : " (" + error.getCause() + ")");
  }

  private static String tooNew(String name, int version) {
    return "found class version "
        + version
        + " (Java "
        + (version - CLASS_VERSION)
        + ") of "
        + name
        + ", allowed is at most "
        + newest()
        + ", since this is Java "
        + Runtime.version().feature()
        + ". Compile it with --release 17";
  }

  private static int newest() {
    return Runtime.version().feature() + CLASS_VERSION;
  }
}
