// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.espalier.api.Criterion;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.network.Model;
import dev.espalier.api.settings.Names;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem.Problem;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.RunLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Finds experiments and reads them. */
public final class ExperimentReader {

  /** The key of the provenance that a run adds to its experiment.conf; ignored on input. */
  public static final String PROVENANCE = "provenance";

  /** The list of the built-in experiments, a file that the build makes of their folder. */
  private static final List<String> BUILT_IN =
      open("experiments.txt").lines().map(file -> file.replace(".conf", "")).toList();

  /**
   * Keys that select the device, the end, the evaluation or the files of a run, and do not change
   * results. A run that stopped at a collapse is the beginning of one that does not stop.
   */
  private static final Set<String> COSMETIC =
      Set.of(
          "device",
          "threads",
          "cudnn-benchmark",
          "data-memory",
          "on-collapse",
          "margin",
          "keep-weights",
          "trackers");

  /** The keys that a variant cannot change. */
  static final List<String> COMMON =
      List.of(
          "name",
          "replicates",
          "device",
          "threads",
          "cudnn-benchmark",
          "data-memory",
          "margin",
          "keep-weights",
          "trackers");

  /** The sections of a whole file, which neither a variant nor a sweep contains. */
  static final List<String> SECTIONS = List.of(Variants.KEY, Grid.KEY, PROVENANCE);

  /** Keys of earlier versions and of other files, with their places. */
  private static final List<Refusal> RENAMED =
      List.of(
          new Refusal(
              "cluster",
              "a section of a site",
              "none in an experiment, which is the same on every cluster",
              "Move it to the file cluster.conf"),
          new Refusal("deficit.kind", "an old key", "deficit.id"),
          new Refusal("method.dense", "an old key", "controls = [ dense ]"),
          new Refusal(
              "training.label-smoothing",
              "an old key",
              "none in training",
              "Move it to data.objective { id = classification, label-smoothing = ... }"));

  private final Registry registry;
  private final boolean isConfirmed;

  /** Creates a reader that finds ids in a registry, and refuses sweeps of many variants. */
  public ExperimentReader(Registry registry) {
    this(registry, false);
  }

  /**
   * Creates a reader that finds ids in a registry.
   *
   * @param isConfirmed whether a sweep may have more than 1,000 variants
   */
  public ExperimentReader(Registry registry, boolean isConfirmed) {
    this.registry = registry;
    this.isConfirmed = isConfirmed;
  }

  /**
   * Reads an experiment with its variants.
   *
   * @param which a file, or the name of a built-in experiment
   * @param sets assignments {@code key=value} that override the file and its variants
   * @throws ConfigProblem naming all problems
   */
  public Sweep read(String which, List<String> sets) {
    return read(which, sets, Optional.empty());
  }

  /**
   * Reads an experiment with its variants, or one variant as a separate experiment called {@code
   * name-variant}.
   *
   * @param which a file, or the name of a built-in experiment
   * @param sets assignments {@code key=value} that override the file
   * @param only the variant's name; all variants if empty
   * @throws ConfigProblem naming all problems
   */
  public Sweep read(String which, List<String> sets, Optional<String> only) {
    return draft(which, sets, only).complete();
  }

  /**
   * Reads the valid part of an experiment, as {@link #read(String, List, Optional)} does.
   *
   * @param which a file, or the name of a built-in experiment
   * @param sets assignments {@code key=value} that override the file
   * @param only the variant's name; all variants if empty
   * @throws ConfigProblem if the variants cannot be separated
   */
  public Draft draft(String which, List<String> sets, Optional<String> only) {
    try {
      return draft(find(which), sets, only);
    } catch (ConfigException e) {
      throw ConfigFile.unresolved(e, which);
    } catch (StackOverflowError e) {
      throw ConfigFile.tooDeep();
    }
  }

