// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts Espalier from its distribution folder: {@code java -jar espalier.jar}, which the script
 * {@code espalier} calls.
 *
 * <p>Everything in {@code lib} and {@code plugins} becomes one module layer with one loader, whose
 * parent reads {@code natives}. PyTorch's native jar has an illegal module name, so it must stay
 * outside. A plugin jar that does not resolve is left out and reported, so that one bad jar does
 * not affect the others.
 */
public final class Launcher {

  private static final String RUNNER = "dev.espalier.runner";

  private Launcher() {}

  /**
   * Starts the runner.
   *
   * @param args the command line
   * @throws Throwable any exception of the runner
   */
  public static void main(String[] args) throws Throwable {
    Optional<String> unreadable =
        unreadable(
            Charset.forName(System.getProperty("sun.jnu.encoding")),
            Stream.concat(Stream.of(System.getProperty("user.dir")), Stream.of(args)));
    if (unreadable.isPresent()) {
      System.err.println(unreadable.get());
      System.exit(2); // a mistake of the user, as in the runner
    }
    Path home = home();
    List<String> skipped = new ArrayList<>();
    ModuleFinder finder = finder(home, skipped);
    ClassLoader natives =
        new URLClassLoader(urls(home.resolve("natives")), Launcher.class.getClassLoader());
    Configuration configuration = resolve(finder);
    ModuleLayer layer =
        ModuleLayer.defineModulesWithOneLoader(configuration, List.of(ModuleLayer.boot()), natives)
            .layer();
    System.setProperty("espalier.home", home.toString());
    System.setProperty("espalier.skipped", String.join("\n", skipped));
    ClassLoader loader = layer.findLoader(RUNNER);
    Thread.currentThread().setContextClassLoader(loader);
    try {
      loader
          .loadClass(RUNNER + ".Main")
          .getMethod("main", String[].class)
          .invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** The refusal of a folder or an argument with letters that the locale does not have. */
  static Optional<String> unreadable(Charset charset, Stream<String> texts) {
    return texts
        .filter(text -> !charset.newEncoder().canEncode(text))
        .findFirst()
        .map(
            text ->
                "espalier: found the folder or argument "
                    + text
                    + ", which has letters that the locale does not have. Set LC_ALL=C.UTF-8, or"
                    + " use the script espalier, which does that");
  }

  private static Path home() throws URISyntaxException {
    URL jar = Launcher.class.getProtectionDomain().getCodeSource().getLocation();
    return Path.of(jar.toURI()).toAbsolutePath().getParent();
  }

  /**
   * Finds the modules of lib, and those of plugins that resolve with them. One may need a later
   * one, so those left over are tried again as long as this adds more.
   */
  private static ModuleFinder finder(Path home, List<String> skipped) throws IOException {
    ModuleFinder good = ModuleFinder.of(home.resolve("lib"));
    List<Path> left = jars(home.resolve("plugins"));
    int before;
    do {
      before = left.size();
      skipped.clear();
      List<Path> again = new ArrayList<>();
      for (Path jar : left) {
        try {
          good = with(jar, good);
        } catch (FindException | ResolutionException | SecurityException e) {
          skipped.add(jar.getFileName() + ": " + e.getMessage());
          again.add(jar);
        }
      }
      left = again;
    } while (!left.isEmpty() && left.size() < before);
    return good;
  }

  /** Adds a plugin to the modules, if they resolve together. */
  private static ModuleFinder with(Path jar, ModuleFinder good) {
    ModuleFinder plugin = ModuleFinder.of(jar);
    String name = plugin.findAll().iterator().next().descriptor().name();
    Optional<ModuleReference> other = good.find(name);
    if (other.isPresent()) {
      String where =
          other.get().location().map(at -> Path.of(at).getFileName() + "").orElse("java");
      throw new FindException("module " + name + " is there already, from " + where);
    }
    Set<String> packages = plugin.find(name).orElseThrow().descriptor().packages();
    for (ModuleReference there : good.findAll()) {
      for (String shared : there.descriptor().packages()) {
        if (packages.contains(shared)) {
          throw new FindException(
              "its package " + shared + " is in module " + there.descriptor().name() + " too");
        }
      }
    }
    ModuleFinder more = ModuleFinder.compose(good, plugin);
    resolve(more);
    return more;
  }

  private static Configuration resolve(ModuleFinder finder) {
    Set<String> roots =
        finder.findAll().stream()
            .map(module -> module.descriptor().name())
            .collect(Collectors.toSet());
    return ModuleLayer.boot().configuration().resolve(finder, ModuleFinder.of(), roots);
  }

  private static URL[] urls(Path folder) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars(folder)) {
      urls.add(jar.toUri().toURL());
    }
    return urls.toArray(new URL[0]);
  }

  private static List<Path> jars(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }
}
