// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.espalier.api.settings.Nearest;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Span;
import dev.espalier.api.settings.Warning;
import dev.espalier.runner.config.ConfigProblem.Problem;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the section {@code sweep}, and collects all its problems. */
final class GridReader {

  private static final String RANDOM = "random";
  private static final String SEED = "seed";
  private static final String UNIFORM = "uniform";
  private static final String LOG_UNIFORM = "log-uniform";
  private static final String CHOICE = "choice";
  private static final List<String> DISTRIBUTIONS = List.of(UNIFORM, LOG_UNIFORM, CHOICE);
  private static final String FORMS =
      "{ uniform = [0.1, 0.5] }, { log-uniform = [1e-4, 1e-2] } or { choice = [60, 120] }";

  /** A key with its list or its distribution. */
  private record Leaf(List<String> path, ConfigValue value) {
    String key() {
      return String.join(".", path);
    }
  }

  private final ConfigObject shape;
  private final Map<String, ConfigValue> variants;
  private final ConfigObject assigned;
  private final Binder binder;
  private final List<Problem> warnings = new ArrayList<>();
  private final Set<String> refused = new LinkedHashSet<>();
  private final List<Leaf> leaves = new ArrayList<>();
  private boolean isRandom;

  /**
   * Creates a reader.
   *
   * @param base the experiment without sweep and variants
   * @param variants the variants
   * @param assigned the assignments of the command line
   * @param binder collects problems
   */
  GridReader(
      ConfigObject base, Map<String, ConfigValue> variants, ConfigObject assigned, Binder binder) {
    shape =
        variants.values().stream().findFirst().orElse(base) instanceof ConfigObject first
            ? ExperimentReader.over(base, first)
            : base;
    this.variants = variants;
    this.assigned = assigned;
    this.binder = binder;
  }

  /** The keys whose values were refused. */
  Set<String> refused() {
    return refused;
  }

  /** The warnings about keys. */
  List<Problem> warnings() {
    return warnings;
  }

  /**
   * Expands the variants by a sweep.
   *
   * @param found the section, or another value
   * @param order the order of keys in the file
   * @param isConfirmed whether more than 1,000 variants are allowed
   * @return the variants; those of the file without a sweep, or if it is refused
   */
  Map<String, ConfigValue> expand(
      ConfigValue found, Comparator<String> order, boolean isConfirmed) {
    Optional<Grid> grid = read(found, order);
    if (grid.isEmpty()) {
      return variants;
    }
    int before = binder.problems().size();
    Map<String, ConfigValue> all = grid.get().expand(variants, assigned, isConfirmed, binder);
    if (binder.problems().size() > before) {
      grid.get().axes().forEach(axis -> refused.add(axis.key()));
    }
    return all;
  }

  private Optional<Grid> read(ConfigValue found, Comparator<String> order) {
    if (Variants.isNull(found)) {
      return Optional.empty();
    }
    if (!(found instanceof ConfigObject section)) {
      binder.wrong(found, Grid.KEY, "a section with a list for each key");
      return Optional.empty();
    }
    ConfigValue draws = section.get(RANDOM);
    ConfigObject keys = section.withoutKey(RANDOM);
    isRandom = !Variants.isNull(draws);
    ConfigValue seed = section.get(SEED);
    boolean isSeedOfDraws = isRandom && isSingle(seed);
    Optional<Grid.Draws> random = Optional.empty();
    if (isRandom) {
      long count = whole(RANDOM, draws, 1);
      long root = isSeedOfDraws ? whole(SEED, seed, Long.MIN_VALUE) : 1;
      random = Optional.of(new Grid.Draws(draws, count, root));
    }
    leaves("", isSeedOfDraws ? keys.withoutKey(SEED) : keys, List.of());
    if (leaves.isEmpty() && refused.isEmpty() && (isRandom || !keys.isEmpty())) {
      refuse(
          section, "", "no key to change", "a list for each key, such as method.rounds = [2, 5]");
    }
    leaves.sort(
        Comparator.comparing((Leaf leaf) -> Grid.KEY + "." + leaf.key(), order)
            .thenComparing(Leaf::key));
    List<Axis> axes = leaves.stream().flatMap(leaf -> axis(leaf).stream()).toList();
    return axes.isEmpty() ? Optional.empty() : Optional.of(new Grid(section, axes, random));
  }