  private Draft draft(ConfigFile file, List<String> sets, Optional<String> only) {
    List<Config> layers = new ArrayList<>(List.of(file.config()));
    sets.forEach(file::addPlaces);
    sets.forEach(set -> layers.add(parseSet(set)));
    ConfigObject all =
        file.placed(layers.stream().reduce(ExperimentReader::over).orElseThrow().resolve().root());
    ConfigObject base = all.withoutKey(Variants.KEY).withoutKey(Grid.KEY);
    Binder binder = binder(file.problems(), file.incomplete());
    Map<String, ConfigValue> variants = new LinkedHashMap<>(Variants.in(all, layers, binder));
    ConfigObject assigned =
        file.placed(
            layers.stream()
                .skip(1)
                .reduce(ConfigFactory.empty(), ExperimentReader::over)
                .resolveWith(all.toConfig())
                .root());
    variants.replaceAll((name, section) -> assigned(name, section, assigned));
    GridReader sweep = new GridReader(base, variants, assigned, binder);
    Map<String, ConfigValue> expanded =
        sweep.expand(all.get(Grid.KEY), file.order(), isConfirmed || only.isPresent());
    List<Problem> warnings = new ArrayList<>(file.warnings());
    warnings.addAll(sweep.warnings());
    Set<String> incomplete = new LinkedHashSet<>(file.incomplete());
    incomplete.addAll(sweep.refused());
    Supplier<Binder> binders = () -> binder(binder.problems(), incomplete);
    if (only.isPresent()) {
      binder.refuse();
      return draft(
          Map.of("", binders.get()), (name, it) -> only(only.get(), expanded, base, it), warnings);
    }
    if (expanded.isEmpty()) {
      return draft(Map.of("", binders.get()), (name, it) -> read(base, it), warnings);
    }
    Map<String, Binder> each = new LinkedHashMap<>();
    expanded.keySet().forEach(name -> each.put(name, binders.get()));
    return draft(each, (name, it) -> variant(name, expanded.get(name), base, it), warnings);
  }

  private Binder binder(List<Problem> problems, Set<String> incomplete) {
    Binder binder = new Binder(registry, incomplete);
    binder.problems().addAll(problems);
    return binder;
  }

  /** Reads each variant with a binder, which then has its problems. */
  private static Draft draft(
      Map<String, Binder> binders,
      BiFunction<String, Binder, Reading<Experiment>> read,
      List<Problem> warnings) {
    VariantProblems problems = new VariantProblems(binders.keySet());
    Map<String, Reading<Experiment>> readings = new LinkedHashMap<>();
    binders.forEach(
        (name, binder) -> {
          readings.put(name, read.apply(name, binder));
          problems.add(name, binder.problems());
        });
    return new Draft(readings, problems, warnings);
  }

  /** Merges the assignments into a variant; those to the variant itself come last. */
  private static ConfigValue assigned(String name, ConfigValue variant, ConfigObject assigned) {
    if (!(variant instanceof ConfigObject section)) {
      return variant;
    }
    ConfigObject base = assigned.withoutKey(Variants.KEY).withoutKey(Grid.KEY);
    for (String key : COMMON) {
      base = base.withoutKey(key);
    }
    ConfigObject all = over(section, base);
    return assigned.get(Variants.KEY) instanceof ConfigObject variants
            && variants.get(name) instanceof ConfigObject own
        ? over(all, own)
        : all;
  }

  private static Reading<Experiment> read(ConfigObject section, Binder binder) {
    ConfigObject current = section;
    for (Refusal renamed : RENAMED) {
      String old = renamed.key();
      if (current.toConfig().hasPath(old)) {
        binder.refuse(current.toConfig().getValue(old), renamed);
        current = current.toConfig().withoutPath(old).root(); // else it is an unknown key, too
      }
    }
    return binder.bind(Experiment.class, current, Set.copyOf(SECTIONS));
  }

