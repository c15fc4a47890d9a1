// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.config.HoconText.Assignment;
import dev.espalier.runner.config.HoconText.Fault;
import dev.espalier.runner.config.HoconText.Include;
import dev.espalier.runner.config.HoconText.Repeat;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A configuration file with the files that it includes, and the problems of their form. */
final class ConfigFile {

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{\\??([^}]*)}");
  private static final List<String> EXTENSIONS = List.of("", ".conf", ".json", ".properties");

  private final Config config;
  private final List<Problem> faults = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final Set<String> incomplete = new LinkedHashSet<>();
  private final Map<String, ConfigOrigin> origins = new LinkedHashMap<>();

  private ConfigFile(Path file) {
    HoconText text = scan(file, "", new LinkedHashSet<>());
    ConfigParseOptions options = ConfigParseOptions.defaults().appendIncluder(new FileIncluder());
    // Relative to a file name without a folder, the library includes nothing.
    File absolute = file.toAbsolutePath().toFile();
    config = parsed(text, name(file), () -> ConfigFactory.parseFile(absolute, options));
  }

  private ConfigFile(String name, String text) {
    HoconText scanned = new HoconText(text);
    note(scanned, name);
    ConfigOrigin origin = ConfigOriginFactory.newSimple(name);
    scanned.assignments().forEach(it -> origins.put(it.path(), origin.withLineNumber(it.line())));
    ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(name);
    config =
        parsed(scanned, name, () -> ConfigFactory.parseReader(new StringReader(text), options));
  }

  /**
   * Reads a file.
   *
   * @throws ConfigProblem if it cannot be read
   */
  static ConfigFile read(Path file) {
    return new ConfigFile(file);
  }

  /**
   * Reads a text.
   *
   * @param name its name in problems
   * @throws ConfigProblem if it is malformed
   */
  static ConfigFile of(String name, String text) {
    return new ConfigFile(name, text);
  }

  /** The content; its references are not resolved. */
  Config config() {
    return config;
  }

  /** The problems that do not hide the content. */
  List<Problem> problems() {
    return problems;
  }

  /** The warnings about keys that are there twice. */
  List<Problem> warnings() {
    return warnings;
  }

  /** The sections that a missing file should have filled; the root is empty. */
  Set<String> incomplete() {
    return incomplete;
  }

  private HoconText scan(Path file, String section, Set<Path> including) {
    String name = name(file);
    HoconText text;
    try {
      text = new HoconText(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw ConfigProblem.of(
          List.of(
              new Refusal(
                  "experiment",
                  "the file " + file + ", which cannot be read",
                  "a file that this user may read",
                  "Change its permissions")));
    }
    note(text, name);
    ConfigOrigin origin = ConfigOriginFactory.newFile(file.toString());
    for (Assignment it : text.assignments()) {
      origins.put(within(section, it.path()), origin.withLineNumber(it.line()));
    }
    for (Repeat repeat : text.repeats()) {
      warnings.add(
          new Problem(
              name,
              repeat.later().line(),
              within(section, repeat.later().path())
                  + ": found twice, in line "
                  + repeat.earlier().line()
                  + " and here, so that line "
                  + repeat.earlier().line()
                  + " has no effect. Remove one of them"));
    }
    Set<Path> outer = new LinkedHashSet<>(including);
    outer.add(file.toAbsolutePath().normalize());
    text.includes().forEach(include -> include(include, file, section, outer));
    return text;
  }

  private void include(Include include, Path file, String section, Set<Path> including) {
    Problem refused = null;
    if (!include.how().isEmpty() && !include.how().equals("file")) {
      refused = refused(include, file, include.how() + "(\"" + include.what() + "\")", "a file");
    } else {
      Path named =
          include.how().isEmpty()
              ? file.toAbsolutePath().resolveSibling(include.what())
              : Path.of(include.what()).toAbsolutePath();
      List<Path> there =
          EXTENSIONS.stream()
              .map(extension -> Path.of(named + extension).normalize())
              .filter(Files::isRegularFile)
              .toList();
      if (there.isEmpty()) {
        refused =
            refused(
                include,
                file,
                "\"" + include.what() + "\", and no such file",
                "a file next to this one");
      } else if (including.contains(there.get(0))) {
        throw new ConfigProblem(
            List.of(
                refused(
                    include,
                    file,
                    "\"" + include.what() + "\", which includes this file",
                    "a file that does not")));
      } else if (!there.get(0).toString().endsWith(".properties")) {
        scan(there.get(0), within(section, include.section()), including);
      }
    }
    if (refused != null) {
      problems.add(refused);
      incomplete.add(within(section, include.section()));
    }
  }

  private static Problem refused(Include include, Path file, String found, String allowed) {
    return new Problem(
        name(file), include.line(), new Refusal("include", found, allowed).toString());
  }

  /** Notes an error of form, and refuses a text that cannot be parsed for its size. */
  private void note(HoconText text, String name) {
    text.fault()
        .ifPresent(
            fault -> {
              faults.add(problem(fault, name));
              if (fault.isLimit()) {
                throw new ConfigProblem(faults);
              }
            });
  }

  private static Problem problem(Fault fault, String name) {
    return new Problem(
        name, fault.line(), new Refusal("", fault.found(), fault.allowed()).toString());
  }

  /** Parses a text, and describes its errors of form. */
  private Config parsed(HoconText text, String name, Supplier<Config> parse) {
    try {
      return parse.get();
    } catch (ConfigException e) {
      if (!faults.isEmpty()) {
        throw new ConfigProblem(faults);
      }
      int line = line(e);
      String found =
          file(e, name).equals(name) && line > 0
              ? "\"" + Printable.cut(text.line(line)) + "\""
              : "text that is not HOCON";
      throw problem(
          e,
          name,
          new Refusal(
              "",
              found,
              "HOCON: key = value, or key { ... }",
              "Put a value with special characters in quotes"));
    }
  }

  /** Describes an error of references. */
  static ConfigProblem unresolved(ConfigException e, String name) {
    String message = String.valueOf(e.getMessage());
    Matcher reference = REFERENCE.matcher(message);
    String found = reference.find() ? reference.group() : "a reference";
    String fault = message.contains("cycle") ? "which depends on itself" : "which has no value";
    return problem(
        e,
        name,
        new Refusal(
            "",
            found + ", " + fault,
            "a reference to another key or to an environment variable",
            "Set it, or write ${?...} for one that may be missing"));
  }

  private static ConfigProblem problem(ConfigException e, String name, Refusal refusal) {
    return new ConfigProblem(List.of(new Problem(file(e, name), line(e), refusal.toString())));
  }

  private static int line(ConfigException e) {
    return e.origin() == null ? -1 : Place.line(e.origin());
  }

  private static String file(ConfigException e, String name) {
    return e.origin() == null ? name : Place.file(e.origin());
  }

  /** Describes a nesting that the library cannot read. */
  static ConfigProblem tooDeep() {
    return ConfigProblem.of(
        List.of(
            new Refusal(
                "experiment",
                "sections or references that are nested too deeply",
                "at most " + HoconText.DEEPEST + " levels")));
  }

  /**
   * Adds the places of the keys of an assignment on the command line.
   *
   * @throws ConfigProblem if it is too deep to be parsed
   */
  void addPlaces(String assignment) {
    HoconText text = new HoconText(assignment);
    String name = Place.SET + Printable.cut(assignment);
    text.fault()
        .filter(Fault::isLimit)
        .ifPresent(
            fault -> {
              Problem problem = problem(fault, name);
              throw new ConfigProblem(List.of(new Problem(name, -1, problem.message())));
            });
    ConfigOrigin origin = ConfigOriginFactory.newSimple(name);
    text.assignments().forEach(it -> origins.put(it.path(), origin));
  }

  /** The order of keys in the file; those of assignments are the last. */
  Comparator<String> order() {
    Map<String, Integer> places = new HashMap<>();
    origins.keySet().forEach(key -> places.put(key, places.size()));
    return Comparator.comparing(key -> places.getOrDefault(key, places.size()));
  }

  /** Gives values of environment variables the place of the key that refers to them. */
  ConfigObject placed(ConfigObject root) {
    return (ConfigObject) placed(root, "");
  }

  private ConfigValue placed(ConfigValue value, String path) {
    if (value instanceof ConfigObject section) {
      Map<String, ConfigValue> entries = new LinkedHashMap<>();
      boolean changed = false;
      for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
        ConfigValue placed = placed(entry.getValue(), within(path, entry.getKey()));
        changed |= placed != entry.getValue();
        entries.put(entry.getKey(), placed);
      }
      return changed ? ConfigValueFactory.fromMap(entries).withOrigin(section.origin()) : section;
    }
    ConfigOrigin origin = origins.get(path);
    return origin != null && value.origin().description().startsWith("env var")
        ? value.withOrigin(origin)
        : value;
  }

  private static String within(String section, String key) {
    return section.isEmpty() || key.isEmpty() ? section + key : section + "." + key;
  }

  private static String name(Path file) {
    return Place.file(ConfigOriginFactory.newFile(file.toString()));
  }
}
