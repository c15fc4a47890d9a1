// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.compare;

import dev.espalier.api.state.Layer;
import dev.espalier.runner.results.Level;
import dev.espalier.runner.results.TicketResult;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The overlap of the masks of tickets, layer by layer: pairs of tickets of one sort. Masks are
 * comparable if they have the same layers and both prune some weights.
 *
 * @param kind the difference between the tickets of a pair
 * @param between the names of the contenders
 * @param density the density of the line in which the first ticket's level is matched; of levels,
 *     the second one's
 * @param layers the layers compared, in the network's order
 * @param pairs the pairs
 */
record Overlaps(Kind kind, String between, double density, List<Layer> layers, List<Pair> pairs) {

  /** The difference between the tickets of a pair. */
  enum Kind {
    /** Contenders differ; the replicate is the same, and the density about the same. */
    METHODS("methods", "tickets of two methods (same replicate, equal density)"),
    /** Replicates differ. */
    SEEDS("seeds", "tickets of two seeds (replicates of one level)"),
    /** Levels differ: two consecutive ones of one replicate. */
    LEVELS("levels", "a ticket and that of the level before (same replicate)");

    private final String title;
    private final String text;

    Kind(String title, String text) {
      this.title = title;
      this.text = text;
    }

    String title() {
      return title;
    }

    /** The description of a pair. */
    String text() {
      return text;
    }
  }

  /** A ticket by name. */
  record TicketRef(String contender, int replicate, int round) {}

  /**
   * Two tickets.
   *
   * @param layers the overlap in each layer
   * @param chances the Jaccard expected by chance in each layer
   */
  record Pair(TicketRef one, TicketRef other, List<Overlap> layers, List<Double> chances) {

    Pair(TicketRef one, TicketRef other, List<Overlap> layers) {
      this(one, other, layers, layers.stream().map(Overlap::chance).toList());
    }

    Overlap whole() {
      return Overlap.sum(layers);
    }

    double chance() {
      return Overlap.chance(layers);
    }
  }

  /** Means over the pairs. */
  record Mean(double jaccard, double chance) {}

  /**
   * All overlaps.
   *
   * @param found the defined overlaps, by kind and density
   * @param left the number of pairs left out because their networks have different layers, or are
   *     narrow ones of which nothing more is pruned
   */
  record All(List<Overlaps> found, int left) {

    List<Overlaps> of(Kind kind) {
      return found.stream().filter(overlaps -> overlaps.kind() == kind).toList();
    }
  }

  /** Reads the masks of contenders' tickets, and compares them. */
  static All of(List<Contender> contenders, List<AtDensity> lines) {
    Finder finder = new Finder();
    for (AtDensity line : lines) {
      for (int i = 0; i < contenders.size(); i++) {
        if (line.levels().get(i).isEmpty()) {
          continue;
        }
        Contender contender = contenders.get(i);
        Level level = line.levels().get(i).get();
        for (int j = i + 1; j < contenders.size(); j++) {
          if (line.levels().get(j).isPresent()) {
            finder.methods(line, contender, level, contenders.get(j), line.levels().get(j).get());
          }
        }
        finder.seeds(line, contender, level);
        int place = contender.levels().indexOf(level);
        if (place > 0) {
          finder.levels(line, contender, contender.levels().get(place - 1), level);
        }
      }
    }
    return new All(finder.found, finder.left);
  }

  /** Collects the pairs. */
  private static final class Finder {

    private final Masks masks = new Masks();
    private final List<Overlaps> found = new ArrayList<>();
    private int left;

    void methods(AtDensity line, Contender contender, Level level, Contender other, Level others) {
      String between = contender.name() + " and " + other.name();
      add(
          Kind.METHODS,
          between,
          line,
          level,
          Level.pairs(level.rows(), others.rows()).entrySet().stream()
              .flatMap(pair -> pair(level, contender, pair.getKey(), other, pair.getValue()))
              .toList());
    }

    void seeds(AtDensity line, Contender contender, Level level) {
      List<TicketResult> rows = level.rows();
      List<Pair> pairs = new ArrayList<>();
      for (int i = 0; i < rows.size(); i++) {
        for (int j = i + 1; j < rows.size(); j++) {
          pair(level, contender, rows.get(i), contender, rows.get(j)).forEach(pairs::add);
        }
      }
      add(Kind.SEEDS, contender.name(), line, level, pairs);
    }

    void levels(AtDensity line, Contender contender, Level before, Level level) {
      add(
          Kind.LEVELS,
          contender.name(),
          line,
          level,
          Level.pairs(before.rows(), level.rows()).entrySet().stream()
              .flatMap(pair -> pair(level, contender, pair.getKey(), contender, pair.getValue()))
              .toList());
    }

    private void add(Kind kind, String between, AtDensity line, Level level, List<Pair> pairs) {
      if (!pairs.isEmpty()) {
        found.add(new Overlaps(kind, between, line.density(), Masks.layers(level.first()), pairs));
      }
    }

    /** Compares a pair, in the layers of a level's first ticket; empty if it is not comparable. */
    private Stream<Pair> pair(
        Level level, Contender contender, TicketResult row, Contender other, TicketResult others) {
      if (row.density() == 1 || others.density() == 1) {
        return Stream.empty(); // the overlap with a dense mask has no information
      }
      List<Layer> layers = Masks.layers(level.first());
      if (Stream.of(row, others)
          .anyMatch(one -> !Masks.layers(one).equals(layers) || isNarrow(one))) {
        left++;
        return Stream.empty();
      }
      List<BitSet> one = masks.of(contender.ticket(row));
      List<BitSet> two = masks.of(other.ticket(others));
      List<Overlap> overlaps = new ArrayList<>();
      for (int i = 0; i < layers.size(); i++) {
        overlaps.add(Overlap.of(layers.get(i).size(), one.get(i), two.get(i)));
      }
      return Stream.of(new Pair(ref(contender, row), ref(other, others), overlaps));
    }

    private static TicketRef ref(Contender contender, TicketResult row) {
      return new TicketRef(contender.name(), row.replicate(), row.round());
    }

    /** Whether the ticket keeps all weights of a network that is narrower than the experiment's. */
    private static boolean isNarrow(TicketResult row) {
      return row.analysis().layers().stream()
          .allMatch(layer -> layer.kept() == layer.layer().size());
    }
  }

  /** The means in a layer. */
  Mean mean(int layer) {
    return new Mean(
        mean(pair -> pair.layers().get(layer).jaccard()), mean(pair -> pair.chances().get(layer)));
  }

  /** The means over all layers. */
  Mean mean() {
    return new Mean(mean(pair -> pair.whole().jaccard()), mean(Pair::chance));
  }

  private double mean(ToDoubleFunction<Pair> value) {
    return pairs.stream()
        .mapToDouble(value)
        .filter(number -> !Double.isNaN(number))
        .average()
        .orElse(Double.NaN);
  }

  /** Whether in each pair the one mask is a subset of the other. */
  boolean isNested() {
    return pairs.stream().flatMap(pair -> pair.layers().stream()).allMatch(Overlap::isNested);
  }
}