  private static Reading<Experiment> variant(
      String name, ConfigValue value, ConfigObject base, Binder binder) {
    String path = Variants.KEY + "." + name;
    if (!name.matches(Names.PATTERN)) {
      binder.refuse(
          value,
          new Refusal(path, "the name \"" + name + "\"", "lower-case words joined by hyphens"));
    } else if (name.length() > Experiment.LONGEST_NAME) {
      binder.refuse(
          value,
          new Refusal(
              Printable.cut(path),
              name.length() + " characters",
              "a name of at most " + Experiment.LONGEST_NAME));
    }
    if (!(value instanceof ConfigObject section)) {
      binder.wrong(value, path, "a section { ... }");
      return read(base, binder);
    }
    ConfigObject own = section;
    for (String key : COMMON) {
      if (section.containsKey(key)) {
        binder.refuse(
            section.get(key),
            new Refusal(
                key,
                "this key in a variant",
                "one value for all variants",
                "Put it outside of "
                    + Variants.KEY
                    + "; "
                    + String.join(", ", COMMON)
                    + " are the same for all"));
        own = own.withoutKey(key);
      }
    }
    for (String key : SECTIONS) {
      if (section.containsKey(key)) {
        binder.refuse(
            section.get(key),
            new Refusal(key, "this key in a variant", "no such section there", "Take it out"));
        own = own.withoutKey(key);
      }
    }
    return read(over(base, own), binder);
  }

  private static Reading<Experiment> only(
      String name, Map<String, ConfigValue> variants, ConfigObject base, Binder binder) {
    ConfigValue section = variants.get(name);
    if (section == null) {
      throw ConfigProblem.of(
          List.of(
              variants.isEmpty()
                  ? new Refusal(
                      "--variant",
                      "\"" + name + "\"",
                      "none, as the experiment has no variants",
                      "Leave it out")
                  : new Refusal(
                      "--variant",
                      "\"" + name + "\"",
                      "one of " + Printable.some(variants.keySet()),
                      Nearest.remedy(name, variants.keySet()))));
    }
    ConfigValue whole = base.get("name");
    return variant(
        name,
        section,
        Variants.isNull(whole)
            ? base
            : base.withValue(
                "name",
                ConfigValueFactory.fromAnyRef(whole.unwrapped() + "-" + name)
                    .withOrigin(whole.origin())),
        binder);
  }

  /**
   * Reads criteria given on the command line.
   *
   * @param given each an id, or a section such as {@code { id = snip, examples = 1000 }}
   * @throws ConfigProblem naming all their problems
   */
  public List<Criterion> criteria(List<String> given) {
    return read(Criteria.class, "criterion", given, "{ id = snip, examples = 1000 }").criteria();
  }

  /**
   * Reads methods given on the command line.
   *
   * @param given each an id, or a section such as {@code { id = imp, rounds = 3 }}
   * @throws ConfigProblem naming all their problems
   */
  public List<MethodChoice> methods(List<String> given) {
    return read(Methods.class, "method", given, "{ id = imp, rounds = 3 }").methods();
  }

  /**
   * Reads a model given on the command line.
   *
   * @param given an id, or a section such as {@code { id = vgg-11, width = 16 }}
   * @throws ConfigProblem naming all its problems
   */
  public Model model(String given) {
    return read(Models.class, "model", List.of(given), "{ id = vgg-11, width = 16 }")
        .models()
        .get(0);
  }

  /**
   * Reads a data source given by the caller.
   *
   * @param given an id, or a section such as {@code { id = mnist, path = data }}
   * @throws ConfigProblem naming all its problems
   */
  public DataSource source(String given) {
    return read(Sources.class, "data", List.of(given), "{ id = mnist, path = data }")
        .sources()
        .get(0);
  }

  /**
   * Builds the model that a run recorded.
   *
   * @param section its id and settings
   * @param where the name of the place in problems
   * @throws ConfigProblem naming all its problems
   */
  public Model model(Map<String, Object> section, String where) {
    ConfigObject of = ConfigValueFactory.fromMap(Map.of("model", section), where);
    return new Binder(registry).read(Recorded.class, of, Set.of()).model();
  }