  private static boolean isSingle(ConfigValue value) {
    return !Variants.isNull(value)
        && !(value instanceof ConfigObject)
        && !(value instanceof ConfigList);
  }

  private long whole(String key, ConfigValue value, long least) {
    try {
      long number = new BigDecimal(String.valueOf(value.unwrapped())).longValueExact();
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // Refused below.
    }
    String allowed = least == 1 ? "a whole number of draws, at least 1" : "a whole number";
    refuse(value, key, Binder.shown(value), allowed);
    return 1;
  }

  /** Collects the keys of a section, and of the sections in it. */
  private void leaves(String prefix, ConfigObject section, List<String> path) {
    for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
      ConfigValue value = entry.getValue();
      List<String> inner = new ArrayList<>(path);
      inner.add(entry.getKey());
      if (Variants.isNull(value)) {
        continue;
      }
      if (value instanceof ConfigObject more
          && DISTRIBUTIONS.stream().noneMatch(more::containsKey)) {
        leaves(prefix + entry.getKey() + ".", more, inner);
      } else {
        leaves.add(new Leaf(List.copyOf(inner), value));
      }
    }
  }

  private Optional<Axis> axis(Leaf leaf) {
    String first = leaf.path().get(0);
    if (ExperimentReader.COMMON.contains(first) || ExperimentReader.SECTIONS.contains(first)) {
      refuse(
          leaf.value(),
          leaf.key(),
          "this key in a sweep",
          ExperimentReader.COMMON.contains(first)
              ? "one value for all variants"
              : "no such section there",
          ExperimentReader.COMMON.contains(first)
              ? "Put it outside of "
                  + Grid.KEY
                  + "; "
                  + String.join(", ", ExperimentReader.COMMON)
                  + " are the same for all"
              : "Take it out");
      return Optional.empty();
    }
    Optional<ConfigValue> fixed = fixed(leaf.path());
    if (fixed.isPresent()) {
      String key = leaf.key();
      binder.refuse(
          fixed.get(),
          new Refusal(
              key,
              "a value for a key that the sweep changes",
              "a list in the sweep, or no list at all",
              "Assign "
                  + Grid.KEY
                  + "."
                  + key
                  + "=[...], or "
                  + Grid.KEY
                  + "."
                  + key
                  + "=null too"));
      return Optional.empty();
    }
    Optional<Axis> axis = isRandom ? drawn(leaf) : listed(leaf);
    if (axis.isEmpty()) {
      refused.add(leaf.key());
    } else if (first.equals(SEED)) {
      warnings.add(seeds(leaf));
    }
    return axis;
  }

  /** The value of the command line that all variants would get. */
  private Optional<ConfigValue> fixed(List<String> path) {
    ConfigValue value = assigned;
    for (String step : path) {
      if (!(value instanceof ConfigObject section)) {
        break;
      }
      value = section.get(step);
    }
    return Variants.isNull(value) || value instanceof ConfigObject
        ? Optional.empty()
        : Optional.of(value);
  }

  private static Problem seeds(Leaf leaf) {
    return Places.problem(
        leaf.value(),
        new Warning(
                Grid.KEY + "." + leaf.key(),
                "seeds",
                "which become variants that no verdict compares",
                "Set replicates for repetitions that verdicts compare in pairs")
            .toString());
  }

  private Optional<Axis> listed(Leaf leaf) {
    if (leaf.value() instanceof ConfigObject) {
      refuse(
          leaf.value(),
          leaf.key(),
          "a distribution",
          "a list of values",
          "Add random = 20 to the sweep for 20 random draws");
      return Optional.empty();
    }
    if (!(leaf.value() instanceof ConfigList)) {
      refuse(
          leaf.value(),
          leaf.key(),
          Binder.shown(leaf.value()),
          "a list of values such as [1, 2, 5]",
          leaf.path().equals(List.of(SEED))
              ? "Add random = 20 to the sweep if it is the seed of random draws"
              : "Write every value of the list");
      return Optional.empty();
    }
    return values(leaf, leaf.key(), leaf.value());
  }

  private Optional<Axis> values(Leaf leaf, String key, ConfigValue found) {
    if (!(found instanceof ConfigList list)) {
      refuse(found, key, Binder.shown(found), "a list of values such as [1, 2, 5]");
      return Optional.empty();
    }
    if (list.isEmpty()) {
      refuse(found, key, "an empty list", "one value or more");
      return Optional.empty();
    }
    Set<Object> seen = new HashSet<>();
    boolean isRefused = false;
    for (ConfigValue value : list) {
      if (!seen.add(comparable(value))) {
        refuse(
            value, key, Binder.shown(value) + " twice", "each value once", "Take one of them out");
        isRefused = true;
      }
    }
    boolean isKnown = binder.type(shape, leaf.path()).isPresent();
    List<ConfigValue> values =
        list.stream()
            // An unknown key is named once, and not with the line of each value.
            .map(value -> isKnown ? value : value.withOrigin(leaf.value().origin()))
            .toList();
    return isRefused
        ? Optional.empty()
        : Optional.of(new Axis(leaf.path(), leaf.value(), values, Optional.empty(), false));
  }

  /** A form in which 1 and 1.0 are equal. */
  private static Object comparable(ConfigValue value) {
    return value.valueType() == ConfigValueType.NUMBER
        ? number(value).map(BigDecimal::stripTrailingZeros).map(Object.class::cast).orElse(value)
        : value.unwrapped() == null ? value : value.unwrapped();
  }

  private Optional<Axis> drawn(Leaf leaf) {
    if (!(leaf.value() instanceof ConfigObject distribution)) {
      String last = leaf.path().get(leaf.path().size() - 1);
      refuse(
          leaf.value(),
          leaf.key(),
          leaf.value() instanceof ConfigList ? "a list" : Binder.shown(leaf.value()),
          FORMS + " in a sweep with random",
          Nearest.remedy(last, DISTRIBUTIONS));
      return Optional.empty();
    }
    if (distribution.size() > 1) {
      refuse(
          distribution,
          leaf.key(),
          "the keys " + String.join(", ", new TreeSet<>(distribution.keySet())),
          "one of " + String.join(", ", DISTRIBUTIONS));
      return Optional.empty();
    }
    String kind = distribution.keySet().iterator().next();
    String key = leaf.key() + "." + kind;
    ConfigValue value = distribution.get(kind);
    return kind.equals(CHOICE)
        ? values(leaf, key, value)
        : interval(leaf, key, value, kind.equals(LOG_UNIFORM));
  }

  private Optional<Axis> interval(Leaf leaf, String key, ConfigValue value, boolean isLogarithmic) {
    List<BigDecimal> ends =
        value instanceof ConfigList list
            ? list.stream().flatMap(end -> number(end).stream()).toList()
            : List.of();
    if (ends.size() != 2
        || ((ConfigList) value).size() != 2
        || ends.get(0).compareTo(ends.get(1)) >= 0) {
      refuse(value, key, Binder.shown(value), "two numbers, the smaller one first");
      return Optional.empty();
    }
    if (isLogarithmic && ends.get(0).signum() <= 0) {
      refuse(
          value,
          key,
          Binder.shown(value),
          "two numbers above 0",
          "Numbers up to 0 have no logarithm; take uniform for them");
      return Optional.empty();
    }
    Axis.Interval interval = new Axis.Interval(ends.get(0), ends.get(1), isLogarithmic);
    Optional<Class<?>> type = binder.type(shape, leaf.path());
    boolean isWhole = type.map(GridReader::isWhole).orElse(interval.isWhole());
    if (isWhole && !interval.isWhole()) {
      refuse(value, key, Binder.shown(value), "two whole numbers, as the setting is one");
      return Optional.empty();
    }
    return Optional.of(new Axis(leaf.path(), value, List.of(), Optional.of(interval), isWhole));
  }

  private static boolean isWhole(Class<?> type) {
    return List.of(int.class, Integer.class, long.class, Long.class, Span.class, Seeds.class)
        .contains(type);
  }

  /** A finite number. */
  private static Optional<BigDecimal> number(ConfigValue value) {
    try {
      BigDecimal number = new BigDecimal(value.atKey("it").getString("it"));
      return Double.isFinite(number.doubleValue()) ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException | ConfigException e) {
      return Optional.empty();
    }
  }

  private void refuse(ConfigValue place, String key, String found, String allowed) {
    refuse(place, key, found, allowed, "");
  }

  private void refuse(ConfigValue place, String key, String found, String allowed, String remedy) {
    binder.refuse(place, new Refusal(key, found, allowed, remedy).within(Grid.KEY));
  }
}
