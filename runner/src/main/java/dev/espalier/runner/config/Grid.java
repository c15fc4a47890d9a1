// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The section {@code sweep} of an experiment's file: the product of lists of values, or random
 * draws. Each of its points becomes an ordinary variant, so that no other class knows sweeps.
 *
 * @param section the section
 * @param axes the keys in the order of the file, of which the last one changes fastest
 * @param draws the random draws; empty for a product
 */
record Grid(ConfigObject section, List<Axis> axes, Optional<Draws> draws) {

  static final String KEY = "sweep";

  /** The largest number of variants without a confirmation. */
  static final int UNCONFIRMED = 1000;

  /** The largest number of variants. */
  static final int MOST = 10_000;

  /** Draws in a row that all repeat earlier ones: there are hardly any others. */
  private static final int REPEATED = 1000;

  /**
   * Random draws.
   *
   * @param place the key {@code random}
   * @param count their number
   * @param seed the seed of their random streams
   */
  record Draws(ConfigValue place, long count, long seed) {}

  /**
   * Expands the variants: each of them at each point, in this order; the points alone without
   * variants.
   *
   * @param variants the variants of the file
   * @param assigned the assignments of the command line, which have precedence
   * @param isConfirmed whether more than 1,000 variants are allowed
   * @param binder collects problems
   * @return the variants; those of the file if there are problems
   */
  Map<String, ConfigValue> expand(
      Map<String, ConfigValue> variants,
      ConfigObject assigned,
      boolean isConfirmed,
      Binder binder) {
    int before = binder.problems().size();
    variants.forEach((name, variant) -> refuseTwice(name, variant, binder));
    BigInteger size = size().multiply(BigInteger.valueOf(Math.max(1, variants.size())));
    refuseSize(size, isConfirmed, binder);
    if (binder.problems().size() > before) {
      return variants;
    }
    List<List<ConfigValue>> points = draws.isPresent() ? drawn(binder) : product();
    PointNames names = new PointNames(axes, points);
    Map<String, ConfigValue> all = new LinkedHashMap<>();
    Map<String, ConfigValue> outer =
        variants.isEmpty() ? Map.of("", ConfigFactory.empty().root()) : variants;
    outer.forEach(
        (name, variant) -> {
          for (int i = 0; i < points.size(); i++) {
            all.put(
                names.of(name, i),
                variant instanceof ConfigObject own ? at(points.get(i), own, assigned) : variant);
          }
        });
    return all;
  }

  /** Refuses a variant that sets a key of the sweep, which would have no effect. */
  private void refuseTwice(String name, ConfigValue variant, Binder binder) {
    for (Axis axis : axes) {
      ConfigValue twice = variant;
      for (String step : axis.path()) {
        twice = twice instanceof ConfigObject section ? section.get(step) : null;
      }
      if (!Variants.isNull(twice)) {
        binder.refuse(
            twice,
            new Refusal(
                Variants.KEY + "." + name + "." + axis.key(),
                "a key that the sweep changes, too",
                "a key in one of both",
                "Take it out of the variant or of " + KEY));
      }
    }
  }

  private BigInteger size() {
    return draws
        .map(random -> BigInteger.valueOf(random.count()))
        .orElseGet(
            () ->
                axes.stream()
                    .map(axis -> BigInteger.valueOf(axis.values().size()))
                    .reduce(BigInteger.ONE, BigInteger::multiply));
  }

  private void refuseSize(BigInteger size, boolean isConfirmed, Binder binder) {
    boolean isTooLarge = size.compareTo(BigInteger.valueOf(MOST)) > 0;
    if (isTooLarge || (!isConfirmed && size.compareTo(BigInteger.valueOf(UNCONFIRMED)) > 0)) {
      String found = String.format(Locale.ROOT, "%,d variants", size);
      binder.refuse(
          section,
          isTooLarge
              ? new Refusal(KEY, found, "at most 10,000", "Shorten its lists, or draw fewer")
              : new Refusal(
                  KEY,
                  found,
                  "at most 1,000 without --yes",
                  "Add --yes to 'espalier run' if all of them are meant"));
    }
  }

  private List<List<ConfigValue>> product() {
    List<List<ConfigValue>> points = List.of(List.of());
    for (Axis axis : axes) {
      points =
          points.stream()
              .flatMap(point -> axis.values().stream().map(value -> with(point, value)))
              .toList();
    }
    return points;
  }

  private static List<ConfigValue> with(List<ConfigValue> point, ConfigValue value) {
    List<ConfigValue> longer = new ArrayList<>(point);
    longer.add(value);
    return longer;
  }

  /**
   * Draws the points. Each key has a separate stream, so that another key, or more draws, leave the
   * earlier values as they are. A draw that repeats another one is skipped.
   */
  private List<List<ConfigValue>> drawn(Binder binder) {
    Draws random = draws.orElseThrow();
    Seed seed = new Seed(random.seed(), 0);
    List<RandomStream> streams =
        axes.stream().map(axis -> seed.stream(KEY + " " + axis.key(), 0)).toList();
    List<List<ConfigValue>> points = new ArrayList<>();
    Set<List<Object>> seen = new HashSet<>();
    int repeated = 0;
    while (points.size() < random.count()) {
      List<ConfigValue> point = new ArrayList<>();
      for (int i = 0; i < axes.size(); i++) {
        point.add(axes.get(i).draw(streams.get(i).nextDouble()));
      }
      if (seen.add(point.stream().map(ConfigValue::unwrapped).toList())) {
        points.add(point);
        repeated = 0;
      } else if (++repeated == REPEATED) {
        binder.refuse(
            random.place(),
            new Refusal(
                KEY + ".random",
                String.valueOf(random.count()),
                "at most " + points.size() + ", as there are no other draws",
                "Write lists for all of them"));
        return points;
      }
    }
    return points;
  }

  /** A variant with the values of a point. */
  private ConfigObject at(List<ConfigValue> point, ConfigObject variant, ConfigObject assigned) {
    ConfigObject all = variant;
    for (int i = 0; i < axes.size(); i++) {
      List<String> path = axes.get(i).path();
      ConfigValue value = point.get(i);
      ConfigValue more = assigned;
      for (String step : path) {
        more = more instanceof ConfigObject section ? section.get(step) : null;
      }
      all = with(all, path, more instanceof ConfigObject set ? over(value, set) : value);
    }
    return all;
  }

  private static ConfigValue over(ConfigValue value, ConfigObject set) {
    return value instanceof ConfigObject section ? ExperimentReader.over(section, set) : value;
  }

  /** A section with a value at a path; sections on the way have the place of the value. */
  private static ConfigObject with(ConfigObject section, List<String> path, ConfigValue value) {
    String key = path.get(0);
    if (path.size() == 1) {
      return section.withValue(key, value);
    }
    ConfigObject inner =
        section.get(key) instanceof ConfigObject there
            ? there
            : ConfigFactory.empty().root().withOrigin(value.origin());
    return section.withValue(key, with(inner, path.subList(1, path.size()), value));
  }
}