  /** Reads the values of a repeatable option into a record of one list. */
  private <R extends Record> R read(
      Class<R> type, String option, List<String> given, String example) {
    List<ConfigValue> sections = new ArrayList<>();
    for (String text : given) {
      String origin = "--" + option + " " + text;
      try {
        sections.add(
            ConfigFactory.parseString(
                    "it = " + text, ConfigParseOptions.defaults().setOriginDescription(origin))
                .resolve()
                .getValue("it"));
      } catch (ConfigException e) {
        throw ConfigProblem.of(
            List.of(new Refusal("--" + option, text, "an id, or a section such as " + example)));
      }
    }
    String key = type.getRecordComponents()[0].getName();
    ConfigObject list =
        ConfigFactory.empty().root().withValue(key, ConfigValueFactory.fromIterable(sections));
    return new Binder(registry).read(type, list, Set.of());
  }

  /**
   * The criteria of a command line.
   *
   * @param criteria rank the weights
   */
  public record Criteria(@Setting("what ranks the weights") List<Criterion> criteria) {}

  /**
   * The methods of a command line.
   *
   * @param methods the methods
   */
  public record Methods(@Setting("the methods") List<MethodChoice> methods) {}

  /**
   * The model of a run.
   *
   * @param model the model
   */
  public record Recorded(@Setting("the model") Model model) {}

  /**
   * The models of a command line.
   *
   * @param models the models
   */
  public record Models(@Setting("the models") List<Model> models) {}

  /**
   * The data sources of a command line.
   *
   * @param sources the sources
   */
  public record Sources(@Setting("the data sources") List<DataSource> sources) {}

  private static ConfigFile find(String which) {
    Path file = path(which);
    if (file != null && Files.isRegularFile(file)) {
      return ConfigFile.read(file);
    }
    if (BUILT_IN.contains(which)) {
      return ConfigFile.of(which, open(file(which)).lines().collect(Collectors.joining("\n")));
    }
    throw ConfigProblem.of(List.of(notFound(which, file)));
  }

  private static Path path(String which) {
    try {
      return Path.of(which);
    } catch (InvalidPathException e) {
      if (which.indexOf('\0') < 0) {
        throw e; // the locale lacks a letter, which no other path mends
      }
      return null;
    }
  }

  /** Describes why an experiment is none; a path gets no list of the built-in ones. */
  private static Refusal notFound(String which, Path file) {
    String allowed = "a file, or a built-in experiment";
    String list = "'espalier list' names the built-in experiments";
    if (file != null && Files.isDirectory(file)) {
      boolean isRun = Files.isRegularFile(file.resolve(RunLayout.EXPERIMENT));
      return new Refusal(
          "experiment",
          "the folder " + which,
          allowed,
          isRun ? "Take " + file.resolve(RunLayout.EXPERIMENT) + " to run it again" : list);
    }
    if (file != null && Files.isSymbolicLink(file)) {
      return new Refusal("experiment", "the link " + which + " to no file", allowed, list);
    }
    if (file != null && Files.exists(file)) {
      return new Refusal("experiment", which + ", which is no regular file", allowed, list);
    }
    if (!which.matches(Names.PATTERN)) {
      return new Refusal("experiment", Printable.cut(which) + ", and no such file", allowed, list);
    }
    return new Refusal(
        "experiment",
        "\"" + which + "\"",
        "a file, or one of " + String.join(", ", BUILT_IN),
        Nearest.remedy(which, BUILT_IN));
  }

  private static Config parseSet(String set) {
    if (!set.contains("=")) {
      throw ConfigProblem.of(
          List.of(new Refusal("--set", "\"" + Printable.cut(set) + "\"", "key=value")));
    }
    String origin = Place.SET + Printable.cut(set);
    try {
      return ConfigFactory.parseString(
          set, ConfigParseOptions.defaults().setOriginDescription(origin));
    } catch (ConfigException.Parse e) {
      // Such as device=gpu:1, which a file must quote, and a shell makes that hard.
      int equals = set.indexOf('=');
      String value = set.substring(equals + 1).strip();
      return ConfigFactory.empty()
          .withValue(
              set.substring(0, equals).strip(), ConfigValueFactory.fromAnyRef(value, origin));
    }
  }

  private static Config over(Config config, Config set) {
    return config.isResolved() && set.isResolved()
        ? over(config.root(), set.root()).toConfig()
        : set.withFallback(config);
  }

  /** Merges like withFallback, but a section keeps its place in the file. */
  static ConfigObject over(ConfigObject section, ConfigObject set) {
    Map<String, ConfigValue> merged = new LinkedHashMap<>();
    section.keySet().forEach(key -> merged.put(key, section.get(key))); // entries hash all values
    for (String key : set.keySet()) {
      ConfigValue value = set.get(key);
      merged.put(
          key,
          value instanceof ConfigObject more && section.get(key) instanceof ConfigObject there
              ? over(there, more)
              : value);
    }
    return ConfigValueFactory.fromMap(merged).withOrigin(section.origin());
  }

  private static String file(String builtIn) {
    return "/experiments/" + builtIn + ".conf";
  }

  private static BufferedReader open(String resource) {
    InputStream in = ExperimentReader.class.getResourceAsStream(resource);
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  /**
   * Returns the file of a built-in experiment.
   *
   * @throws ConfigProblem if there is no such experiment, naming the nearest
   */
  public static String text(String builtIn) {
    if (!BUILT_IN.contains(builtIn)) {
      throw new ConfigProblem(Nearest.unknown("no built-in experiment", builtIn, BUILT_IN));
    }
    return open(file(builtIn)).lines().collect(Collectors.joining("\n", "", "\n"));
  }

  /** The built-in experiments, each with the first sentence of its file. */
  public static Map<String, String> builtIn() {
    Map<String, String> sentences = new LinkedHashMap<>();
    for (String name : BUILT_IN) {
      try (BufferedReader reader = open(file(name))) {
        sentences.put(name, reader.readLine().replaceFirst("^[#/]+\\s*", ""));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return sentences;
  }

  /** Writes the experiment as a configuration file, with every default explicit. */
  public String render(Sweep sweep, Map<String, Object> provenance) {
    Written written = written(sweep, new Binder(registry), Set.of());
    return new RecordedExperiment(written.common(), written.variants(), provenance).render();
  }

  /** Computes the digest that names a run: equal settings find their old results on any machine. */
  public Digest digest(Sweep sweep) {
    Written written = written(sweep, Binder.forDigest(registry), COSMETIC);
    Map<String, Object> all = new LinkedHashMap<>(written.common());
    if (!written.variants().isEmpty()) {
      all.put(Variants.KEY, written.variants());
      all.put("order", List.copyOf(written.variants().keySet())); // results.csv follows it
    }
    return Digest.of(all);
  }

  /**
   * A sweep as in a file, with every default explicit.
   *
   * @param common the keys that have the same value in all variants
   * @param variants the other keys of each variant; none if there are no variants
   */
  private record Written(Map<String, Object> common, Map<String, Map<String, Object>> variants) {}

  private static Written written(Sweep sweep, Binder binder, Set<String> without) {
    Map<String, Map<String, Object>> variants = new LinkedHashMap<>();
    sweep.variants().forEach((name, experiment) -> variants.put(name, section(experiment, binder)));
    Map<String, Object> common = section(sweep.first(), binder);
    common.keySet().removeAll(without);
    variants.values().forEach(section -> common.entrySet().retainAll(section.entrySet()));
    variants
        .values()
        .forEach(
            section -> {
              section.keySet().removeAll(without);
              section.keySet().removeAll(common.keySet());
            });
    variants.remove("");
    return new Written(common, variants);
  }

  private static Map<String, Object> section(Experiment experiment, Binder binder) {
    Map<String, Object> section = new LinkedHashMap<>();
    ((Map<?, ?>) binder.write(experiment))
        .forEach((key, value) -> section.put((String) key, value));
    return section;
  }
}
